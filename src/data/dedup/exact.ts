/** Digests of texts that find exact copies. */

import { hash } from 'node:crypto'
import type { Document } from '../document.ts'

/** The digest of a text. Texts that differ only in white space or in the composition of letters (NFC) have equal digests. */
export function exactDigest(text: string): Buffer {
  const composed = /[^\0-\x7f]/.test(text) ? text.normalize('NFC') : text
  return hash('sha256', composed.trim().replace(/\s+/g, ' '), 'buffer')
}

/** The text of a document, or its fields if the record has no text. */
export function contentOf({ text, fields }: Document): string {
  return text === '' ? JSON.stringify(fields) : text
}
