/** Every file of a store, damaged in every way: whoever reads it takes it for one that is not there, or says what is wrong. */

import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { metricSeries, metricsIn } from '../../src/cli/metric-series.ts'
import { StageError, systemCode } from '../../src/core/failure.ts'
import { status } from '../../src/run/explain/status.ts'
import { eventsOf, runsIn } from '../../src/run/log/past-runs.ts'
import { carry } from '../../src/store/care/carry.ts'
import { readPins, writePins } from '../../src/store/care/collect.ts'
import { inventory } from '../../src/store/care/inventory.ts'
import { verify } from '../../src/store/care/verify.ts'
import { forgetDamage, onDamage } from '../../src/store/damage.ts'
import { failureFolder, keepFailure, readFailure } from '../../src/store/failures.ts'
import { openStore } from '../../src/store/folder-store.ts'
import { StatCache } from '../../src/store/inputs/stat-cache.ts'
import { openHistory } from '../../src/store/key/history.ts'
import { loadMemo, saveMemo } from '../../src/store/memo.ts'
import { seal } from '../../src/store/sealed.ts'
import { Shelf } from '../../src/store/shelf.ts'
import { asDigest, asKey } from '../brands.ts'
import { outcomes, Project, planOf } from '../run/rig.ts'
import { damage, damages } from './damages.ts'

const plan = planOf({ read: { files: 'a.txt' }, cut: { from: ['read'], params: { take: 2 } } })
const failed = asKey('f'.repeat(64))
const request = { program: 'a' }
/** A project whose store has a file of every sort. */
let template: Project

beforeAll(async () => {
  template = new Project()
  const { root } = template.store
  template.write('a.txt', 'hello')
  await template.run(plan)
  const error = { code: 'as-told', message: 'no' }
  keepFailure(root, failed, { error, seconds: 1, run: 'r', time: 1 }, () => ({ 'log.txt': 'no\n' }))
  writePins(template.store, { it: [asDigest('a'.repeat(64))] })
  saveMemo(root, request, new Map([['a', 'text']]), { plan: true })
  await new Shelf(root, 'parts').keep('b'.repeat(64), async (folder) => {
    writeFileSync(join(folder, 'part'), 'part')
    return { documents: 1 }
  })
  for (const key of keysOf(root)) {
    const file = join(template.store.actionFolder(key), 'metrics.jsonl')
    writeFileSync(file, '{"event":"metric","step":1,"loss":2}\n{"event":"metric","step":2,"loss":1}\n')
  }
})

let heard: string[] = []
beforeEach(() => {
  heard = []
  forgetDamage()
  const stop = onDamage((message) => heard.push(message))
  return stop
})

const keysOf = (root: string) =>
  readdirSync(join(root, 'actions')).flatMap((shelf) => readdirSync(join(root, 'actions', shelf)).map(asKey))

function filesIn(folder: string, prefix = ''): string[] {
  return readdirSync(join(folder, prefix)).flatMap((name) => {
    const path = prefix === '' ? name : `${prefix}/${name}`
    return statSync(join(folder, path)).isDirectory() ? filesIn(folder, path) : [path]
  })
}

/** All that is read of a store. */
const readers: Readonly<Record<string, (root: string, folder: string) => unknown>> = {
  plan: (root, folder) => status(plan, { store: openStore(root), programDir: folder }),
  history: (root) =>
    openHistory(root)
      .entries()
      .map(({ id, kind }) => `${id}${kind}`.length),
  events: (root) =>
    runsIn(root).map((run) => eventsOf(root, run)?.map(({ event, time }) => `${event}${time.toFixed()}`)),
  failure: (root) => readFailure(root, failed)?.error.message.length,
  'a note in the history': (root) => {
    const [action] = [...inventory(openStore(root)).actions.values()]
    if (action !== undefined) openStore(root).note(action, { ...action.node, program: 'other' })
  },
  'log of a failure': (root) => metricsIn(failureFolder(root, failed)),
  pins: (root) => readPins(openStore(root)),
  memo: (root) => loadMemo(root, request, () => 'text')?.changed.length,
  part: (root) => new Shelf(root, 'parts').find('b'.repeat(64)),
  'stat cache': (root, folder) => new StatCache(root).hash(join(folder, 'a.txt')),
  curve: (root) => keysOf(root).map((key) => metricSeries(metricsIn(openStore(root).actionFolder(key)), 'loss')),
  inventory: (root) => inventory(openStore(root)),
  verify: (root) => verify(openStore(root), inventory(openStore(root))),
}

