/** `check` finds models that are measured on what they have learned from, by where both come from in the program. */

import { afterAll, describe, expect, it } from 'vitest'
import { makeProject } from '../rig.ts'

const head = `use std.models { llama }
use std.chat { chatml }
data prose = read("prose.txt", split: lines)
data train, held_out = prose |> split(90%, 10%)
tokenizer b = bytes(special: chatml.tokens)
model tiny = llama(vocab: b.size, context: 64, dim: 16, layers: 1, heads: 2)
stage base = pretrain(tiny, on: train |> encode(b)) { steps: 2 }
`
const project = makeProject({ 'prose.txt': 'Call me Ishmael.\nSome years ago.\n'.repeat(20), 'pairs.jsonl': '' })
afterAll(() => project.remove())

/** The messages about training data for the lines behind `head`. */
function found(lines: string): string[] {
  project.write('program.llmpipe', head + lines)
  const { stdout } = project.llmpipe(['check', 'program.llmpipe', '--json'])
  const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string; message: string; severity: string }[] }
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([])
  return diagnostics.filter(({ code }) => code === 'W0418').map(({ message }) => message)
}

const warned = ['`score` measures `base` on data that it has learned from.']

describe('a model that is measured', () => {
  it.each([
    ['on held-out documents', 'stage score = evaluate([base], on: held_out)'],
    ['on tokens of held-out documents', 'stage score = evaluate([base], on: held_out |> shuffle() |> encode(b))'],
    [
      'on a part of held-out documents',
      'stage score = evaluate([base], on: held_out |> sample(50%) |> keep(where: words > 1))',
    ],
    [
      'on documents that were chosen from its training documents and others',
      'stage score = evaluate([base], on: concat(train, read("other.txt")) |> keep(where: words > 3))',
    ],
    ['on other documents', 'stage score = evaluate([base], on: read("other.txt"))'],
  ])('%s is not warned of', (_, lines) => expect(found(lines)).toEqual([]))

  it.each([
    ['on its training documents', 'train'],
    ['on a part of them', 'train |> sample(10%)'],
    ['on documents that contain them', 'prose'],
    ['on them among others', 'concat(held_out, train |> normalize())'],
    ['on a part of documents of which it has learned a part', 'prose |> shuffle() |> encode(b)'],
  ])('%s is warned of', (_, on) => expect(found(`stage score = evaluate([base], on: ${on})`)).toEqual(warned))

  it('has the training data of the weights that it began with', () => {
    const lines = `data pairs = read("pairs.jsonl") |> conversations()
stage chat = sft(base, on: pairs, template: chatml)
`
    expect(found(`${lines}stage score = evaluate([chat], on: train)`)).toEqual([
      '`score` measures `chat` on data that it has learned from.',
    ])
    expect(found(`${lines}stage score = evaluate([base], on: pairs, template: chatml)`)).toEqual([])
    expect(found(`${lines}stage score = evaluate([base, chat], on: pairs, template: chatml)`)).toEqual([
      '`score` measures `chat` on data that it has learned from.',
    ])
  })

  it('validates on the tokens that it learns', () => {
    expect(
      found('stage again = pretrain(tiny, on: train |> encode(b), validate: train |> encode(b)) { steps: 3 }'),
    ).toEqual(['`again` is validated on data that it has learned from.'])
  })
})
