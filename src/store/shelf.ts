/**
 * Shelves hold what is kept beside artefacts only because it saves work: parts of passes (`parts/`), states of trainings (`states/`).
 *
 *     parts/aa/<name>/record.json     the files with their digests, and a value
 *     parts/aa/<name>/…               the files
 *
 * An entry is a folder that is renamed into its place. Every byte of it is read before it is used; a corrupt entry is moved aside and counts as
 * missing. So entries need not be durable, and can be removed at any time.
 */

import { existsSync, linkSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StageError } from '../core/failure.ts'
import { canonical, type Json } from '../core/values/json.ts'
import { sha256 } from '../core/values/sha256.ts'
import { isText, listOf, shape } from '../core/values/shape.ts'
import { isPayloadFile } from './action-shape.ts'
import { readStored, reportDamage } from './damage.ts'
import { isLink, isMissing, makeFolder, moveAside, publish, statOf, temporary } from './durable.ts'
import { hashFile } from './inputs/hash-file.ts'
import { damageOf, listFolder } from './payload.ts'
import { seal, unseal } from './sealed.ts'
import type { PayloadFile } from './store.ts'

export const shelves = ['parts', 'states'] as const
export type ShelfName = (typeof shelves)[number]

export interface Shelved {
  /** The folder of its files. Never written to again. */
  readonly folder: string
  readonly value: Json
}

interface ShelfRecord {
  readonly name: string
  readonly files: readonly PayloadFile[]
  readonly value: Json
}

const recordFile = 'record.json'

const isShelfRecord = shape<ShelfRecord>({
  name: isText,
  files: listOf(isPayloadFile),
  value: (value): value is Json => value !== undefined,
})

export class Shelf {
  readonly #root: string
  readonly #shelf: ShelfName

  /** The shelf of a store. */
  constructor(root: string, shelf: ShelfName) {
    this.#root = root
    this.#shelf = shelf
  }

  /** The folder of the entry of a name. Names begin with a SHA-256. */
  folder(name: string): string {
    return join(this.#root, this.#shelf, name.slice(0, 2), name)
  }

  /** The entry of a name, after every byte of it was read; `undefined` if there is none, or a corrupt one. Marks the entry as used now. */
  async find(name: string): Promise<Shelved | undefined> {
    const folder = this.folder(name)
    // Nothing is there. Another thread or process may put the entry there from now on, so nothing is moved aside.
    if (statOf(folder) === undefined && !isLink(folder)) return undefined
    try {
      // Before it is read: from here on the entry is not collected.
      utimesSync(folder, new Date(), new Date())
      const text = readStored(join(folder, recordFile))
      const record = typeof text === 'string' ? unseal(this.#shelf, text) : undefined
      if (typeof text === 'string' && isShelfRecord(record) && record.name === name)
        if (await isWhole(folder, text, record)) return { folder, value: record.value }
    } catch (error) {
      // The entry is missing or incomplete, or something in it is not a file.
      if (!isMissing(error) && !(error instanceof StageError)) throw error
    }
    if (existsSync(folder)) reportDamage(`${folder} is corrupt; it is made again when it is needed`)
    moveAside(this.#root, folder, name)
    return undefined
  }

  /**
   * Keeps the files that `fill` writes into an empty folder, and the value that it returns. If another process has just kept an entry of that name,
   * that entry is returned, and this one is thrown away.
   */
  async keep(name: string, fill: (folder: string) => Promise<Json>): Promise<Shelved> {
    const mine = temporary(this.#root)
    mkdirSync(mine)
    try {
      const value = await fill(mine)
      const files = await filesIn(mine)
      writeFileSync(join(mine, recordFile), seal(this.#shelf, { name, files, value } satisfies ShelfRecord))
      const folder = this.folder(name)
      makeFolder(this.#root, dirname(folder))
      for (;;) {
        if (publish(mine, folder) === 'published') return { folder, value }
        const theirs = await this.find(name)
        if (theirs !== undefined) return theirs
      }
    } finally {
      await rm(mine, { recursive: true, force: true })
    }
  }
}

/** The name for something that is made from a JSON value. */
export function nameOf(content: Json): string {
  return sha256(canonical(content))
}

/** Gives a file a second path: a hard link if possible, otherwise a copy. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    linkSync(from, to)
  } catch {
    await copyFile(from, to)
  }
}

async function isWhole(folder: string, text: string, { files }: ShelfRecord): Promise<boolean> {
  const record = { path: recordFile, size: Buffer.byteLength(text), sha256: sha256(text) }
  return (await damageOf(folder, [...files, record])) === undefined
}

async function filesIn(folder: string): Promise<PayloadFile[]> {
  const listed: PayloadFile[] = []
  for (const path of listFolder(folder).files) listed.push({ path, ...(await hashFile(join(folder, path))) })
  return listed
}
