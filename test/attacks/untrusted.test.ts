/** Whatever is done with a project that nobody trusted, nothing of it runs. */

import { expect, test } from 'vitest'
import { code, commands, type Hostile, hostile } from './rig.ts'

/** Every command that takes a program or works in its folder. */
const calls: readonly (readonly string[])[] = [
  ['run', 'a.llmpipe'],
  ['run', 'a.llmpipe', '--plain'],
  ['run', 'a.llmpipe', '--json', '-k'],
  ['run', 'a.llmpipe', '--force', 'all'],
  ['run', 'a.llmpipe', '--only', 'all'],
  ['run', './a.llmpipe', '--store', 'elsewhere'],
  ['watch', 'a.llmpipe'],
  ['watch', 'a.llmpipe', '--json'],
  ['watch', 'a.llmpipe', '--trust-changes'],
  ['trust', 'a.llmpipe'],
  ['trust', './own.ts'],
  ['check', 'a.llmpipe'],
  ['check', 'a.llmpipe', '--json'],
  ['plan', 'a.llmpipe'],
  ['plan', 'a.llmpipe', '--json'],
  ['graph', 'a.llmpipe'],
  ['why', 'a.llmpipe', 'all'],
  ['ls', 'a.llmpipe'],
  ['attach'],
  ['log'],
  ['diff', 'a.llmpipe', 'a.llmpipe'],
  ['compare', 'a.llmpipe'],
  ['cache', 'size'],
  ['cache', 'gc', '--older', '0d'],
  ['cache', 'verify'],
  ['cache', 'pin', 'a.llmpipe', 'all'],
  ['cache', 'push', 'a.llmpipe', '--remote', 'remote'],
  ['cache', 'pull', 'a.llmpipe', '--remote', 'remote'],
  ['show', 'a.llmpipe', 'all'],
  ['generate', 'a.llmpipe', 'all', 'x'],
  ['chat', 'a.llmpipe', 'all'],
  ['rank', 'a.llmpipe'],
  ['fmt', 'a.llmpipe'],
  ['fmt', '--check', 'a.llmpipe'],
  ['kinds', './own.ts'],
  ['kinds', '--json', './own.ts'],
  ['explain', 'E0605'],
]

test.each([
  ['commands', commands],
  ['stages in TypeScript', code],
])('no command runs anything of a project with %s', async (_, files) => {
  const here = hostile(files)
  await allOf(calls, here, async (args) => {
    const { code: exit, stderr } = await here.llmpipe(args)
    expect(here.ran(), args.join(' ')).toBe(false)
    if (args[0] === 'run' || args[0] === 'watch' || args[0] === 'trust')
      expect(exit, `${args.join(' ')}: ${stderr}`).toBe(2)
    expect(stderr, args.join(' ')).not.toMatch(/bug in llmpipe/)
  })
})

/** Two at a time: each is a process. */
async function allOf<Each>(all: readonly Each[], _: Hostile, act: (each: Each) => Promise<void>): Promise<void> {
  const left = [...all]
  const work = async () => {
    for (let each = left.shift(); each !== undefined; each = left.shift()) await act(each)
  }
  await Promise.all([work(), work(), work()])
}

test('a project that ships a store in which everything lies ready runs nothing', async () => {
  const here = hostile(code)
  await here.llmpipe(['trust', '--yes', 'a.llmpipe'])
  expect(here.ran()).toBe(true)
  const theirs = hostile(code)
  // Its writer trusted it, ran it, and ships what came of that.
  await here.llmpipe(['run', 'a.llmpipe', '--plain'])
  const { cpSync } = await import('node:fs')
  cpSync(here.folder, theirs.folder, { recursive: true })
  theirs.write('helper.ts', code['helper.ts']!)
  for (const args of [
    ['run', 'a.llmpipe', '--plain'],
    ['check', 'a.llmpipe'],
    ['kinds', './own.ts'],
  ])
    await theirs.llmpipe(args)
  expect(theirs.ran()).toBe(false)
})

test('a call of the hidden command that looks at code runs nothing that is not trusted', async () => {
  const here = hostile(code)
  const call = JSON.stringify({ file: 'own.ts', root: '.llmpipe', base: '.', common: [] })
  await here.llmpipe(['describe-stages', call])
  expect(here.ran()).toBe(false)
})
