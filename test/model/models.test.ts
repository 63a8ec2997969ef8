/** GPT-2 and Llama of stdlib: their loss and all gradients, their sizes, and their graphs as text. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { bind } from '../../src/model/bind.ts'
import { differentiate } from '../../src/model/gradients/differentiate.ts'
import { printGraph } from '../../src/model/print.ts'
import { withoutDropout } from '../../src/model/rewrite.ts'
import { sizeOf } from '../../src/model/shape.ts'
import { withCrossEntropy } from '../../src/model/training/loss.ts'
import { architecture } from './architecture.ts'
import { expectNear } from './near.ts'
import { ids, normals, weightsOf } from './numbers.ts'
import { gpt2, llama } from './peers.ts'
import { type Array64, evaluate, make } from './reference.ts'
import { arrayOf, gradientsBy, tensorOf } from './tensorflow.ts'

const [batch, time, vocab] = [2, 5, 11]
const small = { vocab, dim: 8, layers: 2, heads: 4, context: 8 }

/** Llama whose table reads and writes. */
const tiedLlama: typeof llama = (weights, ...rest) =>
  llama((name) => weights(['embeddings.weight', 'head.weight'].includes(name) ? 'table' : name), ...rest)

const grouped = { ...small, kv_heads: 2, hidden: 12 }
const cases = [
  { name: 'gpt2', title: 'gpt2', sizes: small, peer: gpt2, kvHeads: 4 },
  { name: 'llama', title: 'llama', sizes: grouped, peer: llama, kvHeads: 2 },
  { name: 'llama', title: 'llama-tied', sizes: { ...grouped, tied: true }, peer: tiedLlama, kvHeads: 2 },
] as const

describe.each(cases)('$title', ({ name, title, sizes, peer, kvHeads }) => {
  const loss = withCrossEntropy(bind(architecture(name, sizes).graph, { batch, time }))
  const step = differentiate(loss)
  const weights = weightsOf(loss)
  const texts = {
    tokens: ids([batch, time], 'tokens', vocab),
    positions: make([batch, time], ([, t]) => t!),
    targets: ids([batch, time], 'targets', vocab),
  }
  const rest = { counts: make([batch, time], () => 1), total: make([], () => batch * time) }
  const feeds = { ...texts, ...rest, ...weights }
  const found = evaluate(step, feeds)

  test('gives every weight a gradient', () => {
    const grads = Object.keys(step.outputs).filter((output) => output.startsWith('grad:'))
    expect(grads).toEqual(loss.weights.map((weight) => `grad:${weight.name}`))
  })

  test('has the loss and the gradients of TensorFlow.js', () => {
    const names = loss.weights.map((weight) => weight.name)
    const tensors = Object.fromEntries(Object.entries(texts).map(([key, value]) => [key, tensorOf(value)]))
    const theirs = (...all: Parameters<typeof tensorOf>[0][]) => all.map(tensorOf)
    const lossOf = (all: ReturnType<typeof theirs>) =>
      peer(
        (wanted) => {
          const i = names.indexOf(wanted)
          if (i === -1) throw new Error(`there is no weight \`${wanted}\``)
          return all[i]!
        },
        { layers: sizes.layers, heads: sizes.heads, kvHeads },
        tensors as never,
      )
    const arrays = names.map((each) => weights[each]!)
    expectNear(arrayOf(lossOf(theirs(...arrays))), found.loss!, 1e-5, 'loss')
    const gradients = gradientsBy((...all) => lossOf(all), arrays)
    for (const [i, each] of names.entries()) expectNear(found[`grad:${each}`]!, gradients[i]!, 2e-4, each)
  })

  test('has the slopes that finite differences find', () => {
    const h = 1e-4
    for (const { name: weight } of loss.weights) {
      // Along a random direction, all entries of the gradient count.
      const { shape, data } = weights[weight]!
      const direction = normals(shape, 'direction').data
      const along = (by: number): number => {
        const moved: Array64 = { shape, data: data.map((x, i) => x + by * direction[i]!) }
        return evaluate(loss, { ...feeds, [weight]: moved }).loss!.data[0]!
      }
      const slope = (8 * (along(h) - along(-h)) - (along(2 * h) - along(-2 * h))) / (12 * h)
      const ours = found[`grad:${weight}`]!.data.reduce((sum, x, i) => sum + x * direction[i]!, 0)
      expectNear({ shape: [], data: Float64Array.of(ours) }, { shape: [], data: Float64Array.of(slope) }, 1e-7, weight)
    }
  })

  test('does not see what comes later', () => {
    const graph = bind(architecture(name, sizes).graph, { batch, time })
    const changed = make([batch, time], ([b, t]) =>
      t === 3 ? (texts.tokens.data[b! * time + 3]! + 1) % vocab : texts.tokens.data[b! * time + t!]!,
    )
    const logits = (tokens: Array64) => evaluate(graph, { ...feeds, tokens }).logits!.data
    const [one, other] = [logits(texts.tokens), logits(changed)]
    const same = Array.from({ length: time }, (_, t) =>
      Array.from({ length: vocab }, (_, v) => one[t * vocab + v] === other[t * vocab + v]).every(Boolean),
    )
    expect(same).toEqual([true, true, true, false, false])
  })

  test('prints as in its golden file, with one layer', () => {
    const text = printGraph(architecture(name, { ...sizes, layers: 1 }).graph)
    const golden = `test/model/golden/${title}.txt`
    if (process.env.UPDATE || !existsSync(golden)) writeFileSync(golden, text)
    expect(text).toBe(readFileSync(golden, 'utf8'))
  })
})

