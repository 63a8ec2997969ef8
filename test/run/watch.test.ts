import fs, { mkdirSync, renameSync, rmSync, utimesSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { contents, Project, planOf, until } from './rig.ts'
import { startWatch as start } from './watch-rig.ts'

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
  expect(watching.notes).toContainEqual({ type: 'changed', files: [{ name: 'data/b.txt', how: 'added' }] })

  project.write('plan.json', 'broken')
  await until(() => watching.notes.some(({ type }) => type === 'errors'))
  project.write('plan.json', plan(3))
  await until(() => watching.waits() === 3)
  expect(watching.finished().slice(4)).toEqual(['cut'])

  rmSync(join(project.folder, 'data/b.txt'))
  await until(() => watching.waits() === 4)
  await watching.stop()
  expect(watching.notes).toContainEqual({ type: 'changed', files: [{ name: 'data/b.txt', how: 'removed' }] })
  expect(watching.finished().slice(5)).toEqual(['cut'])
})

test('a stage that a change does not affect continues, and one that it affects is stopped', async () => {
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
  await watching.stop()
  expect(project.begun().sort()).toEqual(['other', 'other', 'same'])
  expect(watching.finished().sort()).toEqual(['other', 'same'])
  expect(watching.notes.map(({ type }) => type).sort()).toEqual(['changed', 'kept', 'stopped', 'waiting'])
})

test("an export among a run's own input files is not a change, and changes beside it are noticed", async () => {
  const project = new Project()
  mkdirSync(join(project.folder, 'data'))
  project.write('data/a.txt', 'one')
  // The folder of the export holds the source and the data.
  const exporting = (exportTo: string) =>
    JSON.stringify(planOf({ read: { files: 'data/**/*' }, out: { from: ['read'], exportTo } }))
  project.write('plan.json', exporting('data'))
  const watching = start(project)
  await until(() => watching.waits() === 1)
  // Any report makes it look, and by now the exported file is there.
  project.write('data/b.txt', 'two')
  await until(() => watching.waits() === 2)
  project.write('plan.json', exporting('.'))
  await until(() => watching.waits() === 3)
  project.write('data/a.txt', 'three')
  await until(() => watching.waits() === 4)
  await watching.stop()
  expect(watching.notes.flatMap((note) => (note.type === 'changed' ? note.files.map(({ name }) => name) : []))).toEqual(
    ['data/b.txt', 'plan.json', 'data/a.txt'],
  )
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
  await watching.stop()
  expect(watching.finished()).toEqual(Array(5).fill('read'))
})

test('many rounds leave no listener behind', async () => {
  const warnings: string[] = []
  const warned = ({ message }: Error) => void warnings.push(message)
  process.on('warning', warned)
  const project = new Project()
  const plan = (take: number) => JSON.stringify(planOf({ read: { params: { take } } }))
  project.write('plan.json', plan(0))
  const watching = start(project)
  await until(() => watching.waits() === 1)
  for (let round = 1; round <= 14; round++) {
    // Two of them in turn: from the third on all is cached.
    project.write('plan.json', plan(round % 2))
    await until(() => watching.waits() === round + 1)
  }
  await watching.stop()
  process.off('warning', warned)
  expect(warnings).toEqual([])
})

test('a file that is written while a stage reads it fails nothing: the stage reads it again', async () => {
  const project = new Project()
  const path = join(project.folder, 'a.txt')
  project.write('a.txt', 'before')
  utimesSync(path, 1, 1)
  project.write('plan.json', JSON.stringify(planOf({ read: { files: 'a.txt', hints: { gates: project.gates } } })))
  const watching = start(project)
  await until(() => project.begun().length === 1)
  // Neither its size nor its times show the change before the stage ends.
  project.write('a.txt', 'after!')
  utimesSync(path, 1, 1)
  project.open()
  await until(() => watching.waits() >= 1 && watching.finished().length >= 1)
  await watching.stop()
  expect(watching.events.filter(({ event }) => event === 'failed')).toEqual([])
  expect(watching.events).toContainEqual(
    expect.objectContaining({ level: 'warning', message: 'a.txt changed while it was read; reading it again' }),
  )
  expect(contents(join(project.store.root, 'failed'))).toEqual({})
})

test('a watch that the system refuses finds changes by looking, and says so once', async () => {
  const refused = vi.spyOn(fs, 'watch').mockImplementation(() => {
    throw Object.assign(new Error('ENOSPC: System limit for number of file watchers reached'), { code: 'ENOSPC' })
  })
  syncBuiltinESMExports()
  onTestFinished(() => {
    refused.mockRestore()
    syncBuiltinESMExports()
  })
  const project = new Project()
  mkdirSync(join(project.folder, 'data'))
  project.write('data/a.txt', 'one')
  project.write('plan.json', JSON.stringify(planOf({ read: { files: 'data/*.txt' } })))
  const watching = start(project, { poll: 50 })
  await until(() => watching.waits() === 1)
  project.write('data/b.txt', 'two')
  await until(() => watching.waits() === 2)
  await watching.stop()
  expect(watching.finished()).toEqual(['read', 'read'])
  expect(watching.notes.filter(({ type }) => type === 'blind')).toEqual([
    { type: 'blind', reason: expect.stringContaining('ENOSPC') },
  ])
})
