/** scripts/prose.mjs finds the idioms that docs/style.md advises against, in comments and pages and nowhere else. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'

const script = resolve('scripts/prose.mjs')
const folder = mkdtempSync(join(tmpdir(), 'llmpipe-prose-'))
spawnSync('git', ['init', '--quiet'], { cwd: folder })
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Runs the lint on one file; returns the lines it prints without their advice. */
function lint(path: string, text: string): string[] {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
  const { status, stderr } = spawnSync(process.execPath, [script, path], { cwd: folder, encoding: 'utf8' })
  const lines = stderr
    .split('\n')
    .filter((line) => line.startsWith(path))
    .map((line) => line.replace(/: write .*/, '').slice(path.length + 1))
  expect(status).toBe(lines.length === 0 ? 0 : 1)
  return lines
}

test('an idiom in a comment is reported with its line and the words around it', () => {
  expect(
    lint(
      'src/a.ts',
      "export const a = 1\n\n/** The key of a stage; nothing where it has not run. */\nexport const b = ''\n",
    ),
  ).toEqual(['3: "nothing where" in "The key of a stage; nothing where it has not run."'])
})

test('an idiom is found although the comment breaks the line within it', () => {
  expect(lint('src/b.ts', '/**\n * A text whose header is\n * none.\n */\nf() // at most so\n// many\n')).toEqual([
    '1: "is none" in "A text whose header is none."',
    '5: "so many" in "at most so many"',
  ])
})

test('strings, templates and regular expressions are not comments', () => {
  const text = "const a = '// so many'\nconst b = `/** What is none */`\nconst c = /\\/\\* so many/\n"
  expect(lint('src/d.ts', text)).toEqual([])
})

test('a doc comment may begin with "What" only as a question', () => {
  expect(
    lint('src/e.ts', '/** What a run knows. */\nf()\n/** What is a token? See below. */\nf()\n// What a run knows.\n'),
  ).toEqual(['1: "What" in "What a run knows."'])
})

test('ordinary sentences with the same words pass', () => {
  const sentences = [
    '`undefined` if there is none.',
    'It is no longer there.',
    'So many files that a list of them helps.',
    'Two curves can be told apart by color.',
    'The mean is over all tokens.',
    'Otherwise the artefact is analyzed.',
  ]
  expect(lint('src/f.ts', sentences.map((sentence) => `/** ${sentence} */\nf()\n`).join(''))).toEqual([])
})

test('British spelling is reported', () => {
  expect(lint('src/g.ts', '/** Initialises the colour. */\nf()\n')).toHaveLength(1)
})

test('names of tests are checked too', () => {
  const text =
    "describe('a file', () => {\n  test.each([1])('%d is none', () => {})\n  it('has a name', () => {})\n})\n"
  expect(lint('test/a.test.ts', text)).toEqual(['2: "is none" in "%d is none"'])
})

test('pages are checked without their programs and code', () => {
  const page = 'A run goes on from here.\n\n```console\n$ echo so many\n```\n\nThe flag `--so many` is none.\n'
  expect(lint('docs/a.md', page)).toEqual([
    '1: "goes on from" in "A run goes on from here."',
    '7: "is none" in "The flag `…` is none."',
  ])
})

test('a path without sources or pages is an error', () => {
  const { status, stderr } = spawnSync(process.execPath, [script, 'src/absent'], { cwd: folder, encoding: 'utf8' })
  expect(status).toBe(2)
  expect(stderr).toBe('no source or page lies in src/absent\n')
})
