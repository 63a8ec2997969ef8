/** The names of weights, and the parts of an architecture that a model keeps. */

import { describe, expect, test } from 'vitest'
import type { ModelSpec } from '../../../src/model/spec.ts'
import { elaborateText } from './elaborate-case.ts'

/** The model of an architecture `net(vocab, context, …)` with this body. `blocks` are declared before it. */
function modelOf(body: string, { blocks = '', parameters = '', given = '' } = {}): ModelSpec {
  const text = `${blocks}
model net(vocab, context${parameters}) {
${body}
}
model a = net(vocab: 11, context: 4${given})
`
  const { program, diagnostics } = elaborateText(text)
  expect(diagnostics.filter(({ severity }) => severity === 'error').map(({ message }) => message)).toEqual([])
  return Object.values(program!.models)[0]!
}

const names = (...given: Parameters<typeof modelOf>) => modelOf(...given).graph.weights.map((weight) => weight.name)

describe('a weight is called', () => {
  const end = '  linear(x, vocab)'

  test('by the binding of its block, or else by its block', () => {
    expect(names(`  x = embedding(tokens, vocab, 4)\n${end}`)).toEqual(['x.weight', 'linear.weight'])
    expect(names('  embedding(tokens, vocab, 4) |> linear(vocab, bias: true)')).toEqual([
      'embedding.weight',
      'linear.weight',
      'linear.bias',
    ])
  })

  test('by its own binding, if there is no block', () => {
    expect(names('  table = weight(vocab, 4)\n  unembed(embed(tokens, table), table)')).toEqual(['table'])
  })

  test('by the first block of a pipe that makes weights, where the pipe is bound', () => {
    expect(names('  x = embedding(tokens, vocab, 4) |> silu() |> linear(4) |> rms_norm()\n  linear(x, vocab)')).toEqual(
      ['x.weight', 'linear.weight', 'rms_norm.weight', 'linear_2.weight'],
    )
  })

  test('with a number, where the name is taken', () => {
    expect(names(`  x = embedding(tokens, vocab, 4)\n  x = x + linear(x, 4) + linear(x, 4)\n${end}`)).toEqual([
      'x.weight',
      'linear.weight',
      'linear_2.weight',
      'linear_3.weight',
    ])
  })

  test('by the count of its `repeat` and the number of its turn', () => {
    const parameters = ', layers'
    const given = ', layers: 2'
    const body = `  x = embedding(tokens, vocab, 4)
  repeat layers as i {
    x = linear(x, 4 + 4 * i)
  }
  repeat 1 {
    x = x + rms_norm(x)
  }
${end}`
    const { weights } = modelOf(body, { parameters, given }).graph
    expect(weights.map(({ name, shape }) => [name, shape])).toEqual([
      ['x.weight', [11, 4]],
      ['layers.0.x.weight', [4, 4]],
      ['layers.1.x.weight', [8, 4]],
      ['repeat.0.rms_norm.weight', [8]],
      ['linear.weight', [11, 8]],
    ])
  })

  test('through the blocks it is in; blocks without weights leave no trace', () => {
    const blocks = `
block plain(x: [batch, time, dim]) {
  silu(x)
}
block inner(x: [batch, time, dim]) {
  up = plain(x) |> linear(2 * dim)
  gelu(up) |> linear(dim)
}
block outer(x: [batch, time, dim]) {
  x = x + inner(x)
  second = inner(x)
  second
}`
    expect(names(`  x = embedding(tokens, vocab, 4) |> outer()\n${end}`, { blocks })).toEqual([
      'x.weight',
      'outer.inner.up.weight',
      'outer.inner.linear.weight',
      'outer.second.up.weight',
      'outer.second.linear.weight',
      'linear.weight',
    ])
  })

  test('the same, whichever branch of an `if` is taken', () => {
    const body = (bias: boolean) => `  x = embedding(tokens, vocab, 4)
  y = if ${bias} { layer_norm(x) } else { rms_norm(x) }
  linear(y, vocab)`
    expect(names(body(true))).toEqual(['x.weight', 'y.weight', 'y.bias', 'linear.weight'])
    expect(names(body(false))).toEqual(['x.weight', 'y.weight', 'linear.weight'])
  })
})

test('matrices decay, gains and biases do not', () => {
  const { weights } = modelOf('  embedding(tokens, vocab, 4) |> layer_norm() |> linear(vocab, bias: true)').graph
  expect(weights.filter(({ decay }) => decay).map(({ name }) => name)).toEqual(['embedding.weight', 'linear.weight'])
})

test('defaults are worked out from what was given', () => {
  const spec = modelOf('  embedding(tokens, vocab, wide) |> linear(vocab)', {
    parameters: ', dim, wide = round_up(8 / 3 * dim, 32), deep = min(2, max(1, floor(sqrt(dim) / 3)))',
    given: ', dim: 10',
  })
  expect(spec.$arguments).toEqual({ vocab: 11, context: 4, dim: 10, wide: 32, deep: 1 })
  expect(spec).toMatchObject({ $name: 'net', vocab: 11, context: 4 })
})

test('weights have the initial values that the program sets', () => {
  const body = `  table = weight(vocab, 4, init: uniform(0.5))
  x = embed(tokens, table) * weight(4, init: constant(1)) |> linear(4, init: normal(0.1 / 2))
  linear(x, vocab)`
  expect(modelOf(body).graph.weights.map(({ init }) => init)).toEqual([
    { type: 'uniform', bound: 0.5 },
    { type: 'constant', value: 1 },
    { type: 'normal', deviation: 0.05 },
    { type: 'normal', deviation: 0.02 },
  ])
})

test('positions are an input where they are used', () => {
  expect(Object.keys(modelOf('  embedding(tokens, vocab, 4) |> linear(vocab)').graph.inputs)).toEqual(['tokens'])
  const learned = '  embedding(tokens, vocab, 4) + embedding(positions, context, 4) |> linear(vocab)'
  expect(Object.keys(modelOf(learned).graph.inputs)).toEqual(['tokens', 'positions'])
})
