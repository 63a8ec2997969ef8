/** Emitted modules compute on the device of their inputs; checked without one, on PyTorch's device `meta`. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { torchModule } from '../../../src/engine/torch/emit/torch-module.ts'
import { withPast } from '../../../src/model/attention/past.ts'
import { withSegments } from '../../../src/model/attention/segments.ts'
import { bind } from '../../../src/model/bind.ts'
import type { Graph } from '../../../src/model/graph.ts'
import { withoutDropout } from '../../../src/model/rewrite.ts'
import { valueInit, withLogitsAt, withScalarHead } from '../../../src/model/training/heads.ts'
import { withLora } from '../../../src/model/training/lora.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { withGrpoLoss, withPpoLoss } from '../../../src/train/loops/policy/loss.ts'
import { withImplicitRewards, withPreferenceLoss } from '../../../src/train/loops/preference-loss.ts'
import { architecture } from '../../model/architecture.ts'
import { scratch } from '../../train/small.ts'
import { runPython } from '../run-python.ts'

const python = process.env.LLMPIPE_PYTHON
const sizes = { vocab: 40, dim: 16, layers: 2, heads: 2, context: 16 }
const clipped = { temperature: 1, clip: 0.2, entropy_weight: 0.1 }

/** Graphs of every kind that stages compute. */
function graphs(): [string, Graph][] {
  return ['llama', 'gpt2'].flatMap((name) => {
    const { graph } = architecture(name, { ...sizes, ...(name === 'gpt2' ? { dropout: 0.1 } : {}) })
    const bound = bind(graph, { batch: 2, time: 8, vocab: 40 })
    const packed = withSegments(withoutDropout(bound))
    const valued = withScalarHead(packed, 'value', valueInit)
    const choices = { choices: 2, options: 2, centring: 0.1 }
    return [
      [`${name} pretrain`, withCrossEntropy(bound)],
      [`${name} sft`, withCrossEntropy(withSegments(bound))],
      [`${name} lora`, withCrossEntropy(withLora(packed, { rank: 2, alpha: 4, targets: ['q', 'v'] }))],
      [`${name} ppo`, withPpoLoss(valued, { ...clipped, value_clip: 0.2, value_weight: 0.5 })],
      [`${name} grpo`, withGrpoLoss(packed, { ...clipped, beta: 0.1 })],
      [`${name} dpo`, withPreferenceLoss(withImplicitRewards(packed, 4, 0.1), choices)],
      [`${name} prompt`, withPast(withLogitsAt(withoutDropout(bound)), 0)],
      [`${name} step`, withPast(withLogitsAt(withoutDropout(bind(graph, { batch: 2, time: 1, vocab: 40 }))), 32)],
    ]
  })
}

it.skipIf(python === undefined).each(['float32', 'bfloat16'] as const)(
  'on the device of their inputs, in %s',
  async (precision) => {
    const modules = graphs().map(([name, graph]) => {
      const { source, inputs } = torchModule(graph, { precision })
      const types = Object.entries(inputs).map(([input, argument]) => {
        const { dtype, shape } = graph.nodes[graph.inputs[input]!]!
        return [argument, [dtype, shape]]
      })
      return { name, source, arguments: Object.fromEntries(types) }
    })
    const path = join(scratch(), 'modules.json')
    writeFileSync(path, JSON.stringify(modules))
    expect(JSON.parse(await runPython('test/torch/python/check_device.py', [path]))).toEqual([])
  },
)
