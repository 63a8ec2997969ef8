/** Benchmarks and trials: each is listed with a sentence, and described in the README of its folder. */

import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const list = (kind: string, ...more: string[]) =>
  spawnSync(process.execPath, ['scripts/measure.mjs', kind, ...more], { encoding: 'utf8' })

describe.each([
  ['bench', 'bench'],
  ['trial', 'trials'],
])('npm run %s', (kind, folder) => {
  const names = readdirSync(folder).filter((name) => existsSync(`${folder}/${name}/main.ts`))

  test('without a name lists every name with what it does', () => {
    const { status, stdout } = list(kind)
    expect(status).toBe(0)
    for (const name of names) expect(stdout).toMatch(new RegExp(`^ {2}${name} +[A-Z].{20,150}$`, 'm'))
  })

  test('with an unknown name fails, and lists the names', () => {
    const { status, stderr } = list(kind, 'no-such-name')
    expect(status).toBe(2)
    expect(stderr).toContain(`there is no ${kind} "no-such-name"`)
    expect(stderr).toContain(names[0])
  })

  test('has a README with a row for every name, and for no other', () => {
    const rows = [...readFileSync(`${folder}/README.md`, 'utf8').matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    expect(rows.sort()).toEqual(names.sort())
  })

  test.each(names)('%s begins with the command that runs it', (name) => {
    expect(readFileSync(`${folder}/${name}/main.ts`, 'utf8')).toContain(` *     npm run ${kind} ${name} --`)
  })
})
