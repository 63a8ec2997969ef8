/** Records with the SHA-256 of their own text, so that a damaged one is never believed: `{"sha256":"…","action":{…}}`. */

import { sha256 } from '../core/sha256.ts'

/** The text of a record; `what` it is called in it. */
export function seal(what: string, record: unknown): string {
  const text = JSON.stringify(record)
  return `{"sha256":"${sha256(text)}","${what}":${text}}\n`
}

/** The record in a text, or nothing where it is not what was sealed. */
export function unseal<Record>(what: string, text: string): Record | undefined {
  const head = '{"sha256":"'.length
  const body = text.slice(head + 64 + `","${what}":`.length, -2)
  return sha256(body) === text.slice(head, head + 64) ? (JSON.parse(body) as Record) : undefined
}
