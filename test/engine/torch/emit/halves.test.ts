/** The weights that processes send each other in 16 bits: those that a module in bfloat16 reads no more of. */

import { describe, expect, it } from 'vitest'
import { torchModule } from '../../../../src/engine/torch/emit/torch-module.ts'
import { bind } from '../../../../src/model/bind.ts'
import { valueInit, withScalarHead } from '../../../../src/model/training/heads.ts'
import { withLora } from '../../../../src/model/training/lora.ts'
import { withCrossEntropy } from '../../../../src/model/training/loss.ts'
import { architecture } from '../../../model/architecture.ts'

const sizes = { vocab: 50, dim: 32, layers: 2, heads: 4, context: 16 }

describe.each(['gpt2', 'llama'])('%s', (name) => {
  const graph = bind(architecture(name, sizes).graph, { batch: 2, time: 16, vocab: sizes.vocab })
  const matrices = (names: readonly string[]) => names.filter((each) => !/norm/.test(each)).sort()

  it('sends matrices and tables in 16 bits, and norms in 32', () => {
    for (const objective of [graph, withCrossEntropy(graph)]) {
      const { halves } = torchModule(objective, { precision: 'bfloat16' })
      expect([...halves].sort()).toEqual(matrices(objective.weights.map((weight) => weight.name)))
      expect(objective.weights.length).toBeGreaterThan(halves.length)
    }
  })

  it('sends the matrices of an adapter in 16 bits', () => {
    const adapted = withLora(graph, { rank: 2, alpha: 4, targets: ['q', 'v'] })
    const { halves } = torchModule(adapted, { precision: 'bfloat16' })
    expect(halves.filter((each) => each.includes('lora_'))).toHaveLength(8)
  })

  it('sends a head with one result in 32 bits', () => {
    const { halves } = torchModule(withScalarHead(graph, 'value', valueInit), { precision: 'bfloat16' })
    expect(halves.filter((each) => each.startsWith('value_head'))).toEqual([])
    expect(halves.length).toBeGreaterThan(4)
  })

  it('sends nothing in 16 bits in float32', () => {
    expect(torchModule(withCrossEntropy(graph)).halves).toEqual([])
  })
})
