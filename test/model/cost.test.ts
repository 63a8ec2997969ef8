/** The cost of a model, against the arithmetic of papers. */

import { expect, test } from 'vitest'
import { costOf } from '../../src/model/estimates/cost.ts'
import { architecture } from './architecture.ts'

const [layers, dim, time, vocab] = [4, 128, 64, 65]
const shakespeare = architecture('gpt2', { vocab, dim, layers, heads: 4, context: time, bias: false })

test('the operations of GPT-2 are those of nanoGPT and of its own products', () => {
  const cost = costOf(shakespeare.graph, { batch: 12, time })
  // Without biases, every parameter but those of positions and norms is in one product.
  const products = layers * 12 * dim * dim + vocab * dim
  const norms = (2 * layers + 1) * dim
  expect(cost.parameters).toBe(products + norms + time * dim)
  expect(cost.conventionalFlops).toBe(6 * (products + norms) + 12 * layers * dim * time)
  expect(cost.forwardFlops).toBe(2 * products + 4 * layers * dim * time)
  expect(cost.trainingFlops).toBe(3 * cost.forwardFlops)
})

test('shared heads of keys and values cost as much attention as heads of their own', () => {
  const sizes = { vocab: 97, dim: 64, layers: 2, heads: 8, context: 32 }
  const [own, shared] = [8, 2].map((kv_heads) =>
    costOf(architecture('llama', { ...sizes, kv_heads }).graph, { batch: 2, time: 32 }),
  )
  const fewer = 2 * 2 * (8 - 2) * 8 * 64
  expect(own!.parameters - shared!.parameters).toBe(fewer)
  expect(own!.forwardFlops - shared!.forwardFlops).toBe(2 * fewer)
  expect(own!.conventionalFlops - shared!.conventionalFlops).toBe(6 * fewer)
  // The table of the embedding is looked up; the head is a product.
  expect(own!.conventionalFlops).toBe(6 * (own!.parameters - 97 * 64) + 12 * 2 * 64 * 32)
})

test('parameters are counted by part', () => {
  expect(costOf(shakespeare.graph, { batch: 1, time }).parts).toEqual([
    { name: 'table', parameters: vocab * dim },
    { name: 'places', parameters: time * dim },
    { name: 'layers.*.layer_norm', parameters: layers * dim },
    { name: 'layers.*.gpt2_attention', parameters: layers * 4 * dim * dim },
    { name: 'layers.*.layer_norm_2', parameters: layers * dim },
    { name: 'layers.*.gpt2_mlp', parameters: layers * 8 * dim * dim },
    { name: 'norm', parameters: dim },
  ])
})

test('memory grows with the batch and with the square of the time', () => {
  const of = (batch: number, length: number) => costOf(shakespeare.graph, { batch, time: length }).memory
  const { activations, weights, optimizer } = of(12, time)
  expect([weights, optimizer]).toEqual([4 * 804_096, 8 * 804_096])
  // At least what the backward pass reads: per layer a dozen rows of the width, and the weights of attention.
  const floor = 12 * 4 * layers * (12 * time * dim + 4 * time * time)
  expect(activations).toBeGreaterThan(floor)
  expect(activations).toBeLessThan(8 * floor)
  const growth = of(24, time).activations - activations
  expect(of(36, time).activations - of(24, time).activations).toBe(growth)
  // Twice the time at half the batch: of what is kept for the backward pass, only the weights of attention double.
  expect(of(6, 2 * time).activations - activations).toBe(4 * 12 * layers * 4 * time * time)
})

test('the size of a tokenizer that is trained first is passed in', () => {
  const open = architecture('llama', { vocab: { symbol: 'vocab' }, dim: 32, layers: 1, heads: 2, context: 16 })
  expect(open.graph.weights[0]!.shape).toEqual(['vocab', 32])
  const cost = costOf(open.graph, { batch: 1, time: 8, vocab: 100 })
  const known = architecture('llama', { vocab: 100, dim: 32, layers: 1, heads: 2, context: 16 })
  expect(cost).toEqual(costOf(known.graph, { batch: 1, time: 8 }))
})
