/**
 * The SHA-256s of input files, known again without reading them: by size, times and inode.
 *
 * A file written within the same tick of the clock as it was hashed may look the same with other bytes, so what was hashed
 * within two seconds of its last change is hashed again next time (as git does with its index).
 */

import { mkdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/json.ts'
import { isNumber, isSha256, isText, mapOf, type Shape } from '../../core/shape.ts'
import { readStoredAs } from '../damage.ts'
import { keepIfPossible, replaceFile } from '../durable.ts'
import { seal, unseal } from '../sealed.ts'
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

  /** Writes what was learned, if anything was and it can be written. */
  save(): void {
    if (!this.#dirty) return
    this.#dirty = false
    keepIfPossible(() => {
      mkdirSync(this.#root, { recursive: true })
      replaceFile(this.#root, this.#path, seal('stat', Object.fromEntries(this.#entries)), false)
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

const isEntry: Shape<Entry> = (value): value is Entry =>
  Array.isArray(value) &&
  value.length === 6 &&
  value.slice(0, 4).every(isText) &&
  isNumber(value[4]) &&
  isSha256(value[5])

/** Sealed: a wrong SHA-256 that was believed would give an input the artefacts of another. */
function readEntries(path: string): Record<string, Entry> {
  const sealed = (text: string) => {
    const entries = unseal('stat', text)
    if (mapOf(isEntry)(entries)) return entries
    // As earlier versions wrote it, without a seal: no damage, and not believed.
    return mapOf(isEntry)(JSON.parse(text)) ? {} : undefined
  }
  return readStoredAs(path, sealed, 'input files are hashed again') ?? {}
}
