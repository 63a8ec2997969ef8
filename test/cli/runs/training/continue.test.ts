/** Training weights further: other steps and schedules, a longer context, more tokens, and what does not fit. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readSafetensors } from '../../../../src/train/weights/safetensors.ts'
import { type Event, makeProject } from '../../rig.ts'

const head = `use std.models { llama, gpt2 }
data prose = read("prose.txt")
tokenizer b = bytes()
tokenizer more = bytes(special: ["<|tool|>", "<|end|>"])
data ids = prose |> encode(b)
data tools = prose |> encode(more)
model tiny = llama(vocab: b.size, dim: 16, layers: 2, heads: 2, context: 16)
stage base = pretrain(tiny, on: ids, validate: ids) { steps: 20, batch: 4, optimizer: adamw(lr: 1e-2) }
`
const project = makeProject({
  'prose.txt': 'Call me Ishmael. Some years ago, never mind how long precisely.\n'.repeat(40),
  'p.llmpipe': `${head}stage longer = pretrain(from: base, on: ids, validate: ids) { steps: 4, batch: 2, context: 32, schedule: constant(warmup: 1) }
stage wider = pretrain(from: base, on: tools) { steps: 2, batch: 2, freeze: ["layers", "norm"] }
model larger = llama(vocab: more.size, dim: 16, layers: 2, heads: 2, context: 64)
stage both = pretrain(larger, from: base, on: tools) { steps: 2, batch: 2 }
export base to "out/base"
export longer to "out/longer"
export wider to "out/wider"
export both to "out/both"
`,
  'positions.llmpipe': `${head}model old = gpt2(vocab: b.size, dim: 16, layers: 1, heads: 2, context: 16)
stage learned = pretrain(old, on: ids) { steps: 2, batch: 2 }
stage longer = pretrain(from: learned, on: ids) { steps: 2, batch: 2, context: 32 }
`,
  'letters.llmpipe': `${head}tokenizer letters = characters(prose)
stage wrong = pretrain(from: base, on: prose |> encode(letters)) { steps: 2, batch: 2 }
`,
  'misfit.llmpipe': `${head}model other = llama(vocab: b.size, dim: 32, layers: 3, heads: 2, context: 16)
stage wrong = pretrain(other, from: base, on: ids) { steps: 2, batch: 2 }
`,
  'nothing.llmpipe': `${head}stage wrong = pretrain(on: ids) { steps: 2, batch: 2 }
`,
})
afterAll(() => project.remove())

const messagesOf = (events: readonly Event[], stage: string) =>
  events.flatMap((event) => (event.event === 'log' && event.stage === stage ? [String(event.message)] : []))
const weightsIn = (name: string) => readSafetensors(join(project.folder, `out/${name}/model.safetensors`)).tensors
const modelIn = (name: string) => JSON.parse(readFileSync(join(project.folder, `out/${name}/model.json`), 'utf8'))

describe('weights are trained further', () => {
  const { code, events } = project.events(['p.llmpipe'])

  test('where they are, with a schedule of their own', () => {
    expect(events.filter(({ event }) => event === 'failed')).toEqual([])
    expect(code).toBe(0)
    const losses = events.flatMap(({ event, stage, step, validLoss }) =>
      event === 'metric' && stage === 'longer' && validLoss !== undefined ? [[step, validLoss] as const] : [],
    )
    // Before the training, with the weights of `base`, which learned something.
    expect(losses[0]![0]).toBe(0)
    expect(losses[0]![1]).toBeLessThan(5)
    expect(losses.at(-1)![1]).toBeLessThan(Number(losses[0]![1]) + 0.1)
  })

  test('with a longer context, if their positions are rotary', () => {
    expect(modelIn('longer')).toMatchObject({ context: 32, $arguments: { context: 32 } })
    expect(messagesOf(events, 'longer')).toContain(
      'the context grows from 16 to 32 tokens: positions beyond are learned now',
    )
  })

  test('with more tokens, whose rows begin as the mean of the others', () => {
    const said = messagesOf(events, 'wider')
    expect(said).toContain('embeddings.weight: 2 new rows, each the mean of the 257 rows before')
    expect(said).toContain('head.weight: 2 new rows, each the mean of the 257 rows before')
    const [before, after] = [weightsIn('base'), weightsIn('wider')]
    expect(after['embeddings.weight']!.shape).toEqual([259, 16])
    expect(modelIn('wider')).toMatchObject({ vocab: 259 })
    // Two small steps away from the mean.
    const mean = Array.from({ length: 16 }, (_, column) => {
      const rows = Array.from({ length: 257 }, (_, row) => before['embeddings.weight']!.data[row * 16 + column]!)
      return rows.reduce((sum, each) => sum + each, 0) / 257
    })
    for (const row of [257, 258])
      for (let column = 0; column < 16; column++)
        expect(Math.abs(after['embeddings.weight']!.data[row * 16 + column]! - mean[column]!)).toBeLessThan(5e-3)
  })

  test('with frozen weights, which are the same to the bit', () => {
    const [before, after] = [weightsIn('base'), weightsIn('wider')]
    const frozen = Object.keys(before).filter((name) => /^(layers|norm)\./.test(name))
    expect(frozen.length).toBeGreaterThan(10)
    for (const name of frozen) expect(after[name]).toEqual(before[name])
  })

  test('in a larger model that the program declares', () => {
    expect(modelIn('both')).toMatchObject({ context: 64, vocab: 259 })
    expect(messagesOf(events, 'both')).toContain('head.weight: 2 new rows, each the mean of the 257 rows before')
  })
})

describe('what does not fit is an error', () => {
  test('a context beyond a table of positions', () => {
    const { code, stdout, stderr } = project.llmpipe(['run', 'positions.llmpipe', '--plain'])
    expect(code).toBe(1)
    expect(stdout + stderr).toContain('context is 32, and the model has learned a table of 16 positions')
  })

  test('a tokenizer whose ids stand for other tokens', () => {
    const { code, stdout, stderr } = project.llmpipe(['run', 'letters.llmpipe', '--plain'])
    expect(code).toBe(1)
    expect(stdout + stderr).toContain('the tokens are not those of the weights: the id 0 is')
  })

  test('a model of other sizes, before the run', () => {
    const { code, stdout } = project.llmpipe(['check', 'misfit.llmpipe'])
    expect(code).toBe(2)
    expect(stdout).toContain('The weights do not fit the model: embeddings.weight is [257, 16] in the weights')
  })

  test('neither a model nor weights', () => {
    const { code, stdout } = project.llmpipe(['check', 'nothing.llmpipe'])
    expect(code).toBe(2)
    expect(stdout).toContain('There is nothing to train: neither a model nor weights are given')
  })
})
