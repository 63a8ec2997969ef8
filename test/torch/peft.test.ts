/** Adapters of llmpipe in PEFT, and of PEFT in llmpipe: the same logits. Runs where LLMPIPE_PYTHON has peft. */

import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import { loadEngine } from '../../src/engine/load.ts'
import type { ModelArgument } from '../../src/language/2-check/env.ts'
import { bind } from '../../src/model/bind.ts'
import { adapted, loraNames } from '../../src/model/lora.ts'
import { bytesTokenizer } from '../../src/text/bytes.ts'
import { specialTokens } from '../../src/text/special.ts'
import { pathsIn } from '../../src/train/hugging-face/folder-files.ts'
import { writeHuggingFace } from '../../src/train/hugging-face/write.ts'
import { saveAdapter } from '../../src/train/weights/lora.ts'
import { readModel } from '../../src/train/weights/model-folder.ts'
import { views } from '../../src/train/weights/parameters.ts'
import type { StoredTensor } from '../../src/train/weights/safetensors.ts'
import { architecture } from '../model/architecture.ts'
import { newFolder, savedWeights } from '../train/saved.ts'

const python = process.env.LLMPIPE_PYTHON
const has = (module: string) => spawnSync(python!, ['-c', `import ${module}`]).status === 0
const reason = python === undefined ? 'LLMPIPE_PYTHON is not set' : has('peft') ? undefined : 'that Python has no peft'

const tokenizer = bytesTokenizer(specialTokens('<|endoftext|>', []))
const standard = async (name: string, sizes: object) =>
  architecture(name, sizes as Readonly<Record<string, ModelArgument>>)
const prompt = [...tokenizer.encode('Call me Ishmael.')]
const common = { vocab: tokenizer.size, dim: 48, layers: 2, heads: 6, context: 40 }
const models = {
  llama: architecture('llama', { ...common, kv_heads: 2 }),
  'tied llama': architecture('llama', { ...common, kv_heads: 2, tied: true }),
  gpt2: architecture('gpt2', common),
}
type Name = keyof typeof models

const ours: readonly (readonly [Name, readonly string[]])[] = [
  ['llama', ['q', 'v']],
  ['llama', ['all_linear', 'head']],
  ['llama', ['layers.1.swiglu.up', 'o']],
  ['tied llama', ['q_proj', 'down_proj']],
  ['gpt2', ['q', 'v']],
  ['gpt2', ['c_attn', 'o']],
  ['gpt2', ['c_proj', 'k']],
]
const theirs: readonly (readonly [Name, object])[] = [
  ['llama', { r: 3, lora_alpha: 5, target_modules: ['q_proj', 'v_proj', 'lm_head'] }],
  ['llama', { r: 4, lora_alpha: 5, target_modules: 'all-linear', use_rslora: true }],
  [
    'tied llama',
    {
      r: 2,
      lora_alpha: 4,
      target_modules: ['up_proj', 'k_proj'],
      rank_pattern: { k_proj: 3 },
      alpha_pattern: { k_proj: 9 },
    },
  ],
  ['gpt2', { r: 3, lora_alpha: 5, target_modules: ['c_attn', 'mlp.c_proj'], fan_in_fan_out: true }],
]
const label = ([name, what]: readonly [Name, unknown]) => `${name} ${JSON.stringify(what)}`

async function logitsOf(folder: string, adapter: string): Promise<number[][]> {
  const { model, slots, parameters } = await readModel(pathsIn(folder), standard, adapter)
  const graph = bind(model.graph, { batch: 1, time: prompt.length, vocab: tokenizer.size })
  const executable = await (await loadEngine('onnx')).compile(graph, { threads: 1 })
  const shape = [1, prompt.length]
  const tokens = { dtype: 'int32', shape, data: Int32Array.from(prompt) } as const
  const positions = { dtype: 'int32', shape, data: Int32Array.from(prompt, (_, i) => i) } as const
  const { logits } = await executable.run({ ...views(slots, parameters), tokens, positions })
  const size = tokenizer.size
  return prompt.map((_, t) => Array.from((logits!.data as Float32Array).subarray(t * size, (t + 1) * size)))
}

function expectNear(got: readonly number[][], expected: readonly number[][]) {
  let [most, largest] = [0, 1]
  for (const [t, row] of expected.entries())
    for (const [id, logit] of row.entries()) {
      most = Math.max(most, Math.abs(logit - got[t]![id]!))
      largest = Math.max(largest, Math.abs(logit))
    }
  expect(most / largest).toBeLessThan(1e-4)
}

/** An adapter of random numbers, as sft keeps it. */
function randomAdapter(folder: string, name: Name, targets: readonly string[]): void {
  const model = models[name]
  const random = new Random(1, label([name, targets]))
  const some = (shape: number[]): StoredTensor => ({
    shape,
    data: Float32Array.from({ length: shape[0]! * shape[1]! }, () => random.normal() / 8),
  })
  const tensors = adapted(model.graph, targets).flatMap((weight) => {
    const [out, from] = model.graph.weights.find((each) => each.name === weight)!.shape as [number, number]
    const { a, b } = loraNames(weight)
    return [[a, some([2, from])] as const, [b, some([out, 2])] as const]
  })
  saveAdapter(folder, { rank: 2, alpha: 6, targets, tensors: Object.fromEntries(tensors) }, model)
}

describe.skipIf(reason !== undefined)(`PEFT${reason === undefined ? '' : ` (skipped: ${reason})`}`, () => {
  const bases: Record<string, string> = {}
  const adapters: Record<string, string> = {}
  let answers: Readonly<Record<'read' | 'made', Readonly<Record<string, number[][]>>>>

  beforeAll(async () => {
    for (const [name, model] of Object.entries(models)) {
      bases[name] = newFolder()
      await writeHuggingFace(savedWeights(model, tokenizer), bases[name], standard)
    }
    for (const each of [...ours, ...theirs]) adapters[label(each)] = newFolder()
    for (const [name, targets] of ours) randomAdapter(adapters[label([name, targets])]!, name, targets)
    const written = Object.fromEntries(ours.map((each) => [label(each), [bases[each[0]], adapters[label(each)]]]))
    const made = Object.fromEntries(
      theirs.map((each) => [label(each), [bases[each[0]], adapters[label(each)], each[1]]]),
    )
    const folder = newFolder()
    writeFileSync(join(folder, 'asked.json'), JSON.stringify({ prompt, written, made }))
    execFileSync(python!, ['test/torch/check_peft.py', join(folder, 'asked.json'), join(folder, 'answers.json')])
    answers = JSON.parse(readFileSync(join(folder, 'answers.json'), 'utf8'))
  }, 300_000)

  it.each(ours.map(label))('loads our adapter of %s, with the same logits', async (name) => {
    const [model] = ours.find((each) => label(each) === name)!
    expectNear(await logitsOf(bases[model]!, adapters[name]!), answers.read[name]!)
  })

  it.each(theirs.map(label))('wrote one of %s, which is read with the same logits', async (name) => {
    const [model] = theirs.find((each) => label(each) === name)!
    expectNear(await logitsOf(bases[model]!, adapters[name]!), answers.made[name]!)
  })
})
