/** `check` and `fmt`: errors as people and programs read them. */

import { spawnSync } from 'node:child_process'
import { chmodSync, readdirSync, readFileSync, readlinkSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { entry, makeProject, training } from '../rig.ts'

const project = makeProject({
  // Validation on the training data would be warned of.
  'good.llmpipe': training.replace('validate: tokens', 'validate: read("data/*.txt", split: lines) |> encode(letters)'),
  'data/a.txt': 'Call me Ishmael.',
  'bad.llmpipe': 'tokenizer letters = byts()\n\ntokenizer more = bytes(end_of_text: 3)\n',
})
afterAll(() => project.remove())

describe('check', () => {
  test('shows every error with its line, and ends with 2', () => {
    const { code, stdout } = project.llmpipe(['check', 'bad.llmpipe'])
    expect(code).toBe(2)
    expect(stdout).toMatchInlineSnapshot(`
      "error[E0202]: There is no operation \`byts\`.
       --> bad.llmpipe:1:21
        |
      1 | tokenizer letters = byts()
        |                     ^^^^ unknown operation
        |
        = help: Did you mean \`bytes\`?

      error[E0303]: \`end_of_text\` is a text, not a number.
       --> bad.llmpipe:3:37
        |
      3 | tokenizer more = bytes(end_of_text: 3)
        |                                     ^ a number
        |
        = help: The special token after each document; "" for none.

      2 errors
      "
    `)
  })

  test('as JSON counts lines and columns from 1', () => {
    const { code, stdout } = project.llmpipe(['check', 'bad.llmpipe', '--json'])
    expect(code).toBe(2)
    expect(JSON.parse(stdout)).toEqual({
      diagnostics: [
        {
          code: 'E0202',
          severity: 'error',
          message: 'There is no operation `byts`.',
          file: 'bad.llmpipe',
          line: 1,
          column: 21,
          endLine: 1,
          endColumn: 25,
          help: 'Did you mean `bytes`?',
        },
        expect.objectContaining({ severity: 'error', line: 3, column: 37, endLine: 3, endColumn: 38 }),
      ],
    })
  })

  test('of a program without errors prints what training costs', () => {
    const { code, stdout } = project.llmpipe(['check', 'good.llmpipe'])
    expect(code).toBe(0)
    for (const word of ['no errors', 'parameters', 'FLOP per token', 'memory', 'GFLOP/s'])
      expect(stdout).toContain(word)
    expect(project.llmpipe(['check', 'good.llmpipe', '--json']).stdout).toBe('{\n  "diagnostics": []\n}\n')
  })

  test('of a missing file exits with 2', () => {
    expect(project.llmpipe(['check', 'nowhere.llmpipe']).code).toBe(2)
  })
})

describe('fmt', () => {
  test('writes the canonical form, and then has nothing to do', () => {
    project.write('loose.llmpipe', 'tokenizer   letters=bytes( )   // so\n')
    expect(project.llmpipe(['fmt', '--check', 'loose.llmpipe']).code).toBe(1)
    expect(project.llmpipe(['fmt', 'loose.llmpipe'])).toMatchObject({ code: 0, stdout: 'loose.llmpipe\n' })
    expect(readFileSync(join(project.folder, 'loose.llmpipe'), 'utf8')).toBe('tokenizer letters = bytes()  // so\n')
    expect(project.llmpipe(['fmt', '--check', 'loose.llmpipe'])).toMatchObject({ code: 0, stdout: '' })
  })

  test('leaves a program as it was if the formatted one cannot be written whole', () => {
    const text = Array.from({ length: 120 }, (_, i) => `let a${i}=[1,2,3]\n`).join('')
    project.write('large.llmpipe', text)
    // Files of at most 2 KiB, as on a disk that becomes full.
    const command = `ulimit -f 2; exec "$0" "$1" fmt large.llmpipe`
    const { status } = spawnSync('bash', ['-c', command, process.execPath, entry], { cwd: project.folder })
    expect(status).toBe(1)
    expect(readFileSync(join(project.folder, 'large.llmpipe'), 'utf8')).toBe(text)
    expect(readdirSync(project.folder).filter((name) => name.includes('.tmp'))).toEqual([])
  })

  test('keeps a link, and the permissions of its target', () => {
    project.write('target.llmpipe', 'let a=1\n')
    chmodSync(join(project.folder, 'target.llmpipe'), 0o640)
    symlinkSync('target.llmpipe', join(project.folder, 'link.llmpipe'))
    expect(project.llmpipe(['fmt', 'link.llmpipe']).code).toBe(0)
    expect(readlinkSync(join(project.folder, 'link.llmpipe'))).toBe('target.llmpipe')
    expect(readFileSync(join(project.folder, 'target.llmpipe'), 'utf8')).toBe('let a = 1\n')
    expect(statSync(join(project.folder, 'target.llmpipe')).mode & 0o777).toBe(0o640)
  })

  test('reads standard input', () => {
    expect(project.llmpipe(['fmt', '-'], 'let a=1').stdout).toBe('let a = 1\n')
  })

  test('does not touch what it cannot read', () => {
    project.write('broken.llmpipe', 'tokenizer = \n')
    expect(project.llmpipe(['fmt', 'broken.llmpipe']).code).toBe(2)
    expect(readFileSync(join(project.folder, 'broken.llmpipe'), 'utf8')).toBe('tokenizer = \n')
  })
})
