/** Counts the bytes of a text for which a vocabulary has no token, so that nothing is lost without a report. */

import { StageError } from '../core/failure.ts'

export interface Lost {
  /** The number of bytes (of a character tokenizer: of characters) that were left out. */
  count: number
}

/** Adds `count` lost bytes with these values. Throws a StageError `unknown-bytes` if there is no counter. */
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
    'Its vocabulary lacks some bytes and has no unknown token. Remove these characters from the text.',
  )
}
