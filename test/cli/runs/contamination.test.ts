/** Models that are measured on texts that they have learned from: found by the texts, shown, warned of, and refused by --strict. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeProject, outcomes } from '../rig.ts'

const noun = ['whale', 'ship', 'captain', 'harbor', 'mast', 'sail', 'storm', 'island', 'letter', 'sailor']
/** Sentences of twelve words, none of which shares eight words in a row with another. */
const sentence = (i: number) =>
  `${noun[i % 10]} ${i} saw ${noun[(i * 3 + 1) % 10]} ${i * 7} and the ${noun[(i * 7) % 10]} ${i + 1000} near ${i * 31} again`
const sentences = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => `${sentence(from + i)}\n`).join('')
const program = (evaluated = '') => `use std.models { llama }
data train = read("train.txt", split: lines)
data quiz = read("quiz.jsonl", field: "question")
tokenizer b = bytes()
model tiny = llama(vocab: b.size, dim: 16, layers: 1, heads: 2, context: 16)
stage base = pretrain(tiny, on: train |> encode(b)) { steps: 2, batch: 2 }
stage score = evaluate([base], on: quiz) { tokens: 100${evaluated} }
`
const questions = (copied: number) =>
  Array.from(
    { length: 50 },
    (_, i) => `${JSON.stringify({ id: `q${i}`, question: sentence(i < copied ? i : 5000 + i) })}\n`,
  ).join('')
const project = makeProject({
  'p.llmpipe': program(),
  'train.txt': sentences(0, 400),
  'quiz.jsonl': questions(0),
})
afterAll(() => project.remove())
const run = (...args: string[]) => project.events(['p.llmpipe', ...args])
const warnings = ({ events }: ReturnType<typeof run>) =>
  events
    .filter(({ event, level }) => event === 'log' && level === 'warning')
    .map(({ stage, message }) => `${stage}: ${message}`)

