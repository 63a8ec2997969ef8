/**
 * The SHA-256s of input files, known again without reading them: by size, times and inode.
 *
 * A file written within the same tick of the clock as it was hashed may look the same with other bytes, so what was hashed
 * within two seconds of its last change is hashed again next time (as git does with its index).
 */

import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { StageError } from '../core/failure.ts'
import type { Json } from '../core/json.ts'
import { keepIfPossible, replaceFile } from './durable.ts'
import { hashFile } from './hash-file.ts'

/** How close to its hashing a change may be hidden, in milliseconds. */
const GRAIN = 2_000

/** How often a file that changes while it is read is read again. */
const PATIENCE = 5

/** What a file looks like from outside. */
export type Look = readonly [size: string, mtimeNs: string, ctimeNs: string, inode: string]

type Entry = readonly [...Look, hashedAt: number, sha256: string]

export interface HashedFile {
  readonly sha256: string
  readonly size: number
  readonly look: Look
}

export class StatCache {
  readonly #root: string
  readonly #entries: Map<string, Entry>
  #dirty = false

  constructor(root: string) {
    this.#root = root
    this.#entries = new Map(Object.entries(readEntries(this.#path)))
  }

  get #path(): string {
    return join(this.#root, 'stat.json')
  }

  /** The SHA-256 of a file, from the cache where the file is surely the same. Throws like `stat` where there is none. */
  async hash(path: string): Promise<HashedFile> {
    // Relative to the store: a project that is moved as a whole keeps its entries.
    const name = relative(this.#root, path)
    for (let tries = 0; ; tries++) {
      const look = lookOf(path)
      const known = this.#entries.get(name)
      if (known !== undefined && sameLook(look, known) && isSettled(look, known[4])) {
        return { sha256: known[5], size: Number(look[0]), look }
      }
      const hashedAt = Date.now()
      const { sha256, size } = await hashFile(path)
      // Written to meanwhile: what was read may be half old and half new.
      if (!sameLook(look, lookOf(path))) {
        if (tries < PATIENCE) continue
        throw new StageError('input-changing', `${path} is being written to all the time`, 'Run when it is complete.')
      }
      this.#entries.set(name, [...look, hashedAt, sha256])
      this.#dirty = true
      return { sha256, size, look }
    }
  }

  /** Writes what was learned, if anything was. */
  save(): void {
    if (!this.#dirty) return
    this.#dirty = false
    keepIfPossible(() => {
      mkdirSync(this.#root, { recursive: true })
      replaceFile(this.#root, this.#path, JSON.stringify(Object.fromEntries(this.#entries)), false)
    })
  }
}

/** What a file looks like now. */
export function lookOf(path: string): Look {
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true })
  return [`${size}`, `${mtimeNs}`, `${ctimeNs}`, `${ino}`]
}

export function sameLook(a: readonly Json[], b: readonly Json[]): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3]
}

function isSettled([, mtimeNs, ctimeNs]: Look, hashedAt: number): boolean {
  return hashedAt - Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6 > GRAIN
}

function readEntries(path: string): Record<string, Entry> {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    // Not there, or damaged: it is only a cache.
    return {}
  }
}
