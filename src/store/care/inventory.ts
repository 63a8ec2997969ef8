/** The inventory of a store: its artefacts with the actions that made them, and the rest. */

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Digest, Key } from '../../core/artefact.ts'
import { isDigest, isKey } from '../../core/values/shape.ts'
import { isLink, isMissing, statOf } from '../durable.ts'
import type { FolderStore } from '../folder-store.ts'
import { type ShelfName, shelves } from '../shelf.ts'
import type { Action } from '../store.ts'

export interface StoredObject {
  readonly digest: Digest
  readonly bytes: number
  /** When it was last made or used as a hit, in milliseconds since the epoch. */
  readonly used: number
  /** The actions that have it as an output. */
  readonly actions: readonly Key[]
}

/** An entry of a shelf: a part, or a state. */
export interface StoredEntry {
  readonly shelf: ShelfName
  readonly name: string
  readonly bytes: number
  /** When it was last made or used, in milliseconds since the epoch. */
  readonly used: number
}

export interface Inventory {
  readonly objects: ReadonlyMap<Digest, StoredObject>
  readonly entries: readonly StoredEntry[]
  readonly actions: ReadonlyMap<Key, Action>
  /** The bytes of everything else: checkpoints of unfinished work, logs of failures and of runs, jobs on clusters, damaged files, trash, human rankings. */
  readonly other: Readonly<Record<'work' | 'failed' | 'runs' | 'jobs' | 'damaged' | 'trash' | 'people', number>>
}

/** Takes the inventory of a store. Corrupt records are moved aside. */
export function inventory(store: FolderStore): Inventory {
  const actions = new Map<Key, Action>()
  for (const key of shelved(store.root, 'actions').filter(isKey)) {
    const action = store.read(key)
    if (action !== undefined) actions.set(key, action)
  }
  const makers = new Map<Digest, Key[]>()
  for (const [key, { outputs }] of actions)
    for (const { digest } of Object.values(outputs)) makers.set(digest, [...(makers.get(digest) ?? []), key])
  const objects = new Map<Digest, StoredObject>()
  for (const digest of shelved(store.root, 'objects').filter(isDigest)) {
    const folder = store.objectFolder(digest)
    const stat = statOf(folder)
    if (stat === undefined) continue
    objects.set(digest, {
      digest,
      bytes: bytesIn(folder),
      used: stat.mtimeMs,
      actions: makers.get(digest) ?? [],
    })
  }
  const entries = shelves.flatMap((shelf) =>
    shelved(store.root, shelf).flatMap((name): StoredEntry[] => {
      const folder = store.shelf(shelf).folder(name)
      const stat = statOf(folder)
      return stat === undefined ? [] : [{ shelf, name, bytes: bytesIn(folder), used: stat.mtimeMs }]
    }),
  )
  const other = { work: 0, failed: 0, runs: 0, jobs: 0, damaged: 0, trash: 0, people: 0 }
  for (const name of Object.keys(other) as (keyof typeof other)[]) other[name] = bytesIn(join(store.root, name))
  return { objects, entries, actions, other }
}

/** The names in the folders `aa/` of a part of the store. Symbolic links are not followed. */
function shelved(root: string, part: 'objects' | 'actions' | ShelfName): string[] {
  return namesIn(join(root, part))
    .filter((shelf) => /^[0-9a-f]{2}$/.test(shelf) && !isLink(join(root, part, shelf)))
    .flatMap((shelf) => namesIn(join(root, part, shelf)))
    .filter((name) => /^[0-9a-f]{64}(-\d+)?$/.test(name))
}

/** The names in a folder; empty if it does not exist. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** The bytes of all files in a folder, at any depth; 0 if the folder does not exist. */
export function bytesIn(folder: string): number {
  let entries: import('node:fs').Dirent[]
  try {
    entries = readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isMissing(error)) return 0
    throw error
  }
  return entries.reduce((sum, entry) => {
    const path = join(folder, entry.name)
    return sum + (entry.isDirectory() ? bytesIn(path) : (statOf(path)?.size ?? 0))
  }, 0)
}
