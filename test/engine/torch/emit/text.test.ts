/** The text of emitted modules, beside what it was: `UPDATE=1` rewrites it. Whether it computes the right numbers is tested in test/torch. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Precision } from '../../../../src/engine/names.ts'
import { torchModule } from '../../../../src/engine/torch/emit/torch-module.ts'
import { withSegments } from '../../../../src/model/attention/segments.ts'
import { bind } from '../../../../src/model/bind.ts'
import type { Graph } from '../../../../src/model/graph.ts'
import { withLora } from '../../../../src/model/training/lora.ts'
import { withCrossEntropy } from '../../../../src/model/training/loss.ts'
import { architecture } from '../../../model/architecture.ts'
import { graphs } from './models.ts'
import { strange } from './strange.ts'

const gpt2 = architecture('gpt2', { vocab: 50_257, dim: 768, layers: 12, heads: 12, context: 1024 }).graph
const llama = architecture('llama', {
  vocab: 49_152,
  dim: 576,
  layers: 30,
  heads: 9,
  kv_heads: 3,
  context: 2048,
  hidden: 1536,
}).graph
const bound = (graph: Graph, batch: number, time: number) => bind(graph, { batch, time })

const cases: readonly (readonly [name: string, graph: Graph, precision?: Precision])[] = [
  ['gpt2', bound(gpt2, 8, 1024)],
  ['llama', bound(llama, 4, 2048)],
  ['gpt2-loss', withCrossEntropy(bound(gpt2, 8, 1024)), 'bfloat16'],
  [
    'llama-packed-lora',
    withCrossEntropy(withLora(withSegments(bound(llama, 4, 2048)), { rank: 16, alpha: 32, targets: ['q', 'v'] })),
  ],
  ['ppo', graphs['the objective of PPO']!],
  ['writing', graphs['llama that writes a token']!],
  ['dropout', graphs['gpt2 with dropout, its loss']!],
  ['names', strange['names of Python and of nn.Module']!],
  ['layers-in-layers', strange['layers in layers']!],
]

describe('an emitted module', () => {
  test.each(cases.map(([name, ...rest]) => [name, rest] as const))(
    '%s is the expected text',
    (name, [graph, precision = 'float32']) => {
      const { source } = torchModule(graph, { name, precision })
      const file = new URL(`golden/${name}.py`, import.meta.url)
      if (process.env.UPDATE !== undefined) writeFileSync(file, source)
      expect(source).toBe(existsSync(file) ? readFileSync(file, 'utf8') : '')
    },
  )

  test('is the same text for any batch, so that one compiled layer serves all', () => {
    const of = (batch: number, time: number) =>
      torchModule(withCrossEntropy(withSegments(bound(llama, batch, time)))).source
    expect(of(2, 512)).toBe(of(8, 1024))
  })

  test('names the arguments of inputs, and the lists of layers', () => {
    const { inputs, lists } = torchModule(graphs['gpt2 with dropout, its loss']!)
    expect(inputs).toMatchObject({ tokens: 'tokens', 'dropout.0': 'dropout_0', total: 'total' })
    expect(lists).toEqual(['layers'])
    expect(torchModule(strange['two groups of layers']!).lists).toEqual(['repeat', 'repeat_2'])
  })

  test('has no quote in its docstring that would end it', () => {
    const { source } = torchModule(strange['no layers']!, { name: 'a """ b \\' })
    expect(source).toMatch(/^"""a ''' b \\\\, for PyTorch/)
  })

  test('is refused for sizes without a number', () => {
    expect(() => torchModule(gpt2)).toThrow('the size `batch` is not bound to a number')
  })
})
