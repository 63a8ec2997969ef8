/** Random corruptions of a file in a store. */

import { chmodSync, cpSync, existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Random } from '../../src/core/values/random.ts'
import { seal, unseal } from '../../src/store/sealed.ts'
import { damages } from '../../test/store/damages.ts'
import { pick } from '../campaign.ts'

export interface Victim {
  readonly path: string
  /** The folder of the store, which may be a link that the user made. */
  readonly root: string
  /** Another file of the store. */
  readonly other: string
  /** A folder of the user, outside of the store. */
  readonly outside: string
  readonly random: Random
}

type Corruption = (victim: Victim) => void

export const corruptions: Readonly<Record<string, Corruption>> = {
  ...Object.fromEntries(
    Object.entries(damages).map(([name, act]): [string, Corruption] => [name, ({ path }) => act(path)]),
  ),
  'has a random bit flipped': ({ path, random }) =>
    rewrite(path, (bytes) => {
      if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
      return bytes
    }),
  'has random bytes in the middle': ({ path, random }) =>
    rewrite(path, (bytes) => {
      const at = random.below(bytes.length + 1)
      for (let i = at; i < Math.min(bytes.length, at + 64); i++) bytes[i] = random.below(256)
      return bytes
    }),
  'ends at a random place': ({ path, random }) =>
    rewrite(path, (bytes) => bytes.subarray(0, random.below(bytes.length + 1))),
  'has bytes more at its end': ({ path, random }) =>
    rewrite(path, (bytes) => Buffer.concat([bytes, Buffer.alloc(1 + random.below(4096), random.below(256))])),
  'is zeros of the same length': ({ path }) => rewrite(path, (bytes) => bytes.fill(0)),
  'has the bytes of another file': ({ path, other }) => rewrite(path, () => readFileSync(other)),
  'is not there': ({ path }) => rmSync(path),
  'lies in a folder that is not there': ({ path }) => rmSync(dirname(path), { recursive: true }),
  'is a link to a file of the user': ({ path, outside }) => link(path, `${outside}/precious.txt`),
  'is a link to nowhere': ({ path }) => link(path, '/nowhere/at/all'),
  'is a link to itself': ({ path }) => link(path, path),
  'lies in a folder that is a link to one of the user': ({ path, root, outside }) => {
    // A folder at the top may be a link that the user made, to another disk.
    const depth = relative(root, path).split('/').length
    link(depth > 2 ? dirname(path) : path, depth > 2 ? outside : join(outside, 'new.txt'))
  },
  'has a file beside it that should not be there': ({ path }) => writeFileSync(`${dirname(path)}/one-more`, 'x'),
  'names a place outside where it names a place': ({ path, random }) =>
    rewrite(path, (bytes) => Buffer.from(outwards(bytes.toString('utf8'), random))),
  'names a place outside, and is sealed anew': ({ path, random }) =>
    rewrite(path, (bytes) => {
      const text = bytes.toString('utf8')
      const what = /^\{"sha256":"[0-9a-f]{64}","(\w+)":/.exec(text)?.[1]
      if (what === undefined) return Buffer.from(outwards(text, random))
      return Buffer.from(seal(what, JSON.parse(outwards(JSON.stringify(unseal(what, text)), random))))
    }),
}

/** Replaces the names of files in a JSON text with that of a file outside. */
function outwards(text: string, random: Random): string {
  const precious = `${'../'.repeat(1 + random.below(7))}outside/precious.txt`
  const places = [precious, precious, '../'.repeat(9), '/etc/passwd', '..', '.', 'a\\u0000b', '__proto__']
  return text.replace(/"([\w-]+\.(json|jsonl|bin|txt|safetensors))"/g, () => `"${pick(random, places)}"`)
}

function rewrite(path: string, change: (bytes: Buffer) => Uint8Array): void {
  const bytes = readFileSync(path)
  chmodSync(path, 0o644)
  writeFileSync(path, change(bytes))
}

function link(path: string, target: string): void {
  rmSync(path, { recursive: true })
  symlinkSync(target, path)
}

/** Copies a project with its store. */
export function copyProject(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true })
  if (!existsSync(`${to}/.llmpipe`)) throw new Error('there is no store to damage')
}
