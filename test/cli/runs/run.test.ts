/** `run` and what looks at what it made: a small program from text to weights, through the real command. */

import { cpSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Event, eventsIn, makeProject, outcomes, prose, training } from '../rig.ts'

const project = makeProject({ 'a.llmpipe': training, 'data/book.txt': prose })
const stages = ['raw', 'prose', 'letters', 'tokens', 'base', 'expect base.valid_loss', 'export base']
const all = (outcome: string) => Object.fromEntries(stages.map((stage) => [stage, outcome]))
let first: readonly Event[]
beforeAll(() => {
  const run = project.events(['a.llmpipe'])
  expect(run.code).toBe(0)
  first = run.events
})
afterAll(() => project.remove())

describe('run --json', () => {
  test('runs every stage, and says so', () => {
    expect(outcomes(first)).toEqual(all('finished'))
    for (const { event, digest } of first) if (event === 'finished') expect(digest).toMatch(/^[0-9a-f]{64}$/)
    expect(first.at(-1)).toMatchObject({ event: 'run-finished', ran: 7, cached: 0, failed: 0 })
  })

  test('training says its loss', () => {
    const metrics = first.filter(({ event, stage, loss }) => event === 'metric' && stage === 'base' && loss)
    expect(metrics.map(({ step }) => step)).toEqual([4, 8, 12])
    for (const { loss, tokensPerSecond } of metrics)
      expect([typeof loss, typeof tokensPerSecond]).toEqual(['number', 'number'])
  })
})

describe('nothing runs', () => {
  const cached = (args: readonly string[]) => {
    const { code, events } = project.events(args)
    expect(code).toBe(0)
    expect(outcomes(events)).toEqual(all('cached'))
    expect(events.at(-1)).toMatchObject({ ran: 0, cached: 7 })
    const digests = (of: readonly Event[]) => of.flatMap(({ stage, digest }) => (digest ? [`${stage} ${digest}`] : []))
    expect(digests(events).sort()).toEqual(digests(first).sort())
  }
  test('the second time', () => cached(['a.llmpipe']))
  test('after a comment', () => {
    project.write('a.llmpipe', `// a comment\n${training.replace('batch:     4', 'batch: 4 // more')}`)
    cached(['a.llmpipe'])
  })
  test('under another name of the file', () => {
    project.write('b.llmpipe', training)
    cached(['b.llmpipe'])
  })
  test('in another place', () => {
    const other = makeProject()
    cpSync(project.folder, other.folder, { recursive: true })
    const { events } = other.events(['a.llmpipe'])
    expect(outcomes(events)).toEqual(all('cached'))
    other.remove()
  })
})

describe('a change', () => {
  test('of the learning rate runs the training and the stages after it', () => {
    const { events } = project.events(['a.llmpipe', '-p', 'lr=1e-3'])
    const ran = Object.entries(outcomes(events)).flatMap(([stage, outcome]) => (outcome === 'finished' ? [stage] : []))
    expect(ran.sort()).toEqual(['base', 'expect base.valid_loss', 'export base'])
    const why = project.llmpipe(['why', 'a.llmpipe', 'base', '-p', 'lr=1e-3'])
    expect(why.stdout).toContain('optimizer.lr: 0.003 → 0.001')
  })

  test('that cleaning removes runs no stage after the cleaning', () => {
    project.write('data/book.txt', `${prose}\n\ntoo short\n`)
    const { events } = project.events(['a.llmpipe'])
    expect(outcomes(events)).toEqual({ ...all('cached'), raw: 'finished', prose: 'finished' })
    project.write('data/book.txt', prose)
  })
})

