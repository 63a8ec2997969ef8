/** Exports: what they write, and what they never replace. */

import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { sha256 } from '../../src/core/values/sha256.ts'
import { readExportRecord, recordName, temporaryIn, writeExportRecord } from '../../src/run/exports/record.ts'
import { openStore } from '../../src/store/folder-store.ts'
import { placeOf } from '../../src/store/place.ts'
import { damage, eventsOf, outcomes, Project, planOf, type Ran } from './rig.ts'

/** A plan whose one stage says something and is exported. */
const saying = (say: string, exportTo = 'out', program = 'main.llmpipe') => ({
  ...planOf({ a: { params: { say }, exportTo } }),
  program,
})

const warnings = (ran: Ran) =>
  eventsOf(ran, 'log').flatMap(({ level, message }) => (level === 'warning' ? [message] : []))
const error = (ran: Ran) => ran.failures[0]?.error

describe('a file that no export of the program wrote', () => {
  test('is kept, and the export fails and says what to do', async () => {
    const project = new Project()
    mkdirSync(join(project.folder, 'out'))
    project.write('out/text', 'a year of notes')
    const ran = await project.run(saying('x'))
    expect(error(ran)).toMatchObject({ code: 'export-conflict', help: expect.stringContaining('--overwrite') })
    expect(error(ran)!.message).toContain('no export of this program wrote text')
    expect(project.read('out/text')).toBe('a year of notes')
    expect(readdirSync(join(project.folder, 'out'))).toEqual(['text'])
  })

  test('is replaced with --overwrite, and belongs to the export from then on', async () => {
    const project = new Project()
    mkdirSync(join(project.folder, 'out'))
    project.write('out/text', 'mine')
    expect(outcomes(await project.run(saying('x'), { overwrite: true }))).toEqual({ a: 'finished' })
    expect(project.read('out/text')).toBe('x')
    expect(outcomes(await project.run(saying('y')))).toEqual({ a: 'finished' })
    expect(project.read('out/text')).toBe('y')
  })

  test('is not a conflict if its bytes are those of the export', async () => {
    const project = new Project()
    mkdirSync(join(project.folder, 'out'))
    project.write('out/text', 'x')
    expect(outcomes(await project.run(saying('x')))).toEqual({ a: 'finished' })
    expect(outcomes(await project.run(saying('y')))).toEqual({ a: 'finished' })
    expect(project.read('out/text')).toBe('y')
  })

  test('stays where it is not in the way', async () => {
    const project = new Project()
    mkdirSync(join(project.folder, 'out'))
    project.write('out/README.md', 'mine')
    const ran = await project.run(saying('x'))
    expect(outcomes(ran)).toEqual({ a: 'finished' })
    expect(warnings(ran)).toEqual([])
    expect(project.read('out/README.md')).toBe('mine')
  })

  test.each(['a folder', 'a link'])('is kept if it is %s', async (what) => {
    const project = new Project()
    const target = join(project.folder, 'out/text')
    mkdirSync(join(project.folder, 'out'))
    project.write('mine', 'mine')
    if (what === 'a folder') mkdirSync(target)
    else symlinkSync('../mine', target)
    expect(error(await project.run(saying('x')))?.code).toBe('export-conflict')
    const again = await project.run(saying('x'), { overwrite: true })
    // A link itself is replaced, never what it leads to; a folder stays.
    expect(outcomes(again)).toEqual({ a: what === 'a folder' ? 'failed' : 'cached' })
    expect(project.read('mine')).toBe('mine')
  })
})

describe('an export that was edited by hand', () => {
  test('is kept by a cached run, which says so and how to get the new one', async () => {
    const project = new Project()
    await project.run(saying('x'))
    writeOver(join(project.folder, 'out/text'), 'edited')
    const ran = await project.run(saying('x'))
    expect(outcomes(ran)).toEqual({ a: 'cached' })
    expect(warnings(ran)).toEqual([
      '"out": text was edited since it was exported, and is kept; --overwrite replaces it',
    ])
    expect(project.read('out/text')).toBe('edited')
    const insisting = await project.run(saying('x'), { overwrite: true })
    expect([warnings(insisting), project.read('out/text')]).toEqual([[], 'x'])
  })

  test('is kept if there is something new to export, and then nothing is exported', async () => {
    const project = new Project()
    const two = (say: string) => planOf({ a: { params: { say }, outputs: ['one', 'two'], exportTo: 'out' } })
    await project.run(two('x'))
    writeOver(join(project.folder, 'out/one/text'), 'edited')
    const ran = await project.run(two('y'))
    expect(error(ran)?.message).toContain('one/text was edited since it was exported')
    expect([project.read('out/one/text'), project.read('out/two/text')]).toEqual(['edited', 'x'])
  })

  test('is written again if it was deleted, also by a cached run', async () => {
    const project = new Project()
    await project.run(saying('x'))
    rmSync(join(project.folder, 'out/text'))
    expect(eventsOf(await project.run(saying('x')), 'exported')).toHaveLength(1)
    rmSync(join(project.folder, 'out'), { recursive: true })
    expect(eventsOf(await project.run(saying('x')), 'exported')).toHaveLength(1)
    expect(project.read('out/text')).toBe('x')
  })
})

