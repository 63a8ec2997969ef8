/** What exact copies have in common: the text but for its white space and its composition. */

import { hash } from 'node:crypto'

/** A digest of a text that is equal for texts that differ only in white space or in how letters are composed. */
export function exactDigest(text: string): Buffer {
  const composed = /[^\0-\x7f]/.test(text) ? text.normalize('NFC') : text
  return hash('sha256', composed.trim().replace(/\s+/g, ' '), 'buffer')
}