describe('a run', { timeout: 180_000 }, () => {
  test('compares what is measured with what was learned, without a word if nothing is in it', () => {
    const ran = run('--strict')
    expect(ran.code).toBe(0)
    expect(outcomes(ran.events)).toMatchObject({ 'quiz.contamination': 'finished', score: 'finished' })
    expect(warnings(ran)).toEqual([])
    expect(project.llmpipe(['show', 'p.llmpipe', 'quiz.contamination']).stdout).toContain('0 of 50 texts contaminated')
  })

  test('warns of copies, also when everything is cached, and lists them', () => {
    project.write('quiz.jsonl', questions(3))
    const said = [
      'quiz.contamination: 3 of 50 texts to measure on were learned: at least 80% of the words of each are in train (3)',
    ]
    expect(warnings(run())).toEqual(said)
    const again = run()
    expect(again.code).toBe(0)
    expect(Object.values(outcomes(again.events)).every((end) => end === 'cached')).toBe(true)
    expect(warnings(again)).toEqual(said)
    const { stdout } = project.llmpipe(['show', 'p.llmpipe', 'quiz.contamination'])
    expect(stdout).toMatch(/train +3 of 50 +6\.0% +0% +0%/)
    expect(stdout).toMatch(/contamination: 80% of the words are in train +3/)
    const { artefacts } = JSON.parse(project.llmpipe(['show', 'p.llmpipe', 'quiz.contamination', '--json']).stdout)
    const list = readFileSync(join(artefacts[0].path, 'contaminated.jsonl'), 'utf8')
    expect(
      list
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual(['q0', 'q1', 'q2'].map((id) => ({ id, covered: 1, in: [0], most_in: expect.any(String) })))
  })

  test('with --strict fails, whether the result is new or cached', () => {
    for (const args of [['--strict'], ['--strict', '--force', 'quiz.contamination']]) {
      const { code, events } = run(...args)
      expect(code).toBe(1)
      expect(events.find(({ event }) => event === 'failed')).toMatchObject({
        stage: 'quiz.contamination',
        error: {
          code: 'doubtful-result',
          message: expect.stringContaining('3 of 50 texts to measure on were learned'),
        },
      })
    }
  })

  test('does not evaluate again if the check is turned off', () => {
    project.write('p.llmpipe', program(', contamination: off'))
    const { code, events } = run('--strict')
    expect(code).toBe(0)
    expect(outcomes(events)).toMatchObject({ score: 'cached' })
    expect(outcomes(events)).not.toHaveProperty('quiz.contamination')
    project.write('p.llmpipe', program())
  })

  test('searches again only if one of the sides has other texts', () => {
    run()
    // The same lines in two files are the same documents.
    project.write('train.txt', `${sentences(0, 400)}\n\n`)
    expect(outcomes(run().events)).toMatchObject({ 'quiz.contamination': 'cached' })
    project.write('train.txt', sentences(1, 400))
    expect(warnings(run())[0]).toContain('2 of 50 texts')
  })

  test('says what a source is called now, if the program has renamed it since', () => {
    project.write('p.llmpipe', program().replace('data train =', 'data prose =').replace('on: train', 'on: prose'))
    const { events } = run()
    expect(outcomes(events)).toMatchObject({ 'quiz.contamination': 'cached' })
    expect(warnings({ code: 0, events } as ReturnType<typeof run>)).toEqual([
      expect.stringMatching(/are in train \(2\) \(`train` is now `prose`\)$/),
    ])
    project.write('p.llmpipe', program())
  })

  test('--only checks what it runs', () => {
    project.write('p.llmpipe', program(', seed: 7'))
    expect(run('--only', 'base').code).toBe(0)
    const { code, events } = run('--only', 'score', '--strict')
    expect(outcomes(events)).toMatchObject({ 'quiz.contamination': 'failed' })
    expect(code).toBe(1)
    const force = run('--only', 'score', '--force', 'quiz.contamination')
    expect(outcomes(force.events)).toMatchObject({ 'quiz.contamination': 'finished' })
    project.write('p.llmpipe', program())
  })

  test('searches only the new source if another is added', () => {
    project.write('more.txt', sentences(7000, 7100))
    const more =
      'data more = read("more.txt", split: lines)\ndata a = train |> encode(b)\ndata c = more |> encode(b)\nmodel tiny'
    const mixed = 'on: mix(a: 50%, c: 50%)'
    project.write('p.llmpipe', program().replace('model tiny', more).replace('on: train |> encode(b)', mixed))
    const { events } = run()
    const end = events.find(({ event, stage }) => event === 'finished' && stage === 'quiz.contamination')
    expect(end).toMatchObject({ report: { reused: { parts: 1, of: 2 } } })
    project.write('p.llmpipe', program())
  })

  test('the report page shows it', () => {
    expect(project.llmpipe(['report', 'p.llmpipe', '--output', 'report.html']).code).toBe(0)
    const page = readFileSync(join(project.folder, 'report.html'), 'utf8')
    expect(page).toContain('Contamination')
    expect(page).toContain('2 of 50')
  })
})

test('--strict refuses a measurement on the very data that was learned', () => {
  project.write('same.llmpipe', program().replace('on: quiz)', 'on: train)'))
  const { code, stderr } = project.llmpipe(['run', 'same.llmpipe', '--strict', '--plain'])
  expect(code).toBe(2)
  expect(stderr).toContain('same.llmpipe:7: `score` measures `base` on data that it has learned from')
})

test('a program can compare texts itself, and expect what it finds', () => {
  project.write(
    'own.llmpipe',
    `data train = read("train.txt", split: lines)
data quiz = read("quiz.jsonl", field: "question")
data other = read("other.txt")
stage leaks = contamination(quiz, learned: [other, train]) { limit: 100% }
expect leaks.contaminated < 5%
expect leaks.contaminated[train] > 0
expect leaks.contaminated[other] == 0
`,
  )
  project.write('other.txt', 'Nothing of it.')
  const { code, events } = project.events(['own.llmpipe', '--strict'])
  expect(events.filter(({ event }) => event === 'failed')).toEqual([])
  expect(code).toBe(0)
})
