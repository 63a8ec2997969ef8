import { mkdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RunEvent } from '../../src/core/event.ts'
import type { Plan } from '../../src/core/plan.ts'
import { type WatchNote, watch } from '../../src/run/watch.ts'
import { command, Project, planOf, until } from './rig.ts'

/** A watch of a project whose "source" is a file with its plan as JSON. */
function start(project: Project) {
  const events: RunEvent[] = []
  const notes: WatchNote[] = []
  const soft = new AbortController()
  const over = watch({
    store: project.store,
    programDir: project.folder,
    stageCommand: [process.execPath, command('stage-command')],
    version: 'test',
    signal: { soft: soft.signal, hard: new AbortController().signal },
    onEvent: (event) => events.push(event),
    tell: (note) => notes.push(note),
    recompile: async () => {
      const text = project.read('plan.json')
      const plan = text === 'broken' ? {} : { plan: JSON.parse(text) as Plan }
      return { ...plan, sources: new Map([[join(project.folder, 'plan.json'), text]]) }
    },
  })
  const waits = () => notes.filter(({ type }) => type === 'waiting').length
  const finished = () => events.flatMap((event) => (event.event === 'finished' ? [event.id] : []))
  return { events, notes, over, waits, finished, stop: () => soft.abort() }
}

test('a watch runs what a change touches, and not for what it makes itself', async () => {
  const project = new Project()
  mkdirSync(join(project.folder, 'data'))
  project.write('data/a.txt', 'one')
  const plan = (take: number) =>
    JSON.stringify(
      planOf({ read: { files: 'data/*.txt' }, cut: { from: ['read'], params: { take }, exportTo: 'data/out' } }),
    )
  project.write('plan.json', plan(2))
  const watching = start(project)
  await until(() => watching.waits() === 1)
  expect(watching.finished()).toEqual(['read', 'cut'])

  project.write('data/b.txt', 'two')
  await until(() => watching.waits() === 2)
  expect(watching.finished()).toEqual(['read', 'cut', 'read', 'cut'])
  expect(watching.notes).toContainEqual({ type: 'changed', names: ['data/b.txt'] })

  project.write('plan.json', 'broken')
  await until(() => watching.notes.some(({ type }) => type === 'errors'))
  project.write('plan.json', plan(3))
  await until(() => watching.waits() === 3)
  expect(watching.finished().slice(4)).toEqual(['cut'])

  rmSync(join(project.folder, 'data/b.txt'))
  await until(() => watching.waits() === 4)
  watching.stop()
  await watching.over
  expect(watching.finished().slice(5)).toEqual(['cut'])
})

test('a stage that a change does not touch goes on, one that it does is stopped', async () => {
  const project = new Project()
  const hints = { gates: project.gates }
  const plan = (say: string) =>
    JSON.stringify(planOf({ same: { hints, params: { say: 'x' } }, other: { hints, params: { say } } }))
  project.write('plan.json', plan('a'))
  const watching = start(project)
  await until(() => project.begun().length === 2)
  project.write('plan.json', plan('b'))
  await until(() => project.begun().length === 3)
  project.open()
  await until(() => watching.waits() === 1)
  watching.stop()
  await watching.over
  expect(project.begun().sort()).toEqual(['other', 'other', 'same'])
  expect(watching.finished().sort()).toEqual(['other', 'same'])
  expect(watching.notes.map(({ type }) => type).sort()).toEqual(['changed', 'kept', 'stopped', 'waiting'])
})

test('what a run exports among its own input files is no change, and changes beside it are seen', async () => {
  const project = new Project()
  mkdirSync(join(project.folder, 'data'))
  project.write('data/a.txt', 'one')
  // The folder of the export holds the source and the data.
  const exporting = (exportTo: string) =>
    JSON.stringify(planOf({ read: { files: 'data/**/*' }, out: { from: ['read'], exportTo } }))
  project.write('plan.json', exporting('data'))
  const watching = start(project)
  await until(() => watching.waits() === 1)
  // Anything that is heard makes it look: the exported file is there by now.
  project.write('data/b.txt', 'two')
  await until(() => watching.waits() === 2)
  project.write('plan.json', exporting('.'))
  await until(() => watching.waits() === 3)
  project.write('data/a.txt', 'three')
  await until(() => watching.waits() === 4)
  watching.stop()
  await watching.over
  expect(watching.notes.flatMap((note) => (note.type === 'changed' ? note.names : []))).toEqual([
    'data/b.txt',
    'plan.json',
    'data/a.txt',
  ])
})

test('saves by renaming are seen again and again, and a burst of them is one change', async () => {
  const project = new Project()
  project.write('a.txt', 'one')
  project.write('plan.json', JSON.stringify(planOf({ read: { files: 'a.txt' } })))
  const watching = start(project)
  await until(() => watching.waits() === 1)
  for (const [index, text] of ['two', 'three', 'four'].entries()) {
    project.write('a.txt.new', text)
    renameSync(join(project.folder, 'a.txt.new'), join(project.folder, 'a.txt'))
    await until(() => watching.waits() === index + 2)
  }
  for (let index = 0; index < 20; index++) project.write('a.txt', `burst ${index}`)
  await until(() => watching.waits() === 5)
  watching.stop()
  await watching.over
  expect(watching.finished()).toEqual(Array(5).fill('read'))
})
