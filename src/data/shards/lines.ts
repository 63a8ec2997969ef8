/** Splits streams of bytes into blocks of whole lines. Only \n ends a line; node:readline also splits at U+2028, which JSON may contain. */

import { StageError } from '../../core/failure.ts'

/** Whole lines of a stream, without the \n of the last line. */
export interface Block {
  readonly bytes: Buffer
  /** The 1-based number of the first line. */
  readonly line: number
  /** Whether the last line ends with \n. Only the last line of a stream may lack it. */
  readonly ended: boolean
}

/** The longest line, in bytes: JavaScript has no longer strings. */
const maxBytes = 2 ** 29 - 2 ** 20

const newline = 10

/** Splits a stream into blocks of whole lines, one for each chunk in which a line ends. Errors name the stream `name`. `first`: the number of its first line. */
export async function* blocksOf(chunks: AsyncIterable<Buffer>, name: string, first = 1): AsyncGenerator<Block> {
  let rest: Buffer[] = []
  let held = 0
  let line = first
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(newline)
    if (end === -1) {
      rest.push(chunk)
      held += chunk.length
      if (held > maxBytes) throw tooLong(name, line)
      continue
    }
    const bytes = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)])
    if (bytes.length > maxBytes) throw tooLong(name, line)
    yield { bytes, line, ended: true }
    line += count(bytes) + 1
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : []
    held = chunk.length - end - 1
  }
  if (rest.length > 0) yield { bytes: Buffer.concat(rest), line, ended: false }
}

/** The number of \n bytes. */
function count(bytes: Buffer): number {
  let found = 0
  for (let at = bytes.indexOf(newline); at !== -1; at = bytes.indexOf(newline, at + 1)) found++
  return found
}

function tooLong(name: string, line: number): StageError {
  return new StageError(
    'line-too-long',
    `${name}, line ${line}: a line of more than 511 MiB cannot be held as text`,
    'Split it into lines, or leave the file out.',
  )
}
