/** A stream of JSON values as records: the items of an array, or values one after the other. Only one record is held at a time. */

import { StageError } from '../../core/failure.ts'

/** The bytes of one record, or what is wrong at a place. */
export type RawRecord =
  /** `line`: the 1-based number of the line it begins in. */
  { readonly bytes: Buffer; readonly line: number } | { readonly problem: string; readonly line: number }

/** The longest record there can be: JavaScript has no longer strings. */
const longest = 2 ** 29 - 2 ** 20

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
 * The records of a stream, some for each chunk. A record that is no JSON is given like all others: the brackets and quotes alone say
 * where it ends. `name` is for messages.
 */
export async function* jsonRecords(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<RawRecord[]> {
  let line = 1
  /** Open brackets, without that of the array around the records. */
  let depth = 0
  let inArray = false
  let inString = false
  let isEscaped = false
  /** The record that has begun: what earlier chunks have of it, and the line it began in. */
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
            else records.push({ problem: `a ${String.fromCharCode(byte)} that closes nothing`, line })
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
    // `begin` and `end` assign it.
    const open = pieces as Buffer[] | undefined
    if (open !== undefined) {
      const piece = chunk.subarray(from)
      open.push(piece)
      held += piece.length
      if (held > longest) throw tooLong(name, beganIn)
    }
    yield records
  }
  if (pieces !== undefined && depth === 0 && !inString) yield [{ bytes: Buffer.concat(pieces), line: beganIn }]
  else if (pieces !== undefined) yield [{ problem: 'the file ends in the middle of a record', line: beganIn }]
  if (inArray) yield [{ problem: 'the file ends before its array does: is it cut off?', line }]
}

function tooLong(name: string, line: number): StageError {
  return new StageError(
    'record-too-long',
    `${name}, line ${line}: a record of more than 511 MiB cannot be held as text`,
    'A file is read as the items of one array, or as values one after the other: is it an object around them? Write a record a line: jq -c ".data[]" x.json > x.jsonl.',
  )
}
