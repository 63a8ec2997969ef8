/** Streams of bytes as blocks of whole lines. Only \n ends a line: U+2028, at which node:readline splits, may stand in JSON. */

import { StageError } from '../../core/failure.ts'

/** Whole lines of a stream, without the last one's \n. */
export interface Block {
  readonly bytes: Buffer
  /** The 1-based number of the first line. */
  readonly line: number
  /** Whether the last line has its \n: only at the end of a stream may it lack it. */
  readonly ended: boolean
}

/** The longest line there can be: JavaScript has no longer strings. */
const longest = 2 ** 29 - 2 ** 20

const newline = 10

/** Splits a stream into blocks of whole lines, one for each chunk in which a line ends. `name` is for messages. */
export async function* blocksOf(chunks: AsyncIterable<Buffer>, name: string): AsyncGenerator<Block> {
  let rest: Buffer[] = []
  let held = 0
  let line = 1
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(newline)
    if (end === -1) {
      rest.push(chunk)
      held += chunk.length
      if (held > longest) throw tooLong(name, line)
      continue
    }
    const bytes = rest.length === 0 ? chunk.subarray(0, end) : Buffer.concat([...rest, chunk.subarray(0, end)])
    if (bytes.length > longest) throw tooLong(name, line)
    yield { bytes, line, ended: true }
    line += count(bytes) + 1
    rest = end + 1 < chunk.length ? [chunk.subarray(end + 1)] : []
    held = chunk.length - end - 1
  }
  if (rest.length > 0) yield { bytes: Buffer.concat(rest), line, ended: false }
}

/** How many times a byte of \n stands in some bytes. */
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
