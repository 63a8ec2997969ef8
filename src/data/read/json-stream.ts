/** Splits a stream of JSON into records: the items of one array, or values one after the other. Only one record is held at a time. */

import { StageError } from '../../core/failure.ts'

/** The bytes of one record, or a problem. */
export type RawRecord =
  /** `line`: the 1-based number of the line in which the record begins. */
  { readonly bytes: Buffer; readonly line: number } | { readonly problem: string; readonly line: number }

/** The longest record, in bytes: JavaScript has no longer strings. */
const maxBytes = 2 ** 29 - 2 ** 20

const NEWLINE = 10
const SPACE = 32
const QUOTE = 34
const COMMA = 44
const OPEN_LIST = 91
const BACKSLASH = 92
const CLOSE_LIST = 93
const OPEN_OBJECT = 123
const CLOSE_OBJECT = 125

/**
 * The records of a stream, a batch for each chunk. Records are not parsed: brackets and quotes determine where they end. Errors name the
 * stream `name`.
 */
export async function* jsonRecords(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<RawRecord[]> {
  let line = 1
  /** The number of open brackets inside of the record. */
  let depth = 0
  let inArray = false
  let inString = false
  let isEscaped = false
  /** The bytes of the current record in earlier chunks; `undefined` between records. */
  let pieces: Buffer[] | undefined
  let held = 0
  let beganIn = 1

  for await (const chunk of chunks) {
    const records: RawRecord[] = []
    let from = 0
    const end = (to: number) => {
      const last = chunk.subarray(from, to)
      records.push({ bytes: pieces?.length ? Buffer.concat([...pieces, last]) : last, line: beganIn })
      pieces = undefined
      held = 0
    }
    const begin = (at: number) => {
      pieces = []
      from = at
      beganIn = line
    }
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]!
      if (inString) {
        if (isEscaped) isEscaped = false
        else if (byte === BACKSLASH) isEscaped = true
        else if (byte === QUOTE) {
          inString = false
          if (depth === 0) end(at + 1)
        } else if (byte === NEWLINE) line++
        continue
      }
      switch (byte) {
        case QUOTE:
          if (pieces === undefined) begin(at)
          inString = true
          break
        case OPEN_LIST:
        case OPEN_OBJECT:
          if (byte === OPEN_LIST && pieces === undefined && !inArray) {
            inArray = true
            break
          }
          if (pieces === undefined) begin(at)
          depth++
          break
        case CLOSE_LIST:
        case CLOSE_OBJECT:
          if (depth > 0) {
            depth--
            if (depth === 0) end(at + 1)
          } else {
            if (pieces !== undefined) end(at)
            if (inArray && byte === CLOSE_LIST) inArray = false
            else records.push({ problem: `a ${String.fromCharCode(byte)} without its opening bracket`, line })
          }
          break
        case COMMA:
          if (depth === 0 && pieces !== undefined) end(at)
          break
        default:
          if (byte === NEWLINE) line++
          if (byte > SPACE) {
            if (pieces === undefined) begin(at)
          } else if (depth === 0 && pieces !== undefined) end(at)
      }
    }
    // TypeScript does not see that `begin` and `end` assign `pieces`.
    const open = pieces as Buffer[] | undefined
    if (open !== undefined) {
      const piece = chunk.subarray(from)
      open.push(piece)
      held += piece.length
      if (held > maxBytes) throw tooLong(name, beganIn)
    }
    yield records
  }
  if (pieces !== undefined && depth === 0 && !inString) yield [{ bytes: Buffer.concat(pieces), line: beganIn }]
  else if (pieces !== undefined) yield [{ problem: 'the file ends in the middle of a record', line: beganIn }]
  if (inArray) yield [{ problem: 'the file ends inside of its array: is it cut off?', line }]
}

function tooLong(name: string, line: number): StageError {
  return new StageError(
    'record-too-long',
    `${name}, line ${line}: a record of more than 511 MiB cannot be held as text`,
    'A JSON file has to be one array, or records one after the other. If an object wraps the records, write one record a line: jq -c ".data[]" x.json > x.jsonl.',
  )
}
