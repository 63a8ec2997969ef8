/** Decodes UTF-8 into lines of text. Bytes that are not UTF-8 become U+FFFD, and the lines that had some are reported. */

import { isUtf8 } from 'node:buffer'
import type { Block } from '../shards/lines.ts'

export interface Lines {
  readonly lines: string[]
  /** The 1-based number of the first line. */
  readonly line: number
  /** Whether the last line ends with \n. */
  readonly ended: boolean
  /** Indices into `lines` of those that had bytes that are not UTF-8. */
  readonly damaged: ReadonlySet<number>
}

const none: ReadonlySet<number> = new Set()

/** The lines of a block. A \r before \n is removed. */
export function decode({ bytes, line, ended }: Block): Lines {
  const text = bytes.toString('utf8')
  const lines = text.split('\n')
  if (text.includes('\r')) {
    for (let i = 0; i < lines.length; i++) {
      const each = lines[i]!
      // The \r at the end of a last line without \n is part of the text.
      if (each.endsWith('\r') && (ended || i < lines.length - 1)) lines[i] = each.slice(0, -1)
    }
  }
  if (isUtf8(bytes)) return { lines, line, ended, damaged: none }
  // A text may contain U+FFFD itself, so that only the bytes show whether it stands for damage.
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
