/** The ways in which the folder of a remote cache can be false if its writers lie. */

import { execFileSync } from 'node:child_process'
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Random } from '../../src/core/values/random.ts'
import { seal, unseal } from '../../src/store/sealed.ts'
import { pick } from '../campaign.ts'

export interface Poisoned {
  readonly records: readonly string[]
  readonly blobs: readonly string[]
  /** A folder of the user, outside of the remote. */
  readonly outside: string
  readonly random: Random
}

type Poison = (remote: Poisoned) => void

/** A record as JSON that can be changed. */
interface Loose {
  action: { key: string; node: Record<string, unknown>; outputs: Record<string, LooseOutput>; [more: string]: unknown }
  logs: LooseFile[]
}
interface LooseOutput {
  digest: string
  kind: string
  files: LooseFile[]
}
interface LooseFile {
  path: string
  size: number
  sha256: string
}

/** Paths that lie outside of the artefact. */
const places = (outside: string) => [
  ...Array.from({ length: 9 }, (_, i) => `${'../'.repeat(i + 1)}outside/precious.txt`),
  `${outside}/precious.txt`,
  `a/../../../../../../../outside/precious.txt`,
  `./../outside/new.txt`,
  '..',
  '.',
  '',
  '/',
  'a\u0000b',
  '..\\..\\outside',
  `${'a/'.repeat(3000)}b`,
  '__proto__/x',
]

/** Records that are consistent, and describe an output that no stage of the program can have made. */
const lies: Readonly<Record<string, (record: Loose, remote: Poisoned, other: Loose) => void>> = {
  'the path of a file': ({ action }, { outside, random }) => {
    file(action, random).path = pick(random, places(outside))
  },
  'a file more, outside': ({ action }, { outside, random }) => {
    const { files } = output(action, random)
    files.push({ ...files[0]!, path: pick(random, places(outside)) })
  },
  'the path of a log': ({ logs }, { outside, random }) => {
    if (logs[0] !== undefined) logs[0].path = pick(random, places(outside))
  },
  'a log more, outside': ({ action, logs }, { outside, random }) => {
    logs.push({ ...file(action, random), path: pick(random, places(outside)) })
  },
  'no outputs': ({ action }) => {
    action.outputs = {}
  },
  'outputs of another stage': ({ action }, _, other) => {
    action.outputs = other.action.outputs
  },
  'the record of another stage, under this key': ({ action }, _, other) => {
    const { key } = action
    Object.assign(action, other.action, { key })
  },
  'an output more': ({ action }, { random }) => {
    action.outputs[pick(random, ['other', '../../outside', 'constructor'])] = output(action, random)
  },
  'an output of another name': ({ action }, { random }) => {
    action.outputs = { [pick(random, ['other', 'toString'])]: output(action, random) }
  },
  'an output of another kind': ({ action }, { random }) => {
    output(action, random).kind = pick(random, ['Report', 'Weights', 'Nothing', '../..'])
  },
  'an output without files': ({ action }, { random }) => {
    output(action, random).files = []
  },
  'a digest that is not that of its files': ({ action }, { random }) => {
    output(action, random).digest = pick(random, ['0'.repeat(64), 'f'.repeat(64)])
  },
  'a digest that is a path': ({ action }, { random }) => {
    output(action, random).digest = pick(random, ['../../../outside', '..', `${'../'.repeat(20)}${'a'.repeat(4)}`, ''])
  },
  'the digest of another artefact': ({ action }, { random }, other) => {
    const digest = Object.values(other.action.outputs)[0]!.digest
    const own = output(action, random)
    own.digest = digest === own.digest ? '1'.repeat(64) : digest
  },
  'a size': ({ action }, { random }) => {
    file(action, random).size = pick(random, [0, -1, 1.5, 2 ** 53, 1e308])
  },
  'the SHA-256 of a file': ({ action }, { random }) => {
    file(action, random).sha256 = pick(random, ['0'.repeat(64), '../../outside/precious.txt', '', 'A'.repeat(64)])
  },
  'a file twice': ({ action }, { random }) => {
    const { files } = output(action, random)
    files.push({ ...files[0]! })
  },
  'another key': ({ action }) => {
    action.key = 'a'.repeat(64)
  },
  'another kind of stage': ({ action }) => {
    action.node.kind = 'shell'
  },
  'values of another shape': ({ action }, { random }) => {
    action[pick(random, ['node', 'outputs', 'report', 'files', 'components', 'seconds', 'words'])] = pick(random, [
      null,
      5,
      'x',
      [null],
      { a: null },
    ])
  },
}

