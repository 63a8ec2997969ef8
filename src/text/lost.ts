/** What of a text a vocabulary has no token for: counted, so that nothing is lost in silence. */

import { StageError } from '../core/failure.ts'

export interface Lost {
  /** How many bytes (of a tokenizer of characters: characters) were left out. */
  count: number
}

/** Counts what a text has lost: these bytes, `count` in all. A StageError `unknown-bytes` where nobody counts. */
export function lose(lost: Lost | undefined, bytes: ReadonlySet<number>, count: number): void {
  if (lost !== undefined) {
    lost.count += count
    return
  }
  const all = [...bytes].sort((a, b) => a - b)
  const shown = all.slice(0, 10).map((byte) => `0x${byte.toString(16).toUpperCase().padStart(2, '0')}`)
  const more = all.length > shown.length ? ` and ${all.length - shown.length} more` : ''
  throw new StageError(
    'unknown-bytes',
    `the tokenizer has no token for the ${all.length === 1 ? 'byte' : 'bytes'} ${shown.join(', ')}${more} of a text`,
    'Its vocabulary lacks some bytes, and it has no token for what it does not know. Take these characters out of the text.',
  )
}
