/** The ranges that a format divides a file into, each with the digest of its bytes. */

import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import type { InputFile } from '../../../core/kind/stage.ts'
import type { FilePart, FileRange } from '../../read/formats/format.ts'
import { inputChanged } from '../../read/open.ts'

/**
 * Reads a file once and yields each of its ranges with its digest. The digest of the whole file is checked at the end, so that the parts belong to the
 * file that the stage's key names: a StageError `input-changed` otherwise. Ranges that do not cover the file are a bug of its format.
 */
export async function* rangePartsOf(file: InputFile, ranges: readonly FileRange[]): AsyncGenerator<FilePart> {
  for (const [i, { start, end }] of ranges.entries()) {
    if (start !== (ranges[i - 1]?.end ?? 0) || end <= start)
      throw new Error(`${file.name}: the range ${start} to ${end} does not follow the one before it`)
  }
  const whole = createHash('sha256')
  let hash = createHash('sha256')
  let read = 0
  let index = 0
  for await (const chunk of createReadStream(file.path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
    whole.update(chunk)
    for (let from = 0; from < chunk.length; ) {
      const range = ranges[index]
      // Bytes after the last range are reported below.
      const length = range === undefined ? chunk.length - from : Math.min(range.end - read, chunk.length - from)
      hash.update(chunk.subarray(from, from + length))
      from += length
      read += length
      if (range === undefined || read < range.end) continue
      yield { ...range, sha256: hash.digest('hex') }
      index++
      hash = createHash('sha256')
    }
  }
  if (whole.digest('hex') !== file.sha256) throw inputChanged(file)
  if (read !== ranges.at(-1)?.end) throw new Error(`${file.name}: its ranges do not end with the file`)
}