describe('sizes that are published', () => {
  const published = [
    // Radford et al. 2019, as released.
    ['gpt2', 124_439_808, { vocab: 50257, dim: 768, layers: 12, heads: 12, context: 1024 }],
    ['gpt2', 1_557_611_200, { vocab: 50257, dim: 1600, layers: 48, heads: 25, context: 1024 }],
    // TinyLlama 1.1B (Zhang et al. 2024) and Llama 2 7B (Touvron et al. 2023), as released.
    [
      'llama',
      1_100_048_384,
      { vocab: 32000, dim: 2048, layers: 22, heads: 32, kv_heads: 4, hidden: 5632, context: 2048 },
    ],
    ['llama', 6_738_415_616, { vocab: 32000, dim: 4096, layers: 32, heads: 32, hidden: 11008, context: 4096 }],
    // nanoGPT's Shakespeare on a CPU, without biases: 0.80M by its own count, which leaves the positions out.
    ['gpt2', 795_904 + 64 * 128, { vocab: 65, dim: 128, layers: 4, heads: 4, context: 64, bias: false }],
  ] as const

  test.each(published)('%s with %d parameters', (name, parameters, sizes) => {
    const { weights } = architecture(name, sizes).graph
    expect(weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)).toBe(parameters)
  })

  test('Llama takes 8/3 of its width for its hidden layer, rounded up to 32', () => {
    const shape = (dim: number) =>
      architecture('llama', { vocab: 9, dim, layers: 1, heads: 2, context: 4 }).graph.weights.find((weight) =>
        weight.name.endsWith('up.weight'),
      )!.shape
    expect([shape(128), shape(96)]).toEqual([
      [352, 128],
      [256, 96],
    ])
  })
})

describe('dropout', () => {
  const graph = (dropout: number) => bind(architecture('gpt2', { ...small, dropout }).graph, { batch, time })

  test('adds nothing at a rate of 0', () => {
    expect(graph(0)).toEqual(bind(architecture('gpt2', small).graph, { batch, time }))
    expect(Object.keys(graph(0).inputs)).toEqual(['tokens', 'positions'])
  })

  test('takes a mask for each of its places, and is gone after training', () => {
    expect(Object.keys(graph(0.1).inputs)).toEqual([
      'tokens',
      'positions',
      ...[0, 1, 2, 3, 4].map((i) => `dropout.${i}`),
    ])
    expect(withoutDropout(graph(0.1))).toEqual(graph(0))
  })
})
