/** A sweep as people run it: one variant diverges, the best of the others is taken, and they are compared. */

import { afterAll, expect, test } from 'vitest'
import { makeProject, outcomes, prose } from '../../rig.ts'

const sweep = (rates: string) => `use std.models { llama }

data raw = read("data/*.txt", split: paragraphs)
tokenizer letters = characters(raw, end_of_text: "<|endoftext|>")

for lr in ${rates} {
  data tokens = raw |> encode(letters)
  model tiny = llama(vocab: letters.size, dim: 16, layers: 1, heads: 2, context: 16)
  stage base = pretrain(tiny, on: tokens, validate: tokens) {
    steps:     12
    batch:     4
    optimizer: adamw(lr: lr)
    log_every: 4
  }
}

stage tuned = best(base, by: valid_loss)
expect tuned.valid_loss < 10
`

const project = makeProject({ 'data/a.txt': prose, 'sweep.llmpipe': sweep('[1e-3, 1e9, 3e-3]') })
afterAll(() => project.remove())
const { llmpipe } = project
const [low, wild, high] = ['base[lr=1e-3]', 'base[lr=1e9]', 'base[lr=3e-3]']

test('a variant that diverges fails alone, and the best of the others is taken', () => {
  const { code, events } = project.events(['sweep.llmpipe'])
  expect(code).toBe(1)
  expect(outcomes(events)).toEqual({
    raw: 'finished',
    letters: 'finished',
    tokens: 'finished',
    [low]: 'finished',
    [wild]: 'failed',
    [high]: 'finished',
    tuned: 'finished',
    'expect tuned.valid_loss': 'finished',
  })
})

test('compare shows the variants, best first, and why one failed', () => {
  const { code, stdout } = llmpipe(['compare', 'sweep.llmpipe'])
  expect(code).toBe(0)
  const [head, ...rows] = stdout.split('\n')
  expect(head).toMatch(/^ {3}lr +TOOK +valid_loss +train_loss/)
  expect(rows[0]).toMatch(/^a {2}3e-3 /)
  expect(rows[1]).toMatch(/^b {2}1e-3 /)
  expect(rows[2]).toMatch(/^ {3}1e9 .*failed: training diverged/)
  const { by, stages } = JSON.parse(
    llmpipe(['compare', 'sweep.llmpipe', 'base', '--by', 'perplexity', '--json']).stdout,
  )
  expect(by).toBe('perplexity')
  expect(stages.map(({ name }: { name: string }) => name)).toEqual([high, low, wild])
  expect(stages[0].points.length).toBeGreaterThan(1)
  expect(llmpipe(['compare', 'sweep.llmpipe', '--by', 'accuracy']).stderr).toContain(
    'none of them has a metric accuracy',
  )
  expect(llmpipe(['compare', 'sweep.llmpipe', 'bose']).code).toBe(2)
})

test('show knows each variant by its name, and why one failed', () => {
  expect(llmpipe(['show', 'sweep.llmpipe', 'base[lr=0.003]']).stdout).toContain(high)
  expect(llmpipe(['show', 'sweep.llmpipe', 'tuned']).stdout).toMatch(/MODEL +valid_loss\nbase\[lr=3e-3\]/)
  const failed = llmpipe(['show', 'sweep.llmpipe', 'base[lr=1e9]'])
  expect(failed.stdout).toContain('error[diverged]: training diverged')
  expect(llmpipe(['show', 'sweep.llmpipe', 'base']).stderr).toContain(
    'base is the name of 3 variants; name one of them',
  )
  expect(llmpipe(['generate', 'sweep.llmpipe', 'base[lr=1e9]', 'It']).stderr).toContain('failed: training diverged')
  expect(llmpipe(['generate', high, 'The', '-n', '3']).stdout).toMatch(/^The/)
})

test('when one value of a list is replaced, only the new variant is trained, and `best` chooses again', () => {
  project.write('sweep.llmpipe', sweep('[1e-3, 2e-3, 3e-3]'))
  const { code, events } = project.events(['sweep.llmpipe'])
  expect(code).toBe(0)
  const finished = Object.entries(outcomes(events)).flatMap(([name, how]) => (how === 'finished' ? [name] : []))
  // The winner is the same, and so is all that follows.
  expect(finished).toEqual(['base[lr=2e-3]', 'tuned'])
  expect(outcomes(project.events(['sweep.llmpipe', '--force', 'base[lr=2e-3]']).events)).toMatchObject({
    'base[lr=2e-3]': 'finished',
    [low]: 'cached',
    tuned: 'cached',
  })
})
