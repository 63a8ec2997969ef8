/**
 * Garbage collection: removes the artefacts, parts and states that were used longest ago, and the records that lead to them. It is safe beside
 * runs: a run touches everything that it uses or makes, whatever was touched within the last hour stays, and each artefact is checked once more
 * right before it is removed. Records are removed before their artefacts, so that no hit lacks some of its outputs.
 */

import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest, Key } from '../../core/artefact.ts'
import { StageError } from '../../core/failure.ts'
import { isDigest, listOf, mapOf } from '../../core/values/shape.ts'
import { isRunning } from '../../process/identity.ts'
import { readStored } from '../damage.ts'
import { isMissing, makeFolder, replaceFile, statOf } from '../durable.ts'
import type { FolderStore } from '../folder-store.ts'
import { sweepCode } from '../inputs/code.ts'
import { type Inventory, namesIn, type StoredEntry, type StoredObject } from './inventory.ts'

export interface Limits {
  /** Everything that was not used since this time is removed; in milliseconds since the epoch. */
  readonly before?: number | undefined
  /** Of the rest, what was used longest ago is removed, until at most this many bytes remain. */
  readonly bytes?: number | undefined
}

export interface Collection {
  readonly objects: readonly StoredObject[]
  /** The entries of shelves: parts and states. */
  readonly entries: readonly StoredEntry[]
  readonly actions: readonly Key[]
  readonly bytes: number
  /** Bytes that stay. */
  readonly left: number
}

/** How long something stays after it was touched, in milliseconds: longer than a run takes from a look-up to the use of the artefact. */
const grace = 3_600_000

/** The collection that `collect` would make. The artefacts in `kept` stay, whatever their age. */
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

/** Carries a collection out. Returns what was removed, which is less than planned if something was used meanwhile. */
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
    // Used since the last check: it is put back, before whoever uses it can have begun to read it.
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

/** Removes `trash/` and `damaged/`, what dead processes left in `tmp/`, and the code of custom stages that nobody used lately. */
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

/** The artefacts that a user pinned, by the name of the pin: the digest of one artefact, or all digests of a run. */
export type Pins = Readonly<Record<string, readonly Digest[]>>

const pinFile = (store: FolderStore) => join(store.root, 'pins.json')

/** The pins of a store. Throws a StageError `damaged-pins` if they cannot be read: pinned artefacts must not be removed because of that. */
export function readPins(store: FolderStore): Pins {
  const text = readStored(pinFile(store))
  if (text === undefined) return {}
  try {
    const pins: unknown = typeof text === 'string' ? JSON.parse(text) : undefined
    if (mapOf(listOf(isDigest))(pins)) return pins
  } catch {
    // Not JSON.
  }
  throw new StageError(
    'damaged-pins',
    `${pinFile(store)} is corrupt, so it is not known what is pinned`,
    'Mend the file, or remove it and pin again what is to be kept.',
  )
}

export function writePins(store: FolderStore, pins: Pins): void {
  replaceFile(store.root, pinFile(store), `${JSON.stringify(pins, undefined, 1)}\n`, true)
}
