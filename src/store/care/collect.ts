/**
 * Collecting what is not needed: the artefacts, parts and states that were used longest ago, and the records that lead to them. Safe beside runs: whatever
 * is taken as a hit or made again is touched, what was touched within the last hour stays, and each artefact is looked at once
 * more right before it goes. Records go before the artefacts they lead to, so that no hit is half there.
 */

import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest, Key } from '../../core/artefact.ts'
import { StageError } from '../../core/failure.ts'
import { isDigest, listOf, mapOf } from '../../core/shape.ts'
import { isRunning } from '../../process/identity.ts'
import { readStored } from '../damage.ts'
import { isMissing, makeFolder, replaceFile, statOf } from '../durable.ts'
import type { FolderStore } from '../folder-store.ts'
import { sweepCode } from '../inputs/code.ts'
import { type Inventory, namesIn, type StoredEntry, type StoredObject } from './inventory.ts'

export interface Limits {
  /** What was not used since, in milliseconds since the epoch, goes. */
  readonly before?: number | undefined
  /** Of what is left the longest unused goes, until no more bytes than this remain. */
  readonly bytes?: number | undefined
}

export interface Collection {
  readonly objects: readonly StoredObject[]
  /** Of the shelves: parts and states. */
  readonly entries: readonly StoredEntry[]
  readonly actions: readonly Key[]
  readonly bytes: number
  /** Bytes that stay. */
  readonly left: number
}

/** How long what was touched stays in any case, in milliseconds: longer than any run takes from a look-up to the use of it. */
const grace = 3_600_000

/** What would go. `kept` stays, whatever its age. */
export function planCollection(
  { objects, entries, actions }: Inventory,
  limits: Limits,
  kept: ReadonlySet<Digest>,
  now = Date.now(),
): Collection {
  const all = [...objects.values(), ...entries].sort((a, b) => a.used - b.used || (nameOf(a) < nameOf(b) ? -1 : 1))
  let left = all.reduce((sum, { bytes }) => sum + bytes, 0)
  const going: Stored[] = []
  for (const each of all) {
    const isKept = !isEntry(each) && kept.has(each.digest)
    const isFree = !isKept && now - each.used > grace
    const isOld = limits.before !== undefined && each.used < limits.before
    const isTooMuch = limits.bytes !== undefined && left > limits.bytes
    if (!isFree || !(isOld || isTooMuch)) continue
    going.push(each)
    left -= each.bytes
  }
  const gone = new Set(going.map(nameOf))
  const leading = [...actions].flatMap(([key, { outputs }]) =>
    Object.values(outputs).some(({ digest }) => gone.has(digest)) ? [key] : [],
  )
  return {
    objects: going.filter((each): each is StoredObject => !isEntry(each)),
    entries: going.filter(isEntry),
    actions: leading,
    bytes: bytesOf(going),
    left,
  }
}

type Stored = StoredObject | StoredEntry

const isEntry = (stored: Stored): stored is StoredEntry => 'shelf' in stored
const nameOf = (stored: Stored): string => (isEntry(stored) ? stored.name : stored.digest)
const bytesOf = (all: readonly Stored[]): number => all.reduce((sum, { bytes }) => sum + bytes, 0)

/** Does it; gives what went in the end, which is less where something was used meanwhile. */
export function collect(store: FolderStore, plan: Collection, now = Date.now()): Collection {
  const trash = makeFolder(store.root, join(store.root, 'trash'))
  const throwAway = (path: string, name: string): boolean => {
    const gone = join(trash, `${name}-${process.pid}-${process.hrtime.bigint()}`)
    try {
      renameSync(path, gone)
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
    // Used between the last look and now: it goes back, before whoever takes it can have begun to read.
    if (now - (statOf(gone)?.mtimeMs ?? now) <= grace && !name.startsWith('action-')) {
      renameSync(gone, path)
      return false
    }
    rmSync(gone, { recursive: true, force: true })
    return true
  }
  const actions = plan.actions.filter((key) => throwAway(store.actionFolder(key), `action-${key}`))
  const throwAwayUnused = (folder: string, name: string): boolean => {
    const stat = statOf(folder)
    return stat !== undefined && now - stat.mtimeMs > grace && throwAway(folder, name)
  }
  const objects = plan.objects.filter(({ digest }) => throwAwayUnused(store.objectFolder(digest), digest))
  const entries = plan.entries.filter(({ shelf, name }) => throwAwayUnused(store.shelf(shelf).folder(name), name))
  return { ...plan, actions, objects, entries, bytes: bytesOf(objects) + bytesOf(entries) }
}

/** Removes what processes that are gone left in `trash/` and `tmp/`, `damaged/`, and code that nobody wants any more. */
export function sweep(store: FolderStore): void {
  sweepCode(store.root)
  for (const name of ['trash', 'damaged']) rmSync(join(store.root, name), { recursive: true, force: true })
  const tmp = join(store.root, 'tmp')
  for (const name of namesIn(tmp)) {
    const pid = Number(name.split('-')[0])
    const stat = statOf(join(tmp, name))
    if (stat !== undefined && Date.now() - stat.mtimeMs > grace && !isRunning(pid))
      rmSync(join(tmp, name), { recursive: true, force: true })
  }
}

/** Names for what is to be kept: an artefact's digest, or all digests of a run. */
export type Pins = Readonly<Record<string, readonly Digest[]>>

const pinFile = (store: FolderStore) => join(store.root, 'pins.json')

/** Throws a StageError `damaged-pins` if they cannot be read: what was pinned must not go for that. */
export function readPins(store: FolderStore): Pins {
  const text = readStored(pinFile(store))
  if (text === undefined) return {}
  try {
    const pins: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    if (mapOf(listOf(isDigest))(pins)) return pins
  } catch {
    // No JSON.
  }
  throw new StageError(
    'damaged-pins',
    `${pinFile(store)} is damaged, so it is not known what is pinned`,
    'Mend the file, or remove it and pin again what is to be kept.',
  )
}

export function writePins(store: FolderStore, pins: Pins): void {
  replaceFile(store.root, pinFile(store), `${JSON.stringify(pins, undefined, 1)}\n`, true)
}
