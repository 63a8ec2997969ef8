/** Divides a file of CSV or TSV into ranges of rows of about equal size. Quoted values may contain line ends, so rows end where csv-parse ends them. */

import { Buffer } from 'node:buffer'
import type { InputFile } from '../../../core/kind/stage.ts'
import type { Json } from '../../../core/values/json.ts'
import type { FilePart, RowContext } from '../../read/formats/format.ts'
import { rawBytesOf } from '../../read/open.ts'
import { RangeCutter } from './file-ranges.ts'

const [newline, carriageReturn, quote] = [10, 13, 34]
const mark = Buffer.from([0xef, 0xbb, 0xbf])

/** The longest header, in bytes: a file whose first row is longer is one range. */
const longestHeader = 1 << 20

/** The place of a byte in its row. `CLOSING`: after a quote in a quoted value, which ends the value unless the next byte doubles it. */
const [BEGINS, PLAIN, QUOTED, CLOSING] = [0, 1, 2, 3]

/**
 * The ranges of a file of rows, which is read once: each ends behind the first row after `size` bytes. Empty lines belong to the row behind them, so that the
 * first range has a row besides the header, unless the file has none. The context of the first range is the number of its first line, and of the others a
 * `RowContext`. The digest of the whole file is checked as in `lineRangesOfFile`.
 */
export async function* rowRangesOfFile(file: InputFile, delimiter: string, size: number): AsyncGenerator<FilePart> {
  const cutter = new RangeCutter(file)
  const separator = delimiter.charCodeAt(0)
  const header = new Header()
  let place = BEGINS
  /** Whether the current row has a byte, and whether the byte before was \r outside of quotes. */
  let hasContent = false
  let isReturned = false
  let line = 1
  let lines = 0
  /** The byte before, in quotes or not. */
  let before = 0
  const context = (): Json =>
    cutter.isFirst ? line : ({ line, header: header.text ?? '' } satisfies RowContext as unknown as Json)
  for await (const chunk of rawBytesOf(file)) {
    cutter.enter(chunk)
    // A byte order mark is not part of the first value.
    const start = cutter.lengthAt(0) === 0 && cutter.isFirst && chunk.subarray(0, 3).equals(mark) ? 3 : 0
    for (let at = start; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (byte === carriageReturn || (byte === newline && before !== carriageReturn)) lines++
      before = byte
      if (place === QUOTED) {
        if (byte === quote) place = CLOSING
        continue
      }
      // Without \n behind it, \r has ended a row.
      if (isReturned && byte !== newline) {
        if (hasContent && header.isWanted) header.end(chunk.subarray(start, at))
        hasContent = false
      }
      isReturned = byte === carriageReturn
      if (isReturned) place = BEGINS
      else if (byte !== newline) {
        hasContent = true
        if (byte === separator) place = BEGINS
        else if (byte !== quote) place = PLAIN
        // Inside of a value without quotes, a quote is text.
        else if (place !== PLAIN) place = QUOTED
      } else {
        place = BEGINS
        const isRow = hasContent
        hasContent = false
        if (!isRow) continue
        if (header.isWanted) header.end(chunk.subarray(start, at + 1))
        else if (header.text !== undefined && cutter.lengthAt(at + 1) >= size) {
          yield cutter.cut(at + 1, context())
          line += lines
          lines = 0
        }
      }
    }
    if (header.isWanted) header.add(chunk.subarray(start))
    cutter.leave()
  }
  yield* cutter.end(context())
}

/** The first row of a file, gathered from chunks. */
class Header {
  text: string | undefined
  #pieces: Buffer[] = []
  #length = 0

  /** Whether its end has not been found yet, and it is not too long. */
  get isWanted(): boolean {
    return this.text === undefined && this.#length <= longestHeader
  }

  add(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#length += piece.length
  }

  end(piece: Buffer): void {
    this.add(piece)
    // A range may begin with \n, which would be part of a \r before it.
    if (this.#length <= longestHeader) this.text = Buffer.concat(this.#pieces).toString('utf8').replace(/\r$/, '\n')
    this.#pieces = []
  }
}
