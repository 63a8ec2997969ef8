/** Patterns of `freeze`: parts of dotted names, in sequence and anywhere. */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chosenBy, freezeHelp, namesInWords, patternsOfNothing } from '../../src/model/training/freeze.ts'

const names = [
  'embedding.weight',
  'layers.1.attention.q.weight',
  'layers.1.attention.q.bias',
  'layers.1.attention_norm.weight',
  'layers.10.attention.q.weight',
  'head.weight',
]

describe('a pattern', () => {
  it.each([
    ['layers.1', ['layers.1.attention.q.weight', 'layers.1.attention.q.bias', 'layers.1.attention_norm.weight']],
    ['attention', ['layers.1.attention.q.weight', 'layers.1.attention.q.bias', 'layers.10.attention.q.weight']],
    ['attention*', names.filter((name) => name.includes('attention'))],
    ['layers.*.attention.q.weight', ['layers.1.attention.q.weight', 'layers.10.attention.q.weight']],
    ['bias', ['layers.1.attention.q.bias']],
    ['*', names],
    ['layers.1*', names.filter((name) => name.startsWith('layers'))],
    ['ttention', []],
    ['layers.q', []],
    ['head.+', []],
    ['', []],
  ])('%s', (pattern, chosen) => {
    expect(chosenBy(names, [pattern])).toEqual(chosen)
    expect(patternsOfNothing(names, [pattern])).toEqual(chosen.length === 0 ? [pattern] : [])
  })

  it('chooses a name that it is a run of parts of, whatever characters these have', () => {
    const part = fc.string({ minLength: 1 }).filter((text) => !/[.*]/.test(text))
    fc.assert(
      fc.property(fc.array(part, { minLength: 1 }), fc.nat(), fc.nat(), (parts, a, b) => {
        const from = a % parts.length
        const run = parts.slice(from, from + 1 + (b % (parts.length - from)))
        expect(chosenBy([parts.join('.')], [run.join('.')])).toHaveLength(1)
      }),
    )
  })
})

describe('a range of layers', () => {
  const layers = Array.from({ length: 12 }, (_, i) => `layers.${i}.attention.q.weight`)

  it('chooses the layers from its first number to its last', () => {
    expect(chosenBy(layers, ['layers.0-3'])).toEqual(layers.slice(0, 4))
    expect(chosenBy(layers, ['layers.9-11.attention'])).toEqual(layers.slice(9))
    expect(patternsOfNothing(layers, ['layers.0-3', 'layers.11-11'])).toEqual([])
  })

  it('is refused if an end is not a layer, or if its numbers are in the wrong order', () => {
    const wrong = ['layers.9-12', 'layers.3-0', 'layers.0-99999999', 'model.layers.12-13']
    expect(patternsOfNothing(layers, wrong)).toEqual(wrong)
    expect(freezeHelp(layers, ['layers.9-12'])).toContain('The layers are layers.0 to layers.11.')
  })
})

describe("the names of Hugging Face's models", () => {
  const llama = [
    'table',
    ...[0, 1].flatMap((i) =>
      ['attention.q', 'swiglu.down', 'rms_norm', 'rms_norm_2'].map((name) => `layers.${i}.${name}.weight`),
    ),
    'norm.weight',
  ]

  it.each([
    ['model.embed_tokens', ['table']],
    ['self_attn.q_proj', ['layers.0.attention.q.weight', 'layers.1.attention.q.weight']],
    ['model.layers.1.mlp.down_proj.weight', ['layers.1.swiglu.down.weight']],
    ['model.layers.0-1.input_layernorm', ['layers.0.rms_norm.weight', 'layers.1.rms_norm.weight']],
    ['post_attention_layernorm', ['layers.0.rms_norm_2.weight', 'layers.1.rms_norm_2.weight']],
    ['model.norm', ['norm.weight']],
  ])('%s', (pattern, chosen) => {
    expect(chosenBy(llama, [pattern])).toEqual(chosen)
    expect(patternsOfNothing(llama, [pattern])).toEqual([])
  })

  it('are refused where two families mean different norms by them', () => {
    const olmo = [...llama, 'layers.0.attention.q_norm.weight']
    expect(patternsOfNothing(olmo, ['post_attention_layernorm'])).toEqual(['post_attention_layernorm'])
  })
})

it('a name that chooses nothing gets the name that it most likely means', () => {
  expect(freezeHelp(names, ['attentoin.q'])).toMatch(/^Did you mean `attention\.q`\? It has embedding, /)
  expect(freezeHelp(names, ['zebra'])).toMatch(/^It has embedding, /)
})

it('names are shown once for all layers', () => {
  expect(namesInWords(names)).toBe(
    'embedding, layers.*.attention.q, layers.*.attention.q.bias, layers.*.attention_norm, head',
  )
})
