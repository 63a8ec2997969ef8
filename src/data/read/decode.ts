/** Bytes of UTF-8 to lines of text. What is not UTF-8 becomes U+FFFD, and is told. */

import { isUtf8 } from 'node:buffer'
import type { Block } from '../shards/lines.ts'

export interface Lines {
  readonly lines: string[]
  /** The 1-based number of the first line. */
  readonly line: number
  /** Whether the last line has its line end. */
  readonly ended: boolean
  /** Places in `lines` that had bytes that are not UTF-8. */
  readonly damaged: ReadonlySet<number>
}

const none: ReadonlySet<number> = new Set()

/** The lines of a block, \r before \n taken off. */
export function decode({ bytes, line, ended }: Block): Lines {
  const text = bytes.toString('utf8')
  const lines = text.split('\n')
  if (text.includes('\r')) {
    for (let i = 0; i < lines.length; i++) {
      const each = lines[i]!
      // The \r of a last line without \n stands for itself.
      if (each.endsWith('\r') && (ended || i < lines.length - 1)) lines[i] = each.slice(0, -1)
    }
  }
  if (isUtf8(bytes)) return { lines, line, ended, damaged: none }
  // U+FFFD in good UTF-8 is the author's; only bytes tell them apart.
  const damaged = new Set<number>()
  let start = 0
  for (let i = 0; i < lines.length; i++) {
    const next = bytes.indexOf(10, start)
    const end = next === -1 ? bytes.length : next
    if (!isUtf8(bytes.subarray(start, end))) damaged.add(i)
    start = end + 1
  }
  return { lines, line, ended, damaged }
}
