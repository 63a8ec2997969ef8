/** Seals records with the SHA-256 of their own text, so that a corrupt record is recognized: `{"sha256":"…","action":{…}}`. */

import { sha256 } from '../core/values/sha256.ts'

/** The sealed text of a record. `what` is the name of its field. */
export function seal(what: string, record: unknown): string {
  const text = JSON.stringify(record)
  return `{"sha256":"${sha256(text)}","${what}":${text}}\n`
}

/** The record in a sealed text; `undefined` if the text was changed since. The caller checks the shape of the record. */
export function unseal(what: string, text: string): unknown {
  const head = '{"sha256":"'.length
  const body = text.slice(head + 64 + `","${what}":`.length, -2)
  if (sha256(body) !== text.slice(head, head + 64)) return undefined
  try {
    return JSON.parse(body)
  } catch {
    // Somebody else sealed something that is not JSON.
    return undefined
  }
}