describe('failures', () => {
  const failing =
    'tokenizer letters = bytes()\nexpect letters.vocab > 1_000\nexport letters to "out"\ntokenizer more = bytes(special: ["<a>"])\n'
  test('an expectation that does not hold fails the run and reports the actual value', () => {
    project.write('f.llmpipe', failing)
    const { code, events } = project.events(['f.llmpipe', '--keep-going'])
    expect(code).toBe(1)
    expect(outcomes(events)).toEqual({
      letters: 'finished',
      'expect letters.vocab': 'failed',
      'export letters': 'finished',
      more: 'finished',
    })
    const failed = events.find(({ event }) => event === 'failed')
    expect(failed?.error).toMatchObject({
      code: 'expectation-failed',
      message: 'expected letters.vocab > 1_000, but vocab is 257',
    })
    expect(events.at(-1)).toMatchObject({ event: 'run-finished', failed: 1 })
    const plain = project.llmpipe(['run', 'f.llmpipe'])
    expect(plain.code).toBe(1)
    expect(plain.stdout).toContain(
      'error[expectation-failed]: expected letters.vocab > 1_000, but vocab is 257\n  --> f.llmpipe:2',
    )
    // The plan is the same, and remembered; where it points to is not.
    project.write('f.llmpipe', `// Bytes.\n\n${failing}`)
    expect(project.llmpipe(['run', 'f.llmpipe']).stdout).toContain('\n  --> f.llmpipe:4')
  })

  test('a missing metric is reported with the metrics that exist', () => {
    project.write('m.llmpipe', 'tokenizer letters = bytes()\nexpect letters.loss < 1\n')
    const { code, stderr } = project.llmpipe(['run', 'm.llmpipe'])
    expect(code).toBe(2)
    expect(stderr).toContain('`letters` will have no metric `loss`')
    expect(stderr).toContain('It has vocab.')
  })

  test('a program with errors runs nothing', () => {
    project.write('e.llmpipe', 'tokenizer letters = byts()\n')
    expect(project.llmpipe(['run', 'e.llmpipe', '--json'])).toMatchObject({ code: 2, stdout: '' })
  })
})

test('--only runs one stage alone, --force one that is cached', () => {
  expect(outcomes(project.events(['a.llmpipe', '--only', 'letters']).events)).toEqual({
    raw: 'cached',
    prose: 'cached',
    letters: 'cached',
  })
  const { events } = project.events(['a.llmpipe', '--force', 'letters'])
  expect(outcomes(events)).toEqual({ ...all('cached'), letters: 'finished' })
})

test('after one interrupt, training saves a checkpoint, and the next run resumes from it', {
  timeout: 60_000,
}, async () => {
  const args = ['run', 'a.llmpipe', '-p', 'steps=100_000', '--json']
  const child = project.start(args)
  let stdout = ''
  child.stdout!.on('data', (piece: Buffer) => {
    stdout += piece
    if (stdout.includes('"event":"metric"') && !child.killed) child.kill('SIGINT')
  })
  const code = await new Promise((resolve) => child.once('close', resolve))
  expect(code).toBe(130)
  const events = eventsIn(stdout)
  const { step } = events.find(({ event }) => event === 'interrupted') as Event
  expect(step).toBeGreaterThan(0)
  expect(events.at(-1)).toMatchObject({ event: 'run-finished', interrupted: 1 })

  const again = project.start(args)
  let started: Event | undefined
  let seen = ''
  again.stdout!.on('data', (piece: Buffer) => {
    seen += piece
    started = seen
      .split('\n')
      .filter((line) => line.includes('"event":"started"') && line.endsWith('}'))
      .map((line) => JSON.parse(line) as Event)[0]
    if (started && !again.killed) again.kill('SIGINT')
  })
  await new Promise((resolve) => again.once('close', resolve))
  expect(started).toMatchObject({ stage: 'base', resumedFrom: step })
})

describe('plan', () => {
  test('as JSON has what would run and why', () => {
    const { stdout } = project.llmpipe(['plan', 'a.llmpipe', '-p', 'steps=13', '--json'])
    const { nodes } = JSON.parse(stdout)
    expect(nodes.map(({ id }: { id: string }) => id)).toEqual(stages)
    for (const node of nodes)
      expect(Object.keys(node)).toEqual(
        expect.arrayContaining(['id', 'name', 'kind', 'params', 'inputs', 'status', 'reason']),
      )
    const base = nodes[4]
    expect(base).toMatchObject({
      kind: 'pretrain',
      params: { steps: 13 },
      inputs: { on: [{ node: 'tokens', output: 'out' }] },
      status: 'run',
    })
    expect(base.reason).toMatch(/^steps: 12 → 13, line \d+/)
    expect(nodes[5]).toMatchObject({ status: 'run', reason: 'depends on base, which runs' })
    expect(nodes[3]).toMatchObject({ status: 'cached' })
  })

  test('for people', () => {
    const { stdout } = project.llmpipe(['plan', 'a.llmpipe'])
    expect(stdout).toMatch(/^= base +pretrain +cached$/m)
    expect(stdout).toContain('0 to run, 7 cached')
  })
})

