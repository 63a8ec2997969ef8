import { mkdirSync, renameSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import fc from 'fast-check'
import { globSync } from 'tinyglobby'
import { expect, test } from 'vitest'
import { matchesOf, matching } from '../../src/store/inputs/glob.ts'
import { inputFiles } from '../../src/store/inputs/input-files.ts'
import { StatCache } from '../../src/store/inputs/stat-cache.ts'
import { loadMemo, saveMemo } from '../../src/store/memo.ts'
import { temporaryFolder } from '../run/rig.ts'

test('patterns match what tinyglobby matches', async () => {
  const folder = temporaryFolder()
  for (const path of [
    'a.txt',
    'b.txt',
    '.hidden.txt',
    'ab.jsonl',
    'd/a.txt',
    'd/e/a.txt',
    'd/.h/a.txt',
    'dd/b.md',
    'd+(1).txt',
  ]) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), '')
  }
  const part = fc.constantFrom('*', '?', 'a', 'b', 'd', '.', '.txt', 'e', '.h')
  const segment = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''))
  const usual = fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((segments) => segments.join('/'))
    .map((pattern) => pattern.replace(/\*{2,}/g, '*'))
    .filter((pattern) => !/(^|\/)\.\.?(\/|$)/.test(pattern))
  const pattern = fc.oneof(
    usual,
    fc.constantFrom('**/*.txt', '{a,b}.txt', 'd/**', '[ab].txt', 'd+(1).txt', './a.txt', 'd/../a.txt'),
    fc.constantFrom('**', '**/a.txt', 'd/**/*.txt', '**/e/**', '**/*', 'd/**/**/a.txt', '*/**/?.txt', 'd/e/**/*.txt'),
  )
  await fc.assert(
    fc.asyncProperty(pattern, async (it) => {
      const literal = it === 'd+(1).txt'
      const expected = literal ? ['d+(1).txt'] : globSync([it], { cwd: folder, expandDirectories: false }).sort()
      expect(await matching([it], folder)).toEqual(it === 'd/../a.txt' ? ['a.txt'] : expected)
    }),
    { numRuns: 300 },
  )
})

test('a link that leads nowhere, to itself or up, and a name that is not UTF-8, are reported and do not make a pattern fail', async () => {
  const folder = temporaryFolder()
  mkdirSync(join(folder, 'd/sub'), { recursive: true })
  writeFileSync(join(folder, 'd/a.txt'), '')
  writeFileSync(join(folder, 'd/sub/b.txt'), '')
  symlinkSync('nowhere', join(folder, 'd/broken.txt'))
  symlinkSync('loop.txt', join(folder, 'd/loop.txt'))
  symlinkSync('a.txt', join(folder, 'd/link.txt'))
  symlinkSync('..', join(folder, 'd/sub/up'))
  writeFileSync(Buffer.concat([Buffer.from(join(folder, 'd/bad')), Buffer.from([0xff]), Buffer.from('.txt')]), '')
  const unreadable = [
    { path: 'd/bad\ufffd.txt', why: 'its name is not UTF-8' },
    { path: 'd/broken.txt', why: 'a link to nothing' },
    { path: 'd/loop.txt', why: 'a link that leads to itself' },
  ]
  const direct = ['d/a.txt', 'd/link.txt']
  expect(await matchesOf(['d/*.txt'], folder)).toEqual({ paths: direct, unreadable })
  expect(await matchesOf(['**/*.txt'], folder)).toEqual({ paths: [...direct, 'd/sub/b.txt'], unreadable })
  expect((await matchesOf(['d/[ab]*.txt'], folder)).paths).toEqual(['d/a.txt'])
  const cache = new StatCache(join(folder, 'store'))
  const files = (pattern: string) => inputFiles({ files: { paths: { patterns: [pattern], base: '.' } } }, folder, cache)
  expect((await files('d/*.txt')).warnings).toEqual([
    'paths: left out d/bad\ufffd.txt (its name is not UTF-8), d/broken.txt (a link to nothing), d/loop.txt (a link that leads to itself)',
  ])
  await expect(files('d/br*.txt')).rejects.toThrow('no file can be read: d/broken.txt (a link to nothing)')
  for (const name of ['d', join(folder, 'd')]) await expect(files(name)).rejects.toThrow(`paths: "${name}" is a folder`)
  expect(await matching(['d/loop.txt', 'd/broken.txt', 'd/loop.txt/x*'], folder)).toEqual([])
})

test('brackets in the names of files and folders that are there are brackets', async () => {
  const folder = temporaryFolder()
  const paths = ['data (2)/a.txt', 'data 2/a.txt', 'v[1]/b.txt', 'v1/b.txt', 'c{x,y}+@!/d (1).txt']
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), '')
  }
  expect(await matching(['data (2)/*.txt'], folder)).toEqual(['data (2)/a.txt'])
  expect(await matching(['v[1]/*.txt'], folder)).toEqual(['v[1]/b.txt'])
  expect(await matching(['v[12]/*.txt'], folder)).toEqual(['v1/b.txt'])
  expect(await matching(['c{x,y}+@!/d (1)*', 'v{1,2}/*'], folder)).toEqual(['c{x,y}+@!/d (1).txt', 'v1/b.txt'])
})

test('a file is known again without being read, but not one that was just written', async () => {
  const root = temporaryFolder()
  const path = join(root, 'file')
  const cache = new StatCache(join(root, 'store'))
  writeFileSync(path, 'one')
  const first = await cache.hash(path)
  // Same size, same times but for those of the inode: only its bytes tell.
  const { atime, mtime } = statSync(path)
  writeFileSync(path, 'two')
  utimesSync(path, atime, mtime)
  const second = await cache.hash(path)
  expect(second.sha256).not.toBe(first.sha256)
  writeFileSync(join(root, 'new'), 'six')
  renameSync(join(root, 'new'), path)
  utimesSync(path, atime, mtime)
  expect((await cache.hash(path)).sha256).not.toBe(second.sha256)
  cache.save()
  expect((await new StatCache(join(root, 'store')).hash(path)).size).toBe(3)
})

test('a memo tells which of its sources are not what they were', () => {
  const root = temporaryFolder()
  const texts = new Map([
    ['main', 'a'],
    ['std:clean', 'b'],
  ])
  const request = { entry: 'main', params: { steps: '3' } }
  saveMemo(root, request, texts, { nodes: [1] })
  const read = (name: string) => texts.get(name)
  expect(loadMemo(root, request, read)).toEqual({ value: { nodes: [1] }, texts, changed: [] })
  expect(loadMemo(root, { ...request, params: { steps: '4' } }, read)).toBeUndefined()
  texts.set('std:clean', 'c')
  expect(loadMemo(root, request, read)).toMatchObject({ value: { nodes: [1] }, changed: ['std:clean'] })
  texts.delete('std:clean')
  expect(loadMemo(root, request, read)).toBeUndefined()
})