describe('an earlier export', () => {
  test('is replaced though the store was deleted and made again', async () => {
    const project = new Project()
    await project.run(saying('x'))
    rmSync(project.store.root, { recursive: true })
    expect(outcomes(await project.run(saying('y')))).toEqual({ a: 'finished' })
    expect(project.read('out/text')).toBe('y')
  })

  test('of another program is kept, unless it is the same', async () => {
    const project = new Project()
    await project.run(saying('x'))
    expect(outcomes(await project.run(saying('x', 'out', 'copy.llmpipe')))).toEqual({ a: 'cached' })
    await project.run(saying('y'))
    const ran = await project.run(saying('z', 'out', 'other.llmpipe'))
    expect(error(ran)?.message).toContain('another program exported text')
    expect(warnings(ran)[0]).toContain('only with --overwrite')
    expect(project.read('out/text')).toBe('y')
  })

  test('of another program in the same folder is kept', async () => {
    const project = new Project()
    const two = (say: string) => planOf({ a: { params: { say }, outputs: ['one', 'two'], exportTo: 'out' } })
    await project.run(two('x'))
    await project.run(saying('v', 'out', 'other.llmpipe'))
    expect(outcomes(await project.run(two('y')))).toEqual({ a: 'finished' })
    expect(outcomes(await project.run(saying('w', 'out', 'other.llmpipe')))).toEqual({ a: 'finished' })
    expect([project.read('out/one/text'), project.read('out/text')]).toEqual(['y', 'w'])
  })

  test('loses the files that are no longer part of it, but for those that were edited', async () => {
    const project = new Project()
    const plan = (...outputs: string[]) => planOf({ a: { params: { say: outputs.join() }, outputs, exportTo: 'out' } })
    await project.run(plan('one', 'two', 'three'))
    writeOver(join(project.folder, 'out/two/text'), 'edited')
    const ran = await project.run(plan('one', 'four'))
    expect(outcomes(ran)).toEqual({ a: 'finished' })
    expect(warnings(ran)).toEqual(['out/two/text is no longer part of the export, but it was edited and is kept'])
    expect(existsSync(join(project.folder, 'out/three/text'))).toBe(false)
    expect(project.read('out/two/text')).toBe('edited')
  })

  test('that was interrupted by a kill is completed', async () => {
    const project = new Project()
    const two = (say: string) => planOf({ a: { params: { say }, outputs: ['one', 'two'], exportTo: 'out' } })
    await project.run(two('x'))
    const folder = join(project.folder, 'out')
    // As it is between the two files: the record has both versions, one file is new, and the next is half written.
    const both = [sha256('x'), sha256('y')]
    writeExportRecord(
      folder,
      new Map([
        [
          '../main.llmpipe',
          new Map([
            ['one/text', both],
            ['two/text', both],
          ]),
        ],
      ]),
    )
    writeOver(join(folder, 'one/text'), 'y')
    const left = temporaryIn(folder).replace(/\.\d+\./, '.999999999.')
    writeFileSync(left, 'ha')
    expect(outcomes(await project.run(two('y')))).toEqual({ a: 'finished' })
    expect([project.read('out/one/text'), project.read('out/two/text')]).toEqual(['y', 'y'])
    expect(existsSync(left)).toBe(false)
  })
})

describe('before anything runs', () => {
  test.each([
    ['a file in its place', 'out', '"out" is a file, not a folder'],
    ['a file on the way', 'out/deep/er', 'is a file, not a folder'],
    ['a place in the store', '.llmpipe/objects', 'lies in the store'],
  ])('%s refuses the run', async (_, to, message) => {
    const project = new Project()
    project.write('out', 'a file')
    await expect(project.run(saying('x', to))).rejects.toThrow(message)
    expect(project.begun()).toEqual([])
    expect(project.read('out')).toBe('a file')
  })
})

