/** Records with the SHA-256 of their own text, so that a damaged one is never believed: `{"sha256":"…","action":{…}}`. */

import { createHash } from 'node:crypto'

/** The text of a record; `what` it is called in it. */
export function seal(what: string, record: unknown): string {
  const text = JSON.stringify(record)
  return `{"sha256":"${hash(text)}","${what}":${text}}\n`
}

/** The record in a text, or nothing where it is not what was sealed. */
export function unseal<Record>(what: string, text: string): Record | undefined {
  const head = '{"sha256":"'.length
  const body = text.slice(head + 64 + `","${what}":`.length, -2)
  return hash(body) === text.slice(head, head + 64) ? (JSON.parse(body) as Record) : undefined
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
