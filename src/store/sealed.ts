/** Records with the SHA-256 of their own text, so that a damaged one is never believed: `{"sha256":"…","action":{…}}`. */

import { sha256 } from '../core/sha256.ts'

/** The text of a record; `what` it is called in it. */
export function seal(what: string, record: unknown): string {
  const text = JSON.stringify(record)
  return `{"sha256":"${sha256(text)}","${what}":${text}}\n`
}

/** The record in a text; `undefined` if that is not what was sealed. Whoever reads it looks at its shape. */
export function unseal(what: string, text: string): unknown {
  const head = '{"sha256":"'.length
  const body = text.slice(head + 64 + `","${what}":`.length, -2)
  if (sha256(body) !== text.slice(head, head + 64)) return undefined
  try {
    return JSON.parse(body)
  } catch {
    // Sealed by others, who sealed no JSON.
    return undefined
  }
}
