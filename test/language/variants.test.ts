/** Variants: their number for each declaration, and their names, which do not depend on the spelling of values. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseExpression } from '../../grammar/parse.ts'
import { textOf } from '../../src/language/2-check/sweeps/loop-values.ts'
import type { Value } from '../../src/language/2-check/values/values.ts'
import { compileText } from './compile-case.ts'

const head = `
data docs = read("prose/*.txt")
tokenizer bpe = train_bpe(docs, vocab: 300)
model f(vocab, layers = 1) { tokens }
data tokens = docs |> encode(bpe)
`

/** The calls of a program as \`name kind\`; what stands before the \`for\` is left out. */
function calls(text: string): string[] {
  const { program, diagnostics } = compileText(head + text)
  expect(diagnostics.map(({ message }) => message)).toEqual([])
  return program!.calls
    .filter(({ at }) => at.start >= head.length)
    .map(({ names, within, kind }) => (names.length > 0 ? names.join(',') : `${within}.${kind}`))
}

describe('a declaration has a variant', () => {
  test('for each choice of the variables that it depends on, and of no others', () => {
    const body = `for lr in [1e-3, 3e-4], layers in 2..3 {
      let more = layers + 1
      data own = docs |> encode(bpe)
      model gpt = f(bpe.size, more)
      stage base = pretrain(gpt, on: own, steps: 1, optimizer: adamw(lr: lr))
      stage deep = pretrain(gpt, on: tokens, steps: 1)
    }`
    expect(calls(body)).toEqual([
      'own',
      'base[lr=1e-3, layers=2]',
      'base[lr=1e-3, layers=3]',
      'base[lr=3e-4, layers=2]',
      'base[lr=3e-4, layers=3]',
      'deep[layers=2]',
      'deep[layers=3]',
    ])
  })

  test('and what stands in it without a name is made once for those that share it', () => {
    const body = `for lr in [1e-3, 3e-4], least in [1, 2] {
      stage base = pretrain(f(bpe.size), on: docs |> keep(where: words > least) |> encode(bpe), steps: 1, optimizer: adamw(lr: lr))
    }`
    expect(calls(body)).toEqual([
      'base[least=1].keep',
      'base[least=1].encode',
      'base[lr=1e-3, least=1]',
      'base[least=2].keep',
      'base[least=2].encode',
      'base[lr=1e-3, least=2]',
      'base[lr=3e-4, least=1]',
      'base[lr=3e-4, least=2]',
    ])
  })

  test('for each row of a zip', () => {
    const body = `for lr, seed in zip([1e-3, 3e-4], 1..2) {
      stage base = pretrain(f(bpe.size), on: tokens, steps: 1, seed: seed, optimizer: adamw(lr: lr))
    }`
    expect(calls(body)).toEqual(['base[lr=1e-3, seed=1]', 'base[lr=3e-4, seed=2]'])
  })

  test('for values that depend on the variables around them', () => {
    const body = `for layers in [2, 4] {
      for batch in [layers, 2 * layers] {
        stage base = pretrain(f(bpe.size), on: tokens, steps: 1, batch: batch)
      }
      stage mine = evaluate(base)
    }`
    expect(calls(body)).toEqual([
      'base[layers=2, batch=2]',
      'base[layers=2, batch=4]',
      'base[layers=4, batch=4]',
      'base[layers=4, batch=8]',
      'mine[layers=2]',
      'mine[layers=4]',
    ])
  })
})

describe('an `if`', () => {
  test('in a `for` makes the variants for which its condition holds, and an `else` the others', () => {
    const body = `for layers in 1..3, lr in [1e-3, 3e-4] {
      if layers > 1 {
        stage base = pretrain(f(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))
      } else if lr < 1e-3 {
        stage base = pretrain(f(bpe.size), on: tokens, steps: 2, optimizer: adamw(lr: lr))
      }
      if lr == 1e-3 { stage score = evaluate(base) }
    }
    stage all = evaluate(base)`
    // The evaluation would need base[layers=1, lr=1e-3], which no branch makes.
    const { diagnostics } = compileText(head + body)
    expect(diagnostics.map(({ code }) => code)).toEqual(['E0213'])
    expect(calls(body.replace('lr == 1e-3', 'layers > 1'))).toEqual([
      'base[layers=2, lr=1e-3]',
      'base[layers=2, lr=3e-4]',
      'base[layers=3, lr=1e-3]',
      'base[layers=3, lr=3e-4]',
      'base[layers=1, lr=3e-4]',
      'score[layers=2, lr=1e-3]',
      'score[layers=2, lr=3e-4]',
      'score[layers=3, lr=1e-3]',
      'score[layers=3, lr=3e-4]',
      'all',
    ])
  })

  test('around a `for` makes all or none, and outside a name has its variants in the order of their values', () => {
    const body = (big: boolean) => `let big = ${big}
    if big { for n in [1, 2] { stage base = pretrain(f(bpe.size), on: tokens, steps: n) } }
    if not big { stage base_one = pretrain(f(bpe.size), on: tokens, steps: 1) }`
    expect(calls(body(true))).toEqual(['base[n=1]', 'base[n=2]'])
    expect(calls(body(false))).toEqual(['base_one'])
    const split = `for n in 1..3 {
      if n % 2 == 0 { data own = docs |> dedup(exact) } else { data own = docs |> keep(where: words > n) }
    }
    data all = concat(own)`
    const { program } = compileText(head + split)
    const all = program!.calls.find(({ names }) => names[0] === 'all')
    expect(all?.inputs.docs?.map(({ call }) => program!.calls[call]?.names[0])).toEqual([
      'own[n=1]',
      'own[n=2]',
      'own[n=3]',
    ])
  })
})

