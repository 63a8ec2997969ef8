/** Completion scripts, in the shells that are there. */

import { spawnSync } from 'node:child_process'
import { afterAll, describe, expect, test } from 'vitest'
import { makeProject } from './rig.ts'

const project = makeProject({ 'a.llmpipe': '' })
afterAll(() => project.remove())
const script = (shell: string) => project.llmpipe(['completion', shell]).stdout
const isThere = (shell: string) => spawnSync(shell, ['--version']).error === undefined

/** The words that bash offers after some others. */
function offered(words: readonly string[]): string[] {
  const run = `${script('bash')}
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
  test('programs', () => expect(offered(['llmpipe', 'run', 'a'])).toEqual(['a.llmpipe']))
  test('kinds', () => expect(offered(['llmpipe', 'kinds', 'train_b'])).toEqual(['train_bpe']))
  test('commands below a command', () => expect(offered(['llmpipe', 'cache', 'p'])).toEqual(['pin', 'push', 'pull']))
  test('options of a command below', () => expect(offered(['llmpipe', 'cache', 'gc', '--ol'])).toEqual(['--older']))
  test('programs of a command below', () => expect(offered(['llmpipe', 'cache', 'pull', 'a'])).toEqual(['a.llmpipe']))
  test('codes', () => expect(offered(['llmpipe', 'explain', 'E0202'])).toEqual(['E0202']))
})

test.each(['bash', 'zsh', 'fish'].filter(isThere))('%s reads its script', (shell) => {
  const { status, stderr } = spawnSync(shell, ['-n'], { input: script(shell), encoding: 'utf8' })
  expect([status, stderr]).toEqual([0, ''])
})
