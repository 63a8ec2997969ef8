/**
 * The documents of an artefact that meet a condition, found while they are asked for: shards are read in blocks from the beginning, and only the
 * positions of matching documents are kept, 8 bytes each. A corpus of any size can be paged through without reading all of it.
 */

import { closeSync, openSync, readSync } from 'node:fs'
import type { Document } from '../document.ts'
import { Numbers } from '../sampling/numbers.ts'
import { documentOf, type Shard, shardsIn } from '../shards/shards.ts'

/** The bytes that are read at once, and the longest line of which a document is made. */
const [blockBytes, longest] = [2 ** 20, 64 * 2 ** 20]

/** The bytes of a longer line that are shown. */
const shownBytes = 2 ** 20

/** A line of a shard: its document, or its beginning if it is too long to be parsed. */
export type Found = { readonly document: Document } | { readonly beginning: string; readonly bytes: number }

export class Matches {
  readonly #shards: readonly Shard[]
  readonly #test: ((document: Document) => boolean) | undefined
  /** Positions in the shards as if they were one file. */
  readonly #positions = new Numbers()
  /** The size of all shards, in bytes. */
  readonly total: number
  #scanned = 0
  #tooLong = 0

  private constructor(shards: readonly Shard[], test: ((document: Document) => boolean) | undefined) {
    this.#shards = shards
    this.#test = test
    this.total = shards.reduce((sum, { size }) => sum + size, 0)
  }

  /** The documents in a folder of shards for which `test` is true; all without it. */
  static async of(folder: string, test?: (document: Document) => boolean): Promise<Matches> {
    return new Matches(await shardsIn(folder), test)
  }

  /** The number of matching documents in the bytes that were read. */
  get found(): number {
    return this.#positions.length
  }

  /** The number of bytes that were read. */
  get scanned(): number {
    return this.#scanned
  }

  get isDone(): boolean {
    return this.#scanned >= this.total
  }

  /** The number of lines that are too long to be tested. They are left out if there is a condition. */
  get tooLong(): number {
    return this.#tooLong
  }

  /** Reads about a block more. Errors of the condition are thrown, and the next call continues after the block. */
  step(): void {
    if (this.isDone) return
    const { path, size, from } = this.#shardAt(this.#scanned)
    const file = openSync(path, 'r')
    try {
      const start = this.#scanned - from
      let wanted = Math.min(blockBytes, size - start)
      let block = readAt(file, start, wanted)
      let end = block.lastIndexOf(10)
      while (end === -1 && start + wanted < size && wanted < longest) {
        wanted = Math.min(wanted * 2, size - start)
        block = readAt(file, start, wanted)
        end = block.lastIndexOf(10)
      }
      if (end !== -1 || start + wanted >= size) {
        const whole = end === -1 ? wanted : end + 1
        this.#scanned += whole
        this.#take(block.subarray(0, whole), from + start, path)
        return
      }
      this.#tooLong++
      if (this.#test === undefined) this.#positions.push(from + start)
      this.#scanned = from + pastLine(file, start + wanted, size)
    } finally {
      closeSync(file)
    }
  }

  #take(block: Buffer, position: number, shard: string): void {
    for (let start = 0; start < block.length; ) {
      const next = block.indexOf(10, start)
      const end = next === -1 ? block.length : next
      if (
        end > start &&
        (this.#test === undefined || this.#test(documentOf(block.toString('utf8', start, end), shard)))
      )
        this.#positions.push(position + start)
      start = end + 1
    }
  }

  /** The matching document of a number below `found`. */
  read(index: number): Found {
    const position = this.#positions.at(index)
    const { path, size, from } = this.#shardAt(position)
    const file = openSync(path, 'r')
    try {
      const start = position - from
      let length = Math.min(2 ** 16, size - start)
      for (;;) {
        const bytes = readAt(file, start, length)
        const end = bytes.indexOf(10)
        if (end !== -1 || start + length >= size)
          return { document: documentOf(bytes.toString('utf8', 0, end === -1 ? bytes.length : end), path) }
        if (length >= longest)
          return {
            beginning: bytes.toString('utf8', 0, shownBytes),
            bytes: pastLine(file, start + length, size) - start,
          }
        length = Math.min(length * 4, size - start)
      }
    } finally {
      closeSync(file)
    }
  }

  #shardAt(position: number): Shard & { readonly from: number } {
    let from = 0
    for (const shard of this.#shards) {
      if (position < from + shard.size) return { ...shard, from }
      from += shard.size
    }
    throw new Error(`there is no document at ${position}`)
  }
}

/** Bytes of a file from a position on; fewer than `length` if the file has become shorter. */
function readAt(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(file, bytes, 0, length, position))
}

/** The position after the line that a position is in. */
function pastLine(file: number, position: number, size: number): number {
  for (let at = position; at < size; at += blockBytes) {
    const end = readAt(file, at, Math.min(blockBytes, size - at)).indexOf(10)
    if (end !== -1) return at + end + 1
  }
  return size
}