describe('a hostile record of exports', () => {
  const hostile = (files: unknown) => `{"version": 1, "exports": {"../main.llmpipe": ${JSON.stringify(files)}}}`
  const outside = { '../victim': [sha256('dear')] }
  test.each([
    ['with a path out of the folder', hostile(outside)],
    ['with an absolute path', hostile({ '/etc/passwd': [sha256('dear')] })],
    ['with other than digests', hostile({ text: ['x'] })],
    ['of null', 'null'],
    ['of another shape', '{"version": 1, "exports": [["a", 1]]}'],
    ['cut short', '{"version": 1, "exp'],
    ['empty', ''],
  ])('%s deletes and replaces nothing', async (_, text) => {
    const project = new Project()
    project.write('victim', 'dear')
    mkdirSync(join(project.folder, 'out'))
    project.write('out/text', 'mine')
    project.write(`out/${recordName}`, text)
    expect(error(await project.run(saying('x')))?.code).toBe('export-conflict')
    expect([project.read('victim'), project.read('out/text')]).toEqual(['dear', 'mine'])
  })

  test('with a name that leads through a link out of the folder deletes nothing there', async () => {
    const project = new Project()
    mkdirSync(join(project.folder, 'home'))
    project.write('home/victim', 'dear')
    mkdirSync(join(project.folder, 'out'))
    symlinkSync('../home', join(project.folder, 'out/sub'))
    project.write(`out/${recordName}`, hostile({ 'sub/victim': [sha256('dear')] }))
    expect(outcomes(await project.run(saying('x')))).toEqual({ a: 'finished' })
    expect(project.read('home/victim')).toBe('dear')
  })

  test('that is a link is replaced, and its target is not', async () => {
    const project = new Project()
    project.write('victim', 'dear')
    mkdirSync(join(project.folder, 'out'))
    symlinkSync('../victim', join(project.folder, 'out', recordName))
    await project.run(saying('x'))
    expect(project.read('victim')).toBe('dear')
    expect(readExportRecord(join(project.folder, 'out')).get('../main.llmpipe')?.get('text')).toEqual([sha256('x')])
  })

  test('in the store, as earlier versions wrote it, is ignored', async () => {
    const project = new Project()
    mkdirSync(project.store.root)
    project.write('victim', 'dear')
    project.write('.llmpipe/exports.json', '{"../out":["../victim"]}')
    await project.run(saying('x'))
    await project.run(saying('y'))
    expect(project.read('victim')).toBe('dear')
  })
})

test('nothing is written through a link in the folder that leads out of it', async () => {
  const project = new Project()
  mkdirSync(join(project.folder, 'home'))
  mkdirSync(join(project.folder, 'out'))
  symlinkSync('../home', join(project.folder, 'out/one'))
  const ran = await project.run(planOf({ a: { outputs: ['one', 'two'], exportTo: 'out' } }), { overwrite: true })
  expect(error(ran)?.message).toContain('one is a link that leads out of the folder')
  expect(readdirSync(join(project.folder, 'home'))).toEqual([])
})

test('a folder that is a link is exported to', async () => {
  const project = new Project()
  mkdirSync(join(project.folder, 'disk'))
  symlinkSync('disk', join(project.folder, 'out'))
  await project.run(saying('x'))
  expect(project.read('disk/text')).toBe('x')
  expect(outcomes(await project.run(saying('y')))).toEqual({ a: 'finished' })
  expect(project.read('disk/text')).toBe('y')
})

test('an input is never replaced, whatever links lead to it', async () => {
  const project = new Project()
  mkdirSync(join(project.folder, 'data'))
  mkdirSync(join(project.folder, 'out'))
  project.write('out/text', 'dear')
  symlinkSync('../out/text', join(project.folder, 'data/a.txt'))
  const plan = planOf({ read: { files: 'data/*' }, cut: { from: ['read'], params: { take: 1 }, exportTo: 'out' } })
  expect(error(await project.run(plan, { overwrite: true }))?.message).toContain('which this program reads')
  expect(project.read('out/text')).toBe('dear')
})

test('an artefact that is corrupt in the store is not exported, and the next run makes it again', async () => {
  const project = new Project()
  const { outputs } = await project.run(saying('first'))
  const object = join(project.store.objectFolder(outputs.a!.out!), 'text')
  damage(object, 'fxrst')
  rmSync(join(project.folder, 'out'), { recursive: true })
  expect(error(await project.run(saying('first')))).toMatchObject({ code: 'damaged-artefact' })
  expect(existsSync(join(project.folder, 'out/text'))).toBe(false)
  expect(outcomes(await project.run(saying('first')))).toEqual({ a: 'finished' })
  expect(project.read('out/text')).toBe('first')
})

test('a store that cannot be written to is exported from', async () => {
  const project = new Project()
  await project.run(saying('x'))
  rmSync(join(project.folder, 'out'), { recursive: true })
  const store = Object.create(openStore(project.store.root), { isReadOnly: { value: true } })
  expect(eventsOf(await project.run(saying('x'), { store }), 'exported')).toHaveLength(1)
})

test('a place is the same by all its names', () => {
  const { folder } = new Project()
  const real = placeOf(folder)
  mkdirSync(join(folder, 'a'))
  symlinkSync('a', join(folder, 'link'))
  symlinkSync('nowhere/yet', join(folder, 'broken'))
  symlinkSync('round', join(folder, 'round'))
  expect(placeOf(join(folder, 'link/b/c'))).toBe(join(real, 'a/b/c'))
  expect(placeOf(join(folder, 'broken/b'))).toBe(join(real, 'nowhere/yet/b'))
  expect(placeOf(join(folder, 'a/../x'))).toBe(join(real, 'x'))
  expect(placeOf(join(folder, 'round/b'))).toContain('round/b')
})

function writeOver(path: string, text: string): void {
  chmodSync(path, 0o644)
  writeFileSync(path, text)
}