const textOf = (path: string) => readFileSync(path, 'utf8')

function lie(name: string, act: (record: Loose, remote: Poisoned, other: Loose) => void): [string, Poison] {
  return [
    `a sealed record that lies about ${name}`,
    (remote) => {
      const path = pick(remote.random, remote.records)
      const record = unseal('record', textOf(path)) as Loose
      const kinds = ({ action }: Loose) => `${Object.values(action.outputs).map(({ kind }) => kind)}`
      const others = remote.records.map((each) => unseal('record', textOf(each)) as Loose)
      // With an artefact of the same kind the record could be true.
      const foreign = others.filter((each) => kinds(each) !== kinds(record))
      act(record, remote, pick(remote.random, foreign))
      replace(path, () => writeFileSync(path, seal('record', record)))
    },
  ]
}

/** The ways in which any file of the remote can be damaged. */
const spoils: Readonly<Record<string, (path: string, remote: Poisoned, other: string) => void>> = {
  'has a random bit flipped': (path, { random }) => {
    const bytes = readFileSync(path)
    if (bytes.length > 0) bytes[random.below(bytes.length)]! ^= 1 << random.below(8)
    replace(path, () => writeFileSync(path, bytes))
  },
  'ends at a random place': (path, { random }) => {
    const bytes = readFileSync(path)
    replace(path, () => writeFileSync(path, bytes.subarray(0, random.below(bytes.length + 1))))
  },
  'has bytes more': (path) => {
    const bytes = readFileSync(path)
    replace(path, () => writeFileSync(path, Buffer.concat([bytes, Buffer.alloc(999)])))
  },
  'is huge': (path) => replace(path, () => sparse(path, 2 ** 29)),
  'is empty': (path) => replace(path, () => writeFileSync(path, '')),
  'is a web page': (path) => replace(path, () => writeFileSync(path, '<html>Log in</html>')),
  'is null': (path) => replace(path, () => writeFileSync(path, 'null')),
  'is another file of the remote': (path, _, other) => {
    const bytes = readFileSync(other)
    replace(path, () => writeFileSync(path, bytes))
  },
  'is not there': (path) => replace(path, () => {}),
  'is a folder': (path) => replace(path, () => mkdirSync(join(path, 'inner'), { recursive: true })),
  'is a pipe': (path) => replace(path, () => execFileSync('mkfifo', [path])),
  'is a link to a file of the user': (path, { outside }) =>
    replace(path, () => symlinkSync(join(outside, 'precious.txt'), path)),
  'is a link to a place of the user where nothing is': (path, { outside }) =>
    replace(path, () => symlinkSync(join(outside, 'new.txt'), path)),
  'is a link to itself': (path) => replace(path, () => symlinkSync(path, path)),
  'is a device without end': (path) => replace(path, () => symlinkSync('/dev/zero', path)),
  'lies in a folder that is a file': (path) => replace(dirname(path), () => writeFileSync(dirname(path), '')),
  'lies in a folder that is a link to itself': (path) =>
    replace(dirname(path), () => symlinkSync(dirname(path), dirname(path))),
}

const spoil = (
  what: 'records' | 'blobs',
  name: string,
  act: (path: string, remote: Poisoned, other: string) => void,
): [string, Poison] => [
  `one of the ${what} ${name}`,
  (remote) => {
    const path = pick(remote.random, remote[what])
    const others = [...remote.records, ...remote.blobs].filter((each) => each !== path)
    act(path, remote, pick(remote.random, others))
  },
]

export const poisons: readonly (readonly [string, Poison])[] = [
  ...Object.entries(lies).map(([name, act]) => lie(name, act)),
  ...Object.entries(spoils).flatMap(([name, act]) => [spoil('records', name, act), spoil('blobs', name, act)]),
]

/** All files in a folder of a remote, at any depth. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort()
}

function output({ outputs }: Loose['action'], random: Random): LooseOutput {
  return pick(random, Object.values(outputs))
}

function file(action: Loose['action'], random: Random): LooseFile {
  return pick(random, output(action, random).files)
}

function replace(path: string, make: () => void): void {
  rmSync(path, { recursive: true, force: true })
  make()
}

function sparse(path: string, size: number): void {
  writeFileSync(path, '')
  truncateSync(path, size)
}