const kinds = [
  ['a record', /^actions\/.*action\.json$/],
  ['metrics', /^actions\/.*metrics\.jsonl$/],
  ['a log', /^actions\/.*log\.txt$/],
  ['an artefact', /^objects\//],
  ['a failure', /^failed\/.*failure\.json$/],
  ['the history', /^history\.jsonl$/],
  ['the stat cache', /^stat\.json$/],
  ['a memo', /^memo\//],
  ['the pins', /^pins\.json$/],
  ['the record of a part', /^parts\/.*record\.json$/],
  ['a part', /^parts\/.*part$/],
  ['the events of a run', /^runs\/.*events\.jsonl$/],
  ['the plan of a run', /^runs\/.*plan\.json$/],
  ['the layout', /^layout$/],
] as const

describe.each(Object.entries(damages))('a file of the store that %s', (_, spoil) => {
  test.each(kinds)('%s', async (_, pattern) => {
    const project = new Project()
    cpSync(template.folder, project.folder, { recursive: true })
    const { root } = project.store
    const files = filesIn(root).filter((name) => pattern.test(name))
    expect(files).not.toEqual([])
    spoil(join(root, files[0]!))
    for (const [reader, read] of Object.entries(readers)) {
      const outcome = await Promise.resolve()
        .then(() => read(root, project.folder))
        .catch((error: unknown) => error)
      // A clear error is one that says what to do, or what the system said.
      if (outcome instanceof Error && !(outcome instanceof StageError))
        expect(systemCode(outcome), `${reader} of ${files[0]}: ${outcome.stack}`).toBeDefined()
    }
  })
})

test('every sort of file in a store is among those that are damaged here', () => {
  const others = filesIn(template.store.root).filter((name) => !kinds.some(([, pattern]) => pattern.test(name)))
  expect(others.filter((name) => !/^(\.gitignore|failed\/.*log\.txt)$/.test(name))).toEqual([])
})

test('a corrupt file is reported once, with its consequence', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  await project.run(plan)
  const [key] = keysOf(project.store.root)
  damage(join(project.store.actionFolder(key!), 'action.json'), 'null')
  damage(join(project.store.root, 'stat.json'), 'null')
  await status(plan, { store: project.store, programDir: project.folder })
  await status(plan, { store: project.store, programDir: project.folder })
  expect(heard).toEqual([
    expect.stringMatching(/stat\.json is corrupt; input files are hashed again$/),
    expect.stringContaining('is corrupt; what it made counts as not made'),
  ])
  const ran = await project.run(plan)
  expect(Object.values(outcomes(ran)).sort()).toEqual(['cached', 'finished'])
})

test('a wrong digest in the stat cache is not believed', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  await project.run(plan)
  const file = join(project.store.root, 'stat.json')
  damage(file, readFileSync(file, 'utf8').replace(/"[0-9a-f]{64}"\]/, `"${'0'.repeat(64)}"]`))
  expect((await new StatCache(project.store.root).hash(join(project.folder, 'a.txt'))).sha256).not.toBe('0'.repeat(64))
})

test('a stat cache of an earlier version, without a seal, is ignored and not reported as corrupt', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  await project.run(plan)
  const file = join(project.store.root, 'stat.json')
  const { stat } = JSON.parse(readFileSync(file, 'utf8')) as { stat: Record<string, unknown[]> }
  const forged = Object.entries(stat).map(([name, entry]) => [name, [...entry.slice(0, 5), '0'.repeat(64)]])
  damage(file, JSON.stringify(Object.fromEntries(forged)))
  const { sha256 } = await new StatCache(project.store.root).hash(join(project.folder, 'a.txt'))
  expect([sha256 === '0'.repeat(64), heard]).toEqual([false, []])
})

test.each(['a link', 'a pipe'])('an artefact with %s in the place of a file is not carried elsewhere', async (what) => {
  const project = new Project()
  project.write('a.txt', 'hello')
  const { outputs } = await project.run(plan)
  const file = join(project.store.objectFolder(outputs.read!.out!), 'text')
  rmSync(file)
  if (what === 'a link') symlinkSync('/etc/passwd', file)
  else execFileSync('mkfifo', [file])
  const seen = inventory(project.store)
  expect((await verify(project.store, seen)).map(({ stages }) => stages)).toEqual([['read']])
  const target = openStore(join(project.folder, 'target'))
  const carried = await carry(project.store, target, keysOf(project.store.root))
  expect([carried.actions, carried.refused.length]).toEqual([1, 1])
})

