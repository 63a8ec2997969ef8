/** Artefacts made with `--engine` and `-p` are found with these options; without them, commands name the options to add. */

import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { curveLines } from '../../../src/cli/show/curve.ts'
import { makeProject, type Project, prose, training } from '../rig.ts'

const project = makeProject({ 'a.llmpipe': training, 'data/book.txt': prose })
const others: Project[] = []
const given = ['--engine', 'tfjs', '-p', 'steps=8']
const hint = 'A run with --engine tfjs -p steps=8 made it: give the same here.'
let ran = ''
beforeAll(() => {
  ran = project.llmpipe(['run', 'a.llmpipe', ...given]).stdout
})
afterAll(() => {
  for (const each of [project, ...others]) each.remove()
})

describe('without the options of the run', () => {
  test.each([
    ['show', ['show', 'a.llmpipe', 'base']],
    ['generate', ['generate', 'a.llmpipe', 'base', 'The']],
    ['chat', ['chat', 'a.llmpipe', 'base']],
    ['cache pin', ['cache', 'pin', 'a.llmpipe', 'base']],
  ])('%s says which they were', (_, words) => {
    const { code, stderr } = project.llmpipe(words)
    expect(code).toBe(2)
    expect(stderr).toBe(`error: base has not run with the program as it is\n  help: ${hint}\n`)
  })

  test('compare and cache push say which they were, and show what there is', () => {
    expect(project.llmpipe(['compare', 'a.llmpipe', 'base'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining(hint),
    })
    mkdirSync(join(project.folder, 'remote'))
    const pushed = project.llmpipe(['cache', 'push', 'a.llmpipe', '--remote', 'remote'])
    expect(pushed.stderr).toContain(hint)
    expect(pushed.stderr).toContain('base')
  })

  test('a value with blanks is given as a shell takes it', () => {
    const other = makeProject({ 'p.llmpipe': 'param name = "<x>"\ntokenizer t = bytes(special: [name])\n' })
    others.push(other)
    expect(other.llmpipe(['run', 'p.llmpipe', '-p', "name=it's me"]).code).toBe(0)
    expect(other.llmpipe(['show', 'p.llmpipe', 't']).stderr).toContain(`with -p 'name=it'\\''s me' made it`)
  })

  test('runs that did not produce the artefact are not mentioned', () => {
    const other = makeProject({ 'p.llmpipe': 'tokenizer t = bytes()\n' })
    others.push(other)
    expect(other.llmpipe(['show', 'p.llmpipe', 't']).stderr).toContain('Run it: llmpipe run p.llmpipe')
  })
})

describe('with the options of the run', () => {
  test.each([
    ['show', ['show', 'a.llmpipe', 'base', ...given]],
    ['generate', ['generate', 'a.llmpipe', 'base', 'The', '-n', '2', ...given]],
    ['compare', ['compare', 'a.llmpipe', 'base', ...given]],
    ['cache push', ['cache', 'push', 'a.llmpipe', '--remote', 'remote', ...given]],
    ['why', ['why', 'a.llmpipe', 'base', ...given]],
    ['graph', ['graph', 'a.llmpipe', ...given]],
    ['check', ['check', 'a.llmpipe', ...given]],
  ])('%s finds what it made', (_, words) => {
    mkdirSync(join(project.folder, 'remote'), { recursive: true })
    const { code, stderr, stdout } = project.llmpipe(words)
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).not.toContain('not run yet')
  })

  test('the engine of generate alone does not keep it from weights that another engine trained', () => {
    const other = makeProject({ 'a.llmpipe': training, 'data/book.txt': prose })
    others.push(other)
    expect(other.llmpipe(['run', 'a.llmpipe']).code).toBe(0)
    expect(other.llmpipe(['generate', 'a.llmpipe', 'base', 'The', '-n', '2', '--engine', 'tfjs']).code).toBe(0)
  }, 60_000)

  test.each([
    ['no engine', []],
    ['another engine', ['--engine', 'onnx']],
  ])('generate with %s finds weights of a run with --engine', (_, engine) => {
    const { code, stderr } = project.llmpipe([
      ...['generate', 'a.llmpipe', 'base', 'The', '-n', '2', '-p', 'steps=8'],
      ...engine,
    ])
    expect([code, stderr]).toEqual([0, 'note: base is from a run with --engine tfjs\n'])
  })
})

test('the end of a run prints the command that shows a result, and no path with 64 digits', () => {
  expect(ran).toMatch(/\n {2}look {10}llmpipe show a\.llmpipe base --engine tfjs -p steps=8 {2}\([0-9a-f]{12}\)\n/)
  expect(ran).not.toMatch(/[0-9a-f]{64}/)
})

test('log shows -p, the engine and the metrics of a run', () => {
  const list = project.llmpipe(['log']).stdout
  expect(list).toContain('a.llmpipe --engine tfjs -p steps=8')
  expect(list).toMatch(/done +base valid_loss \d\.\d+/)
  const [, run] = /^(\d{8}-\d{6}-\w+)/m.exec(list)!
  expect(project.llmpipe(['log', 'p.llmpipe']).stderr).toContain('p.llmpipe is a program, and log takes a run')
  const one = project.llmpipe(['log', run!]).stdout
  expect(one).toMatch(/^a\.llmpipe --engine tfjs -p steps=8\n/)
  expect(one).toMatch(/base .*train_loss \d\.\d+, valid_loss/)
})

test('show of a failed stage prints the ledger that its help mentions', () => {
  const other = makeProject({
    'p.llmpipe': 'data d = read("data/*.txt", split: paragraphs) |> keep(where: words > 1_000)\n',
    'data/book.txt': prose,
  })
  others.push(other)
  const failed = other.llmpipe(['run', 'p.llmpipe'])
  expect(failed.stdout).toContain('none of 40 documents is left')
  expect(failed.stdout).toContain('`llmpipe show PROGRAM STAGE`')
  const { stdout } = other.llmpipe(['show', 'p.llmpipe', 'd'])
  expect(stdout).toContain('error[empty-corpus]')
  expect(stdout).toMatch(/40 documents in .*→ +0 out/)
  expect(stdout).toContain('words > 1_000')
})

test('show of learning from rewards draws the reward', () => {
  const folder = mkdtempSync(join(tmpdir(), 'llmpipe-curve-'))
  const lines = [1, 2, 3].map((step) => JSON.stringify({ event: 'metric', step, loss: 0.01, reward: step, kl: 0.1 }))
  writeFileSync(join(folder, 'metrics.jsonl'), `${lines.join('\n')}\n`)
  const [legend] = curveLines(folder, 80)
  expect(legend!.map(({ text }) => text).join('')).toContain('reward')
  expect(legend!.map(({ text }) => text).join('')).not.toContain('loss')
})
