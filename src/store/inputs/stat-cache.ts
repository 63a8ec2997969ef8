/**
 * Remembers the SHA-256s of input files by size, times and inode, so that unchanged files are not read again.
 *
 * A file that is written within the same tick of the clock as it was hashed may have other bytes and look the same. So a file that was hashed within
 * two seconds of its last change is hashed again the next time (as git does with its index).
 */

import { mkdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { StageError } from '../../core/failure.ts'
import type { Json } from '../../core/values/json.ts'
import { isNumber, isSha256, isText, mapOf, type Shape } from '../../core/values/shape.ts'
import { readStoredAs } from '../damage.ts'
import { keepIfPossible, replaceFile } from '../durable.ts'
import { seal, unseal } from '../sealed.ts'
import { hashFile } from './hash-file.ts'

/** How close to the hashing a change may be without showing in the times, in milliseconds. */
const clockGrain = 2_000

/** How often a file that changes while it is read is read again. */
const rereads = 5

/** The metadata of a file by which a change is recognized. */
export type Look = readonly [size: string, mtimeNs: string, ctimeNs: string, inode: string]

type CachedHash = readonly [...Look, hashedAt: number, sha256: string]

export interface HashedFile {
  readonly sha256: string
  readonly size: number
  readonly look: Look
}

export class StatCache {
  readonly #root: string
  readonly #entries: Map<string, CachedHash>
  #dirty = false

  constructor(root: string) {
    this.#root = root
    this.#entries = new Map(Object.entries(readEntries(this.#path)))
  }

  get #path(): string {
    return join(this.#root, 'stat.json')
  }

  /** The SHA-256 of a file, from the cache if the file is certainly unchanged. Rejected like `stat` if the file does not exist, and with a StageError `input-changing` if it changes all the time. */
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
      // Written meanwhile: the bytes that were read may be partly old and partly new.
      if (!sameLook(look, lookOf(path))) {
        if (tries < rereads) continue
        throw new StageError(
          'input-changing',
          `${path} is being written all the time`,
          'Run again when it is complete.',
        )
      }
      this.#entries.set(name, [...look, hashedAt, sha256])
      this.#dirty = true
      return { sha256, size, look }
    }
  }

  /** Writes the cache to the store if it has changed. In a read-only store, nothing is written. */
  save(): void {
    if (!this.#dirty) return
    this.#dirty = false
    keepIfPossible(() => {
      mkdirSync(this.#root, { recursive: true })
      replaceFile(this.#root, this.#path, seal('stat', Object.fromEntries(this.#entries)), false)
    })
  }
}

/** The present metadata of a file. */
export function lookOf(path: string): Look {
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true })
  return [`${size}`, `${mtimeNs}`, `${ctimeNs}`, `${ino}`]
}

export function sameLook(a: readonly Json[], b: readonly Json[]): boolean {
  return a[0] === b[0] && a[1] === b[1] && a[2] === b[2] && a[3] === b[3]
}

function isSettled([, mtimeNs, ctimeNs]: Look, hashedAt: number): boolean {
  return hashedAt - Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6 > clockGrain
}

const isEntry: Shape<CachedHash> = (value): value is CachedHash =>
  Array.isArray(value) &&
  value.length === 6 &&
  value.slice(0, 4).every(isText) &&
  isNumber(value[4]) &&
  isSha256(value[5])

/** The entries are sealed: a wrong SHA-256 would give an input the artefacts of another. */
function readEntries(path: string): Record<string, CachedHash> {
  const sealed = (text: string) => {
    const entries = unseal('stat', text)
    if (mapOf(isEntry)(entries)) return entries
    // Earlier versions wrote no seal. Such a cache is not damaged, but is not trusted either.
    return mapOf(isEntry)(JSON.parse(text)) ? {} : undefined
  }
  return readStoredAs(path, sealed, 'input files are hashed again') ?? {}
}
