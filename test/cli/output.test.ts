/** The output of commands, and their end when nobody reads it. */

import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { asJson } from '../../src/cli/terminal/print.ts'
import { acting } from '../../src/core/values/printable.ts'
import { paint } from '../../src/view/line.ts'
import { table } from '../../src/view/table.ts'
import { entry, makeProject } from './rig.ts'

const project = makeProject({
  'prose.txt': 'Call me Ishmael.\nSome years ago, never mind how long precisely.\n'.repeat(300),
  'small.llmpipe': `data prose = read("prose.txt", split: lines)
data mixed = prose |> shuffle()
data kept = mixed |> keep(where: words > 3)
export kept to "out/kept"
`,
})
afterAll(() => project.remove())

const shell = (line: string) =>
  execFileSync('bash', ['-c', `set -o pipefail; ${line}`], {
    cwd: project.folder,
    env: { ...process.env, LLMPIPE: [process.execPath, entry].map((each) => `'${each}'`).join(' ') },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })

describe('a run does not depend on its reader', () => {
  const exported = () => existsSync(join(project.folder, 'out/kept'))
  beforeEach(() => shell('rm -rf .llmpipe out'))

  test('who reads one line', () => {
    expect(shell('eval $LLMPIPE run small.llmpipe | (read line; echo "$line")')).toContain('small.llmpipe')
    expect(exported()).toBe(true)
  })

  test('who reads one event', () => {
    expect(shell('eval $LLMPIPE run small.llmpipe --json | (read line; echo "$line")')).toContain('run-started')
    expect(exported()).toBe(true)
    const [run] = readdirSync(join(project.folder, '.llmpipe/runs'))
    const events = readFileSync(join(project.folder, '.llmpipe/runs', run!, 'events.jsonl'), 'utf8')
    expect(events).toContain('"run-finished"')
  })

  test('whose disk is full, which it says', () => {
    const said = shell('eval $LLMPIPE run small.llmpipe --plain 2>&1 >/dev/full')
    expect(said).toContain('standard output cannot be written to')
    expect(said).not.toMatch(/^ +at /m)
    expect(exported()).toBe(true)
  })

  test('who is not there at all', () => {
    shell('eval $LLMPIPE run small.llmpipe --plain >/dev/full 2>&1')
    expect(exported()).toBe(true)
  })
})

test('another command whose output cannot be written ends with 1, and one whose reader has seen enough with 0', () => {
  expect(shell('eval $LLMPIPE kinds >/dev/full 2>&1; echo $?').trim()).toBe('1')
  expect(shell('eval $LLMPIPE kinds | (read line; echo "$line")')).toMatch(/^\w+ +\w/)
})

describe('what would act on the terminal is written out', () => {
  const hostile = '\u001b]0;x\u0007\u001b[2K\u009b1A\u202egnp'

  test.each([
    ['the name of a program', ['check', `${hostile}.llmpipe`]],
    ['a command', [hostile]],
    ['an option', ['run', `--${hostile}`]],
    ['the value of an option', ['graph', 'small.llmpipe', '--format', hostile]],
    ['a param', ['run', 'small.llmpipe', '-p', `${hostile}=1`]],
    ['a stage', ['why', 'small.llmpipe', hostile]],
    ['a run', ['log', hostile]],
    ['a store', ['ls', '--store', `/dev/null/${hostile}`]],
    ['a kind', ['kinds', hostile]],
    ['a code', ['explain', hostile]],
    ['a folder', ['init', `small.llmpipe/${hostile}`]],
    ['an artefact', ['show', hostile]],
  ])('%s', (_, args) => {
    const { stdout, stderr } = project.llmpipe(args)
    expect((stdout + stderr).replaceAll('\n', '').replaceAll('\t', '')).not.toMatch(new RegExp(acting.source, 'u'))
    expect(stdout + stderr).not.toBe('')
  })

  test('labels and diagnostics of a hostile program', () => {
    project.write(
      'hostile.llmpipe',
      `data prose = read("prose.txt")\n// ${hostile}\nstage s = shell("echo ${hostile}", input: prose, as: docs)\ndata x = nope("${hostile}")\n`,
    )
    for (const args of [['check'], ['graph'], ['plan'], ['run']]) {
      const { stdout, stderr } = project.llmpipe([args[0]!, 'hostile.llmpipe'])
      expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(new RegExp(acting.source, 'u'))
    }
  })

  test('in lines of a screen, however they were made', () => {
    expect(paint([{ text: `a${hostile}b` }], false)).not.toMatch(new RegExp(acting.source, 'u'))
  })

  test('in JSON, which reads back as it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const json = asJson({ text })
        expect(json).not.toMatch(new RegExp(acting.source, 'u'))
        expect(JSON.parse(json)).toEqual({ text })
      }),
      { numRuns: 50 },
    )
    expect(JSON.parse(asJson({ text: hostile }))).toEqual({ text: hostile })
  })

  test('for every command writes through output.ts', () => {
    const files = readdirSync('src/cli', { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'))
    const direct = files.filter((file) =>
      /process\.std(out|err)\.write/.test(readFileSync(join('src/cli', file), 'utf8')),
    )
    // The process of a stage talks with its runner; the start of the command says which Node it needs.
    expect(direct.sort()).toEqual(['commands/stage.ts', 'llmpipe.ts', 'terminal/output.ts'])
  })
})

test('tables are cut to a terminal, and not into a pipe', () => {
  const heads = [{ title: 'A', most: 5 }, { title: 'B' }]
  const rows = [['a long cell', 'another long cell']]
  expect(paint(table(heads, rows, 12)[1]!, false)).toBe('a lo…  anot…')
  expect(paint(table(heads, rows, Number.POSITIVE_INFINITY)[1]!, false)).toBe('a long cell  another long cell')
})

test.each(['/proc/llmpipe-store', '/dev/null/store'])('a store that cannot be made in %s is refused', (store) => {
  const { code, stderr } = project.llmpipe(['run', 'small.llmpipe', '--store', store])
  expect(code).toBe(2)
  expect(stderr).toContain(`${store} cannot be created`)
})
