/** Trainings that count epochs: the steps follow from the tokens. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { makeProject } from '../../rig.ts'

const program = (length: string, on = 'web') => `use std.models { llama }
tokenizer b = bytes()
data web = read("web.txt") |> encode(b)
data books = read("books.txt") |> encode(b)
model tiny = llama(vocab: b.size, dim: 8, layers: 1, heads: 1, context: 16)
stage base = pretrain(tiny, on: ${on}) {
  ${length}
  batch: 4
  accumulate: 2
}
export base to "out"
`
// 2,001 and 151 tokens, with 128 tokens in a step.
const project = makeProject({
  'web.txt': 'Call me Ishmael. 123'.repeat(100),
  'books.txt': 'It is a truth. '.repeat(10),
})
afterAll(() => project.remove())

const check = (length: string, on?: string) => {
  project.write('p.llmpipe', program(length, on))
  return project.llmpipe(['check', 'p.llmpipe'])
}
const train = (length: string, on?: string) => {
  project.write('p.llmpipe', program(length, on))
  const said = project.llmpipe(['run', 'p.llmpipe', '--plain'])
  expect(said).toMatchObject({ code: 0, stderr: '' })
  return { said, weights: readFileSync(join(project.folder, 'out/model.safetensors')) }
}
const metrics = () => {
  const { stdout } = project.llmpipe(['show', 'p.llmpipe', 'base', '--json'])
  return (JSON.parse(stdout) as { report: { metrics: Record<string, number> } }).report.metrics
}

test('epochs give the weights of the steps that they are, and `check` prints those once the tokens exist', () => {
  const length = 'epochs: 1.5, schedule: cosine(warmup: 10%)'
  const before = check(length).stdout
  expect(before).toMatch(/tokens +1\.5 × those of the data; the steps are known once they are encoded/)
  expect(before).toMatch(/time +about .* per million tokens/)
  expect(before).toMatch(/epochs +known once the tokens are encoded/)
  // Nor is the share of a mixture that begins at a number of steps.
  const mixed = check(length, '[mix(web: 100%), mix(books: 100%, from: 5)]').stdout
  expect(mixed).toMatch(/epochs +web +known once the tokens are encoded\n +books +known/)
  const counted = train(length)
  // round(1.5 · 2,001 / 128) = 23
  expect(metrics()).toMatchObject({ steps: 23, tokens: 23 * 128 })
  expect(check(length).stdout).toMatch(
    /tokens +2\.94k learned from in total, in 23 steps[\s\S]*epochs +1\.47 of 2,001 tokens/,
  )
  const given = train('steps: 23, schedule: cosine(warmup: 2)')
  expect(given.weights.equals(counted.weights)).toBe(true)
  // Epochs are in the key, and so are the tokens.
  project.write('p.llmpipe', program(length))
  expect(project.llmpipe(['plan', 'p.llmpipe']).stdout).toMatch(/base +pretrain +cached/)
  project.write('p.llmpipe', program('epochs: 2, schedule: cosine(warmup: 10%)'))
  expect(project.llmpipe(['why', 'p.llmpipe', 'base']).stdout).toContain('epochs: 1.5 → 2, line 7')
})

test('epochs of a mixture are of all its tokens, and a phase that would not begin fails before the first step', () => {
  train('epochs: 1, max_epochs: 20', 'mix(web: 50%, books: 50%)')
  // round((2,001 + 151) / 128) = 17
  expect(metrics().steps).toBe(17)
  expect(check('epochs: 1', '[mix(web: 100%), mix(books: 100%, from: 80%)]').stdout).not.toContain('error[')
  expect(check('epochs: 1', '[mix(web: 100%, from: 5%), mix(books: 100%, from: 80%)]').stdout).toContain(
    'The first mixture has to begin with the training',
  )
  const late = check('epochs: 1', '[mix(web: 100%), mix(books: 100%, from: 17)]')
  expect(late.code).toBe(0)
  const { code, stdout } = project.llmpipe(['run', 'p.llmpipe', '--plain'])
  expect(code).toBe(1)
  expect(stdout).toContain('This mixture begins after step 17, and the training has 17')
})

test('a training has either steps or epochs, and its limit holds for both', () => {
  expect(check('steps: 10, epochs: 1').stdout).toContain('both `steps` and `epochs`')
  expect(check('seed: 2').stdout).toContain('neither `steps` nor `epochs` is given')
  expect(check('epochs: 0').stdout).toContain('`epochs` must be more than 0')
  expect(check('num_train_epochs: 2').stdout).toContain('Write `epochs: …`')
  expect(check('epochs: 3, max_epochs: 2').stdout).toContain('would learn `web` 3.01 times, and `max_epochs` is 2')
})

test('a warm-up can be all of the steps, and a warning says so', () => {
  expect(check('epochs: 1, schedule: constant(warmup: 2.5)').stdout).toContain('a whole number')
  expect(check('steps: 10, schedule: constant(warmup: 100%)').stdout).toContain('does not end within the 10 steps')
  expect(check('steps: 10, schedule: constant(warmup: 101%)').stdout).toContain('be at most 100%')
  // 16 steps are 1.02 epochs: the rounding is no reason to refuse them.
  const { said } = train('epochs: 1, max_epochs: 1, schedule: constant(warmup: 1_000)')
  expect(check('epochs: 1, max_epochs: 1').stdout).not.toContain('error[')
  expect(said.stdout).toContain('The warm-up of 1,000 steps does not end within the 16 steps of the training')
})
