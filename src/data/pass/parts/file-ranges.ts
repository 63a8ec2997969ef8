/** Divides a file of lines into ranges of about equal size, each of which can be read by itself. */

import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import type { InputFile } from '../../../core/kind/stage.ts'
import type { Json } from '../../../core/values/json.ts'
import type { FilePart } from '../../read/formats/format.ts'
import { inputChanged, rawBytesOf } from '../../read/open.ts'
import { packingOfBytes } from '../../read/packing/packings.ts'

const newline = 10
const carriageReturn = 13

/**
 * The ranges of a file, which is read once: each ends at the first border after `size` bytes, so that lines that are added at the end of the file change
 * only its last range. A range does not end before it has a line that is not blank: only of a blank file is the first range blank. The context of a range
 * is the number of its first line. The digest of the whole file is checked at the end: a StageError `input-changed` if it is not that of the stage's key.
 */
export async function* lineRangesOfFile(
  file: InputFile,
  border: 'line' | 'blank line',
  size: number,
): AsyncGenerator<FilePart> {
  const cutter = new RangeCutter(file)
  let line = 1
  let lines = 0
  let isBlank = true
  let before: readonly [number, number] = [newline, newline]
  for await (const chunk of rawBytesOf(file)) {
    cutter.enter(chunk)
    let seen = 0
    for (let found = chunk.indexOf(newline); found !== -1; found = chunk.indexOf(newline, found + 1)) {
      lines++
      if (cutter.lengthAt(found + 1) < size || (border === 'blank line' && !endsBlankLine(chunk, found, before)))
        continue
      isBlank &&= isBlankText(chunk, Math.max(seen, cutter.from), found)
      seen = found + 1
      if (isBlank) continue
      yield cutter.cut(found + 1, line)
      isBlank = true
      line += lines
      lines = 0
    }
    isBlank &&= isBlankText(chunk, Math.max(seen, cutter.from), chunk.length)
    cutter.leave()
    before = [byteAt(chunk, chunk.length - 2, before), byteAt(chunk, chunk.length - 1, before)]
  }
  yield* cutter.end(line)
}

/** Cuts the bytes of a file into ranges, and hashes each of them and the file. */
export class RangeCutter {
  /** Where the current range begins in the chunk; 0 if it began before. */
  from = 0
  readonly #file: InputFile
  readonly #whole = createHash('sha256')
  #hash = createHash('sha256')
  #chunk: Buffer = Buffer.alloc(0)
  /** The places of the current range and of the chunk in the file. */
  #start = 0
  #at = 0

  constructor(file: InputFile) {
    this.#file = file
  }

  /** Whether the current range is the first. */
  get isFirst(): boolean {
    return this.#start === 0
  }

  /** Begins a chunk of the file. */
  enter(chunk: Buffer): void {
    this.#whole.update(chunk)
    this.#chunk = chunk
    this.from = 0
  }

  /** The length of a range that ends before the byte `end` of the chunk. */
  lengthAt(end: number): number {
    return this.#at + end - this.#start
  }

  /** Ends the current range before the byte `end` of the chunk. */
  cut(end: number, context: Json): FilePart {
    this.#hash.update(this.#chunk.subarray(this.from, end))
    const range = { start: this.#start, end: this.#at + end, sha256: this.#hash.digest('hex'), context }
    this.#hash = createHash('sha256')
    this.from = end
    this.#start = range.end
    return range
  }

  /** Ends the chunk. */
  leave(): void {
    this.#hash.update(this.#chunk.subarray(this.from))
    this.#at += this.#chunk.length
  }

  /** Ends the file. Returns the last range, if anything is left; throws a StageError `input-changed` if the file is not that of the key. */
  end(context: Json): FilePart[] {
    if (this.#whole.digest('hex') !== this.#file.sha256) throw inputChanged(this.#file)
    if (this.#at === this.#start) return []
    return [{ start: this.#start, end: this.#at, sha256: this.#hash.digest('hex'), context }]
  }
}

/** Whether bytes are spaces, tabs and line ends only. */
function isBlankText(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) {
    const byte = bytes[at]!
    if (byte !== 32 && (byte < 9 || byte > 13)) return false
  }
  return true
}

/** Whether the line that ends with the \n at `index` of a chunk is empty. `before`: the two bytes before the chunk. */
function endsBlankLine(chunk: Buffer, index: number, before: readonly [number, number]): boolean {
  const last = byteAt(chunk, index - 1, before)
  return last === newline || (last === carriageReturn && byteAt(chunk, index - 2, before) === newline)
}

function byteAt(chunk: Buffer, index: number, before: readonly [number, number]): number {
  return index >= 0 ? chunk[index]! : (before[index + 2] ?? newline)
}

/** Whether the first bytes of a file show that it is packed, whatever its name is. Of a file that cannot be read, reading it reports the error. */
export async function isPacked({ path }: InputFile): Promise<boolean> {
  const file = await open(path).catch(() => undefined)
  if (file === undefined) return false
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(16), 0, 16, 0)
    return packingOfBytes(buffer.subarray(0, bytesRead)) !== undefined
  } finally {
    await file.close()
  }
}