describe('looking at artefacts', () => {
  test('show, by program and stage, by name, by digest, by folder', () => {
    const base = project.llmpipe(['show', 'a.llmpipe', 'base']).stdout
    for (const words of ['Weights', 'held-out loss', '── loss', 'layers.*.attention.q.weight', 'parameters'])
      expect(base).toContain(words)
    const digest = /Weights ([0-9a-f]{12})/.exec(base)?.[1] ?? ''
    expect(project.llmpipe(['show', digest]).stdout).toContain('layers.*.attention')
    expect(project.llmpipe(['show', 'out/base']).stdout).toContain('layers.*.attention')
    expect(project.llmpipe(['show', 'letters']).stdout).toContain('characters,')
    expect(project.llmpipe(['show', 'a.llmpipe', 'tokens']).stdout).toContain('bytes a token')
    expect(project.llmpipe(['show', 'a.llmpipe', 'prose']).stdout).toContain('documents in')
  })

  test('ls', () => {
    expect(project.llmpipe(['ls', 'a.llmpipe']).stdout).toMatch(/^base +Weights +[0-9a-f]{12}/m)
    expect(JSON.parse(project.llmpipe(['ls', '--json']).stdout)[0].digest).toMatch(/^[0-9a-f]{64}$/)
  })

  test('graph', () => {
    expect(project.llmpipe(['graph', 'a.llmpipe']).stdout).toContain('letters  characters')
    expect(project.llmpipe(['graph', 'a.llmpipe', '--format', 'mermaid']).stdout).toMatch(/^flowchart TD/)
    expect(project.llmpipe(['graph', 'a.llmpipe', '-f', 'dot']).stdout).toMatch(/^digraph plan/)
  })

  test('the export is there', () => {
    expect(existsSync(join(project.folder, 'out/base/model.safetensors'))).toBe(true)
  })
})

test('the store keeps itself out of version control', () => {
  expect(readFileSync(join(project.folder, '.llmpipe/.gitignore'), 'utf8')).toBe('*\n')
})

describe('generate', () => {
  const generate = (words: readonly string[]) => project.llmpipe(['generate', ...words, '-n', '8', '--seed', '3'])
  test('prints the same text with the same seed, however the weights are named', () => {
    const { code, stdout } = generate(['a.llmpipe', 'base', 'The '])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^The /)
    expect(generate(['out/base', 'The ']).stdout).toBe(stdout)
    const { text, tokens } = JSON.parse(generate(['out/base', 'The ', '--json']).stdout)
    expect(`The ${text}\n`).toBe(stdout)
    expect(tokens).toBeLessThanOrEqual(8)
  })
  test('rejects an artefact that is not weights', () => {
    expect(generate(['a.llmpipe', 'letters', 'The '])).toMatchObject({ code: 2 })
  })
})

test('closing the pipe early is not a failure', async () => {
  const child = project.start(['kinds', '--json'])
  child.stdout!.once('data', () => child.stdout!.destroy())
  expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0)
})

test('attach shows a run that is under way elsewhere, from its beginning to its end', async () => {
  const other = makeProject({ 'a.llmpipe': training.replace('steps = 12', 'steps = 400'), 'data/book.txt': prose })
  expect(other.llmpipe(['attach']).stderr).toContain('nothing is running in this store')
  const run = other.start(['run', 'a.llmpipe', '--plain'])
  const over = new Promise((done) => run.on('close', done))
  await new Promise((begun) => run.stdout!.once('data', begun))
  const { code, stdout } = other.llmpipe(['attach', '--json'])
  expect(code).toBe(0)
  const events = eventsIn(stdout)
  expect(events[0]).toMatchObject({ event: 'run-started' })
  expect(events.at(-1)).toMatchObject({ event: 'run-finished', failed: 0 })
  expect(outcomes(events)).toEqual(all('finished'))
  await over
  other.remove()
})
