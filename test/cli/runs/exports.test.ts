/** Exports through the real command: what is refused before a run, and what a run never replaces. */

import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { makeProject, type Project } from '../rig.ts'

const projects: Project[] = []
afterAll(() => {
  for (const each of projects) each.remove()
})
function projectOf(files: Readonly<Record<string, string>>): Project {
  const project = makeProject(files)
  projects.push(project)
  return project
}
const data = { 'data/a.txt': 'hello\n', 'm/config.json': '{}', 'm/tokenizer.json': '{}' }

describe('an export that would change what the program reads is an error', () => {
  test.each([
    ['the folder of a pattern', 'data d = read("data/*")\nexport d to "data"', 'E0420'],
    ['a folder around an input', 'data d = read("data/deep/x.txt")\nexport d to "data"', 'E0420'],
    ['a folder that a pattern reaches into', 'data d = read("data/**")\nexport d to "data/out/x"', 'E0420'],
    ['another spelling', 'data d = read("data/*")\nexport d to "m/../x/../data/"', 'E0420'],
    ['a link to it', 'data d = read("data/*")\nexport d to "link/to/data"', 'E0420'],
    ['an input behind a link', 'data d = read("link/to/data/*")\nexport d to "data"', 'E0420'],
    ['the file itself', 'data d = read("data/a.txt")\nexport d to "data/a.txt"', 'E0420'],
    ['a folder of weights', 'stage s = weights("m")\nexport s to "./m"', 'E0420'],
    ['a folder in one of weights', 'stage s = weights("m")\nexport s to "m/new"', 'E0420'],
    ['the folder of a tokenizer', 'tokenizer t = load_tokenizer("m/tokenizer.json")\nexport t to "m"', 'E0420'],
    ['the folder of rankings', 'data r = rankings(read("data/r.jsonl"))\nexport r to "data"', 'E0420'],
    ['the folder of the program', 'data d = read("/elsewhere/*")\nexport d to "."', 'E0421'],
    ['a folder around the program', 'data d = read("/elsewhere/*")\nexport d to "../"', 'E0421'],
    ['the root of all', 'data d = read("/elsewhere/*")\nexport d to "/"', 'E0421'],
    ['one folder by two names', 'data d = read("data/*")\nexport d to "one"\nexport d to "./one/"', 'E0411'],
    ['one folder by a link', 'data d = read("data/*")\nexport d to "m/new"\nexport d to "models/new"', 'E0411'],
  ])('%s', (_, program, code) => {
    const project = projectOf({ ...data, 'p.llmpipe': `${program}\n` })
    mkdirSync(join(project.folder, 'link'))
    symlinkSync('..', join(project.folder, 'link/to'))
    symlinkSync('m', join(project.folder, 'models'))
    const { code: exit, stdout } = project.llmpipe(['check', 'p.llmpipe', '--json'])
    const { diagnostics } = JSON.parse(stdout) as { diagnostics: { code: string }[] }
    expect([exit, diagnostics.map((each) => each.code)]).toEqual([2, [code]])
  })

  test.each([
    ['a folder beside the input', 'data d = read("data/*")\nexport d to "data2"'],
    ['a folder that the pattern does not reach', 'data d = read("data/*.txt")\nexport d to "data/clean"'],
    ['a folder where no file can match', 'data d = read("**/*.txt")\nexport d to "out"'],
    ['a folder of a like name', 'data d = read("datasets/a.txt")\nexport d to "data"'],
  ])('%s is none', (_, program) => {
    const project = projectOf({ 'p.llmpipe': `${program}\n` })
    expect(project.llmpipe(['check', 'p.llmpipe'])).toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining('error'),
    })
  })
})

test('a file of the user in the export folder survives a run, and --overwrite replaces it', () => {
  const project = projectOf({
    ...data,
    'p.llmpipe': 'data d = read("data/*.txt")\nexport d to "mine"\n',
    'mine/docs-00000.jsonl': '{"mine": true}\n',
  })
  const mine = () => readFileSync(join(project.folder, 'mine/docs-00000.jsonl'), 'utf8')
  const { code, stdout } = project.llmpipe(['run', 'p.llmpipe'])
  expect(code).toBe(1)
  expect(stdout).toContain('error[export-conflict]: nothing was exported to "mine"')
  expect(stdout).toContain('--overwrite')
  expect(mine()).toBe('{"mine": true}\n')
  expect(project.llmpipe(['run', 'p.llmpipe', '--overwrite']).code).toBe(0)
  expect(mine()).toContain('hello')
  // Edited by hand, it is kept by a cached run, which says so.
  chmodSync(join(project.folder, 'mine/docs-00000.jsonl'), 0o644)
  project.write('mine/docs-00000.jsonl', 'edited')
  const again = project.llmpipe(['run', 'p.llmpipe'])
  expect([again.code, mine()]).toEqual([0, 'edited'])
  expect(again.stdout).toContain('docs-00000.jsonl was edited since it was exported, and is kept')
})

test('an export to a file is refused before anything runs', () => {
  const project = projectOf({ ...data, 'p.llmpipe': 'data d = read("data/*.txt")\nexport d to "m/config.json"\n' })
  const { code, stderr } = project.llmpipe(['run', 'p.llmpipe'])
  expect(code).toBe(2)
  expect(stderr).toContain('"m/config.json" is a file, not a folder')
  expect(readFileSync(join(project.folder, 'm/config.json'), 'utf8')).toBe('{}')
})

describe('a folder of other files is made no store', () => {
  test.each([
    ['of a run', ['run', 'p.llmpipe', '--store', 'mine']],
    ['of gc', ['cache', 'gc', '--older', '1s', '--store', 'mine']],
    ['of cache export', ['cache', 'export', 'mine']],
  ])('%s', (_, words) => {
    const project = projectOf({ ...data, 'p.llmpipe': 'data d = read("data/*.txt")\n', 'mine/trash/a': 'dear' })
    writeFileSync(join(project.folder, 'mine/.gitignore'), 'dist\n')
    const { code, stderr } = project.llmpipe(words)
    expect([code, stderr]).toEqual([2, expect.stringContaining('mine is not a store')])
    expect(readdirSync(join(project.folder, 'mine')).sort()).toEqual(['.gitignore', 'trash'])
    expect(readFileSync(join(project.folder, 'mine/.gitignore'), 'utf8')).toBe('dist\n')
    expect(existsSync(join(project.folder, 'mine/trash/a'))).toBe(true)
  })
})
