/** Projects that pretend to be the home of their user: none can trust itself, or have its compiled code loaded. */

import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import Module from 'node:module'
import { join, resolve } from 'node:path'
import { Script } from 'node:vm'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { commands, type Hostile, hostile } from './rig.ts'

/** Environments in which a folder of a home would be one of the project. */
const environments: readonly Readonly<Record<string, string | undefined>>[] = [
  { XDG_STATE_HOME: '', XDG_CACHE_HOME: '' },
  { XDG_STATE_HOME: '.', XDG_CACHE_HOME: '.' },
  { XDG_STATE_HOME: 'state', XDG_CACHE_HOME: 'state' },
  { XDG_STATE_HOME: '../' },
  { HOME: '' },
  { HOME: '.' },
  { HOME: 'state' },
  { HOME: '', XDG_STATE_HOME: '', XDG_CACHE_HOME: '' },
]
/** Where such an environment would look. */
const places = ['.', 'state', '.local/state', 'state/.local/state', '.cache', 'state/.cache']

/** Lays a file of trust into every place; `list` says what it holds. */
function forge(here: Hostile, list: unknown): void {
  for (const place of places) here.write(join(place, 'llmpipe/trusted.json'), JSON.stringify(list))
}

describe('trust', () => {
  test('is not found in a project, whatever the environment says', async () => {
    const here = hostile(commands)
    // The list that the attack needs is made by trusting the project with another home.
    await here.llmpipe(['trust', '--yes', 'a.llmpipe'])
    const list = JSON.parse(readFileSync(join(here.home, '.local/state/llmpipe/trusted.json'), 'utf8'))
    expect(Object.keys(list.projects)).toEqual([here.folder])
    rmSync(join(here.home, '.local'), { recursive: true })
    const refused = async (environment: Readonly<Record<string, string | undefined>>) => {
      // Without a home folder in the environment, the one that the system knows is taken: it holds no trust of this project.
      const { code } = await here.llmpipe(['run', 'a.llmpipe', '--plain'], environment)
      expect([code, here.ran()], JSON.stringify(environment)).toEqual([2, false])
    }
    forge(here, list)
    for (const environment of environments) await refused(environment)
    for (const forged of [[here.folder], { version: 1, projects: [here.folder] }]) {
      forge(here, forged)
      await refused({ HOME: '.', XDG_STATE_HOME: '' })
    }
  })

  test('goes to the home, and not to the project', async () => {
    const here = hostile(commands)
    await here.llmpipe(['trust', '--yes', 'a.llmpipe'], { XDG_STATE_HOME: 'state' })
    expect(existsSync(join(here.folder, 'state'))).toBe(false)
    expect(statSync(join(here.home, '.local/state/llmpipe/trusted.json')).mode & 0o777).toBe(0o600)
    expect(statSync(join(here.home, '.local/state/llmpipe')).mode & 0o077).toBe(0)
    expect((await here.llmpipe(['run', 'a.llmpipe', '--plain'])).code).toBe(0)
  })

  test.skipIf(process.getuid === undefined).each([
    ['the file', 'llmpipe/trusted.json', 0o666],
    ['the file, by the group', 'llmpipe/trusted.json', 0o660],
    ['its folder', 'llmpipe', 0o777],
    ['its folder, by the group', 'llmpipe', 0o770],
    ['a folder above', '.', 0o777],
  ])('is not believed where others can write to %s', async (_, what, mode) => {
    const here = hostile(commands)
    const state = join(here.home, 'state')
    const env = { XDG_STATE_HOME: state }
    await here.llmpipe(['trust', '--yes', 'a.llmpipe'], env)
    chmodSync(join(state, what), mode)
    const { code, stderr } = await here.llmpipe(['run', 'a.llmpipe', '--plain'], env)
    expect([code, here.ran()]).toEqual([2, false])
    expect(stderr).toContain(`other users can write to ${join(state, what)}`)
    const asked = await here.llmpipe(['trust', '--yes', 'a.llmpipe'], env)
    expect(asked.stderr).toContain('nothing can be trusted')
    expect(asked.code).toBe(2)
  })

  test.skipIf(process.getuid?.() !== 0)('is ignored if it belongs to another user', async () => {
    const here = hostile(commands)
    const { chownSync } = await import('node:fs')
    await here.llmpipe(['trust', '--yes', 'a.llmpipe'])
    chownSync(join(here.home, '.local/state/llmpipe/trusted.json'), 12345, 12345)
    const { code, stderr } = await here.llmpipe(['run', 'a.llmpipe', '--plain'])
    expect([code, here.ran()]).toEqual([2, false])
    expect(stderr).toContain('belongs to another user')
  })
})

describe('compiled code', () => {
  /** A cache in which each chunk does something else than it says. */
  async function forgedCache(here: Hostile): Promise<string> {
    const cache = join(here.home, 'honest')
    await here.llmpipe(['kinds'], { XDG_CACHE_HOME: cache })
    const folder = join(cache, 'llmpipe/code')
    const [name = ''] = readdirSync(folder)
    const bytes = readFileSync(join(folder, name))
    const length = bytes.readUInt32LE(4)
    const { calls, chunks } = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as {
      calls: number
      chunks: [string, number, number, number][]
    }
    const made = chunks.map(([chunk, source]) => {
      // V8 knows a source by its length alone.
      const wrapped = Module.wrap(readFileSync(resolve('dist/chunks', chunk), 'utf8'))
      const act = `(function(){require('fs').writeFileSync(${JSON.stringify(join(here.home, 'ran'))},'')})`
      const evil = new Script(act.padEnd(wrapped.length))
      evil.runInThisContext()
      return { entry: [chunk, source] as const, code: evil.createCachedData() }
    })
    const list = made.map(({ entry, code }) => [...entry, code.length, crc32(code)])
    const head = Buffer.from(JSON.stringify({ calls, chunks: list }))
    const prefix = Buffer.alloc(8)
    prefix.writeUInt32LE(crc32(head), 0)
    prefix.writeUInt32LE(head.length, 4)
    const forged = Buffer.concat([prefix, head, ...made.map(({ code }) => code)])
    writeFileSync(join(folder, name), forged, { mode: 0o600 })
    return cache
  }

  test('is not loaded from a project, nor written there, whatever the environment says', async () => {
    const here = hostile(commands)
    const forged = await forgedCache(here)
    for (const place of places)
      cpSync(join(forged, 'llmpipe'), join(here.folder, place, 'llmpipe'), { recursive: true })
    const before = readdirSync(here.folder, { recursive: true }).length
    for (const environment of environments) {
      const { code } = await here.llmpipe(['kinds'], environment)
      expect([code, here.ran()], JSON.stringify(environment)).toEqual([0, false])
    }
    expect(readdirSync(here.folder, { recursive: true })).toHaveLength(before)
  })

  test.skipIf(process.getuid === undefined)('is ignored with a warning if others can write to it', async () => {
    const here = hostile(commands)
    const cache = await forgedCache(here)
    chmodSync(join(cache, 'llmpipe/code'), 0o777)
    const { code, stderr } = await here.llmpipe(['kinds'], { XDG_CACHE_HOME: cache })
    expect([code, here.ran()]).toEqual([0, false])
    expect(stderr).toContain(`is not used: other users can write to ${join(cache, 'llmpipe/code')}`)
  })
})
