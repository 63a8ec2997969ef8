/** Completion scripts, in the shells that are there. */

import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { entry, makeProject } from './rig.ts'

const project = makeProject({
  'a.llmpipe': '',
  'my pro.llmpipe': '',
  'p.llmpipe': `use "./shared.llmpipe" { corpus }
param steps = 10
data prose = read(corpus)
data train, held_out = prose |> split(90%, 10%)
if steps > 5 { tokenizer big = bytes() } else { tokenizer small = bytes() }
data broken = read(
`,
  'shared.llmpipe': 'param corpus = "a.txt"\n',
})
mkdirSync(join(project.folder, '.llmpipe/runs/20261124-1415-abcdef'), { recursive: true })
afterAll(() => project.remove())
const script = (shell: string) => project.llmpipe(['completion', shell]).stdout
const isThere = (shell: string) => spawnSync(shell, ['--version']).error === undefined

/** The words that bash offers after some others. */
function offered(words: readonly string[]): string[] {
  const run = `${script('bash')}
llmpipe() { '${process.execPath}' '${entry}' "$@"; }
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_llmpipe; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout, stderr } = spawnSync('bash', ['-c', run], { cwd: project.folder, encoding: 'utf8' })
  expect(stderr).toBe('')
  return stdout.split('\n').filter((line) => line !== '')
}

describe('bash', () => {
  test('commands', () => expect(offered(['llmpipe', 'ch'])).toEqual(['check', 'chat']))
  test('options', () => expect(offered(['llmpipe', 'run', '--ke'])).toEqual(['--keep-going']))
  test('choices', () => expect(offered(['llmpipe', 'graph', '--format', 'm'])).toEqual(['mermaid']))
  test('GPUs', () => expect(offered(['llmpipe', 'check', '--device', 'h'])).toEqual(['h100-pcie', 'h100', 'h200']))
  test('programs', () => expect(offered(['llmpipe', 'run', 'a'])).toEqual(['a.llmpipe']))
  test('programs with a space in their name, as one word', () => {
    expect(offered(['llmpipe', 'run', 'my'])).toEqual(['my pro.llmpipe'])
  })
  test('the store once, as a folder', () => expect(offered(['llmpipe', 'run', '.l'])).toEqual(['.llmpipe']))
  test('kinds', () => expect(offered(['llmpipe', 'kinds', 'train_b'])).toEqual(['train_bpe']))
  test('commands below a command', () => expect(offered(['llmpipe', 'cache', 'p'])).toEqual(['pin', 'push', 'pull']))
  test('options of a command below', () => expect(offered(['llmpipe', 'cache', 'gc', '--ol'])).toEqual(['--older']))
  test('programs of a command below', () => expect(offered(['llmpipe', 'cache', 'pull', 'a'])).toEqual(['a.llmpipe']))
  test('stages of the program on the line, also while it has errors', () => {
    expect(offered(['llmpipe', 'show', 'p.llmpipe', ''])).toEqual(
      expect.arrayContaining(['prose', 'train', 'held_out', 'big', 'small']),
    )
    expect(offered(['llmpipe', 'why', 'p.llmpipe', 'pro'])).toEqual(['prose'])
    expect(offered(['llmpipe', 'run', 'p.llmpipe', '--only', 'tr'])).toEqual(['train'])
    expect(offered(['llmpipe', 'why', 'none.llmpipe', 'pro'])).toEqual([])
  })
  test('params, also of the files that the program uses', () => {
    expect(offered(['llmpipe', 'run', 'p.llmpipe', '-p', ''])).toEqual(['corpus=', 'steps='])
    expect(offered(['llmpipe', 'run', 'p.llmpipe', '--param', 'st'])).toEqual(['steps='])
  })
  test('runs', () => expect(offered(['llmpipe', 'log', '2026'])).toEqual(['20261124-1415-abcdef']))
  test('codes', () => expect(offered(['llmpipe', 'explain', 'E0202'])).toEqual(['E0202']))
})

test.each(['bash', 'zsh', 'fish'].filter(isThere))('%s reads its script', (shell) => {
  const { status, stderr } = spawnSync(shell, ['-n'], { input: script(shell), encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})
