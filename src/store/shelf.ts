/**
 * What is kept beside artefacts only because it saves work: parts of passes (`parts/`), states of trainings (`states/`).
 *
 *     parts/aa/<name>/record.json     its files with their digests, and what was said of it
 *     parts/aa/<name>/…               the files
 *
 * An entry is a folder that is renamed into its place, and is read whole before it is used: what is damaged is moved aside and is
 * nothing. So it need not be durable; and all of it can be thrown away at any time.
 */

import { createHash } from 'node:crypto'
import { existsSync, linkSync, mkdirSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { copyFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { StageError } from '../core/failure.ts'
import { canonical, type Json } from '../core/json.ts'
import { isText, listOf, shape } from '../core/shape.ts'
import { isPayloadFile } from './action-shape.ts'
import { readStored, sayDamage } from './damage.ts'
import { isMissing, makeFolder, moveAside, temporary } from './durable.ts'
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

  /** Where what is called so lies; names begin with the SHA-256 of something. */
  folder(name: string): string {
    return join(this.#root, this.#shelf, name.slice(0, 2), name)
  }

  /** What is kept under a name, every byte of it looked at; marked as used now. */
  async find(name: string): Promise<Shelved | undefined> {
    const folder = this.folder(name)
    try {
      // Before it is read: from here on it is not collected.
      utimesSync(folder, new Date(), new Date())
      const text = readStored(join(folder, recordFile))
      const record = typeof text === 'string' ? unseal(this.#shelf, text) : undefined
      if (typeof text === 'string' && isShelfRecord(record) && record.name === name)
        if (await isWhole(folder, text, record)) return { folder, value: record.value }
    } catch (error) {
      // Not there, or not all of it, or with something in it that is no file.
      if (!isMissing(error) && !(error instanceof StageError)) throw error
    }
    if (existsSync(folder)) sayDamage(`${folder} is damaged; it is made again where it is needed`)
    moveAside(this.#root, folder, name)
    return undefined
  }

  /**
   * Keeps under a name what `fill` writes into an empty folder, and what it says. Where others have just kept something under
   * that name, theirs is given, and this one thrown away.
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
        try {
          renameSync(mine, folder)
          return { folder, value }
        } catch (error) {
          const { code } = error as NodeJS.ErrnoException
          // ENOTDIR: a file or a link is there.
          if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOTDIR') throw error
        }
        const theirs = await this.find(name)
        if (theirs !== undefined) return theirs
      }
    } finally {
      await rm(mine, { recursive: true, force: true })
    }
  }
}

/** The name of what is made of some JSON. */
export function nameOf(content: Json): string {
  return createHash('sha256').update(canonical(content)).digest('hex')
}

/** The same file under another path: a hard link where that can be, else a copy. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  try {
    linkSync(from, to)
  } catch {
    await copyFile(from, to)
  }
}

async function isWhole(folder: string, text: string, { files }: ShelfRecord): Promise<boolean> {
  const sha256 = createHash('sha256').update(text).digest('hex')
  const record = { path: recordFile, size: Buffer.byteLength(text), sha256 }
  return (await damageOf(folder, [...files, record])) === undefined
}

async function filesIn(folder: string): Promise<PayloadFile[]> {
  const listed: PayloadFile[] = []
  for (const path of listFolder(folder).files) listed.push({ path, ...(await hashFile(join(folder, path))) })
  return listed
}
