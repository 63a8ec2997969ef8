/** A text with the SHA-256 of itself, so that a damaged one is never believed. */

import { createHash } from 'node:crypto'

const HEAD = '{"sha256":"'.length

/** One line: `{"sha256":"…","action":{…}}`, where `name` is `action`. */
export function seal(name: string, value: unknown): string {
  const text = JSON.stringify(value)
  return `{"sha256":"${hash(text)}","${name}":${text}}\n`
}

/** The value of a text that is what `seal` made; nothing for any other text. */
export function unseal(name: string, text: string): unknown {
  const body = text.slice(HEAD + 64 + `","${name}":`.length, -2)
  return hash(body) === text.slice(HEAD, HEAD + 64) ? JSON.parse(body) : undefined
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