test('a variant of a group has the values of the group in its name, whatever their order and spelling', () => {
  const body = `let opt = adamw(betas: [0.9, 0.95], lr: 0.001)
  for o in [opt, adamw(opt, lr: 3e-4), adamw] {
    stage base = pretrain(f(bpe.size), on: tokens, steps: 1, optimizer: o)
  }
  stage one = evaluate(base[o=adamw(lr: 1e-3, betas: [0.90, 0.95])])`
  expect(calls(body)).toEqual([
    'base[o=adamw(betas: [0.9, 0.95], lr: 1e-3)]',
    'base[o=adamw(betas: [0.9, 0.95], lr: 3e-4)]',
    'base[o=adamw]',
    'one',
  ])
  const { program } = compileText(head + body)
  expect(program!.calls.flatMap(({ params }) => (params.optimizer ? [params.optimizer] : []))).toMatchObject([
    { lr: 0.001, betas: [0.9, 0.95] },
    { lr: 3e-4, betas: [0.9, 0.95] },
    { lr: 0.001, betas: [0.9, 0.999] },
  ])
})

test('inside of a `for` a name of an inner one is all its variants for the values at hand', () => {
  const text = `for layers in [2, 4] {
    for seed in 1..3 { stage base = pretrain(f(bpe.size, layers), on: tokens, steps: 1, seed: seed) }
    stage score = evaluate(base)
  }`
  const { program } = compileText(head + text)
  const score = program!.calls.find(({ names }) => names[0] === 'score[layers=4]')
  expect(score?.params.$of).toEqual([1, 2, 3].map((seed) => `base[layers=4, seed=${seed}]`))
})

test('other names stay when a value is added', () => {
  const names = (list: string) =>
    calls(`for lr in ${list} {
      stage base = pretrain(f(bpe.size), on: tokens, steps: 1, optimizer: adamw(lr: lr))
      expect base.valid_loss < 3
    }`)
  const [before, after] = [names('[1e-3, 3e-4]'), names('[5e-4, 0.001, 0.000_3]')]
  expect(after).toEqual(expect.arrayContaining(before))
})

describe('the name of a value', () => {
  test('is the shortest way to write it', () => {
    const named = (text: string) => {
      const { expression } = parseExpression('x', text)
      return expression.type === 'number' ? textOf({ ...expression }) : ''
    }
    const pairs = [
      ['0.001', '1e-3'],
      ['0.0003', '3e-4'],
      ['0.25', '0.25'],
      ['2_000', '2000'],
      ['1_000_000_000', '1e9'],
      ['1_234_567', '1234567'],
      ['2000k', '2M'],
      ['1500k', '1.5M'],
      ['50%', '50%'],
      ['2048KiB', '2MiB'],
      ['1800s', '30min'],
      ['90s', '90s'],
    ] as const
    expect(pairs.map(([text]) => named(text))).toEqual(pairs.map(([, short]) => short))
    expect(textOf({ type: 'string', value: 'a "b" {c}', base: '.' })).toBe('"a \\"b\\" \\{c\\}"')
  })

  test('is read as the same value', () => {
    const number = fc
      .tuple(
        fc.oneof(fc.double({ min: 1e-9, max: 1e9, noNaN: true }), fc.nat()),
        fc.constantFrom('none', 'count', 'fraction'),
      )
      .map(([value, unit]): Extract<Value, { type: 'number' }> => ({ type: 'number', value, unit: unit as 'none' }))
    fc.assert(
      fc.property(number, (value) => {
        const { expression, problems } = parseExpression('x', textOf(value))
        expect(problems).toEqual([])
        expect(expression).toMatchObject({ type: 'number', value: value.value })
      }),
    )
  })
})