test('nothing is written through a link that lies in the store', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  await project.run(plan)
  const { root } = project.store
  const outside = new Project().folder
  writeFileSync(join(outside, 'log.txt'), 'precious')
  writeFileSync(join(outside, 'new'), 'precious')
  const before = filesIn(outside)
  for (const key of keysOf(root)) {
    const folder = project.store.actionFolder(key)
    for (const place of [folder, join(root, 'failed', key), join(root, 'work', key)]) link(place, outside)
  }
  rmSync(join(root, 'history.jsonl'))
  symlinkSync(join(outside, 'new'), join(root, 'history.jsonl'))
  expect(Object.values(outcomes(await project.run(plan)))).toEqual(['finished', 'finished'])
  expect(filesIn(outside)).toEqual(before)
  expect(['log.txt', 'new'].map((name) => readFileSync(join(outside, name), 'utf8'))).toEqual(['precious', 'precious'])
  expect(Object.values(outcomes(await project.run(plan)))).toEqual(['cached', 'cached'])
})

test.each(['objects', 'actions', 'parts'])(
  'what is kept in %s goes through no link in the place of a folder of them',
  async (top) => {
    const project = new Project()
    project.write('a.txt', 'hello')
    const { root } = project.store
    const outside = new Project().folder
    const before = readdirSync(outside)
    for (let shelf = 0; shelf < 256; shelf++) link(join(root, top, shelf.toString(16).padStart(2, '0')), outside)
    expect(Object.values(outcomes(await project.run(plan)))).toEqual(['finished', 'finished'])
    await new Shelf(root, 'parts').keep('b'.repeat(64), async () => ({}))
    expect(readdirSync(outside)).toEqual(before)
    expect(Object.values(outcomes(await project.run(plan)))).toEqual(['cached', 'cached'])
    expect(inventory(project.store).objects.size).toBe(2)
  },
)

function link(place: string, to: string): void {
  rmSync(place, { recursive: true, force: true })
  mkdirSync(dirname(place), { recursive: true })
  symlinkSync(to, place)
}

test('a link to nowhere in the place of a part or an artefact is moved aside', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  const { outputs } = await project.run(plan)
  const object = project.store.objectFolder(outputs.read!.out!)
  const shelf = new Shelf(project.store.root, 'parts')
  const fill = async (folder: string) => {
    writeFileSync(join(folder, 'part'), 'part')
    return {}
  }
  const part = await shelf.keep('b'.repeat(64), fill)
  for (const place of [object, part.folder]) {
    rmSync(place, { recursive: true })
    symlinkSync('/nowhere/at/all', place)
  }
  expect((await shelf.keep('b'.repeat(64), fill)).value).toEqual({})
  expect(outcomes(await project.run(plan))).toEqual({ read: 'finished', cut: 'cached' })
})

test('an artefact with a link to itself in the place of a file is made again', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  const { outputs } = await project.run(plan)
  const file = join(project.store.objectFolder(outputs.read!.out!), 'text')
  rmSync(file)
  symlinkSync(file, file)
  expect(outcomes(await project.run(plan))).toEqual({ read: 'finished', cut: 'cached' })
})

test('pins that cannot be read keep gc from removing what may be pinned', () => {
  const project = new Project()
  mkdirSync(project.store.root)
  project.write('.llmpipe/pins.json', '{"it": ["')
  expect(() => readPins(project.store)).toThrow('it is not known what is pinned')
})

test('a record that was sealed but has another shape is damaged', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  await project.run(plan)
  for (const key of keysOf(project.store.root)) {
    const action = project.store.read(key)!
    const file = join(project.store.actionFolder(key), 'action.json')
    for (const wrong of [
      null,
      [],
      { ...action, node: null },
      { ...action, report: { ledger: {} } },
      { ...action, time: 'now' },
    ]) {
      mkdirSync(project.store.actionFolder(key), { recursive: true })
      writeFileSync(file, seal('action', wrong))
      expect(project.store.read(key)).toBeUndefined()
    }
  }
})

test('a stage that fails since what it takes is damaged says so, and the next run makes it anew', async () => {
  const project = new Project()
  project.write('a.txt', 'hello')
  const bug = planOf({ read: { files: 'a.txt' }, wrong: { kind: 'bug', from: ['read'] } })
  const { outputs } = await project.run(bug)
  damage(join(project.store.objectFolder(outputs.read!.out!), 'text'), 'hexlo')
  const again = await project.run(bug)
  expect(again.failures[0]?.error).toMatchObject({
    code: 'damaged-artefact',
    help: expect.stringContaining('Run again'),
  })
  expect(outcomes(await project.run(bug))).toEqual({ read: 'finished', wrong: 'failed' })
})

vi.setConfig({ testTimeout: 20_000 })
