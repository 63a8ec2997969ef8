/**
 * Records of JSON lines, read so that they can be written again as they were. JavaScript's numbers lose digits of
 * 1234567890123456789, and turn 1e400 into null and 1.10 into 1.1: where a line has such a number its source text is kept.
 */

import type { Json } from '../core/json.ts'

export interface ParsedRecord {
  readonly value: Json
  /**
   * Of an object: the source texts of its members that JSON.stringify would not give back. In `value`, integers that JavaScript
   * cannot hold, and numbers too large for it, are texts.
   */
  readonly sources?: Sources
}

export type Sources = ReadonlyMap<string, string>

/** A number that may not be printed as it is written: long, with an exponent, -0, or with a zero at the end of its fraction. */
const changing = /[:,[]\s*-?(?:[\d.]{16}|\d[\d.]*[eE]|\d+\.\d*0(?!\d)|0(?<=-0)(?![.\d]))/

/** Parses a line. Throws a SyntaxError if it is no JSON. */
export function parseRecord(line: string): ParsedRecord {
  const value = JSON.parse(line) as Json
  if (!holdsNumbers(value) || !changing.test(line)) return { value }
  const changed = new Scanner(line).changed()
  if (changed.size === 0) return { value }
  const sources = new Map<string, string>()
  for (const [name, { source, view }] of changed) {
    sources.set(name, source)
    // Not assigned: a member may be called `__proto__`.
    if (view !== undefined) {
      const property = { value: JSON.parse(view) as Json, writable: true, enumerable: true, configurable: true }
      Object.defineProperty(value, name, property)
    }
  }
  return { value, sources }
}

/** Whether a member of an object is, or may hold, a number. */
function holdsNumbers(value: Json): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  for (const name in value) {
    const member = (value as { readonly [key: string]: Json })[name]
    if (typeof member === 'number' || (typeof member === 'object' && member !== null)) return true
  }
  return false
}

/** Whether lists and objects are nested deeper in a value than `limit`. */
export function isDeeperThan(value: Json, limit: number): boolean {
  if (value === null || typeof value !== 'object') return false
  if (limit === 0) return true
  return Object.values(value).some((member) => isDeeperThan(member as Json, limit - 1))
}

interface Changed {
  readonly source: string
  /** JSON of the value with what JavaScript cannot hold as texts; `undefined` if it can hold all of it. */
  readonly view: string | undefined
}

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const BACKSLASH = 92
const OPEN = new Set([91, 123])
const CLOSE = new Set([93, 125])

/** Goes over the text of an object that JSON.parse has found to be right. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The members whose numbers would not be printed as they are written. Of members of one name the last counts. */
  changed(): Map<string, Changed> {
    const found = new Map<string, Changed>()
    const text = this.#text
    this.#at = text.indexOf('{') + 1
    for (;;) {
      this.#skipSpace()
      if (text.charCodeAt(this.#at) !== QUOTE) return found
      const from = this.#at
      this.#skipString()
      const name = JSON.parse(text.slice(from, this.#at)) as string
      this.#at = text.indexOf(':', this.#at) + 1
      this.#skipSpace()
      const changed = this.#value()
      if (changed === undefined) found.delete(name)
      else found.set(name, changed)
      this.#skipSpace()
      if (text.charCodeAt(this.#at) !== COMMA) return found
      this.#at++
    }
  }

  /** Goes past a value. */
  #value(): Changed | undefined {
    const text = this.#text
    const from = this.#at
    let depth = 0
    let isChanged = false
    const view: string[] = []
    let viewed = from
    do {
      const code = text.charCodeAt(this.#at)
      if (code === QUOTE) this.#skipString()
      else if (code === MINUS || (code >= 48 && code <= 57)) {
        const start = this.#at
        const source = this.#number()
        const value = Number(source)
        if (JSON.stringify(value) !== source) isChanged = true
        if (!Number.isFinite(value) || (/^-?\d+$/.test(source) && !Number.isSafeInteger(value))) {
          view.push(text.slice(viewed, start), `"${source}"`)
          viewed = this.#at
        }
      } else {
        if (OPEN.has(code)) depth++
        else if (CLOSE.has(code)) depth--
        this.#at++
        // `true`, `false` and `null` end where the next mark stands.
        if (depth === 0 && code >= 97 && code <= 122) while (/[a-z]/.test(text[this.#at] ?? '')) this.#at++
      }
    } while (depth > 0)
    if (!isChanged) return undefined
    if (view.length > 0) view.push(text.slice(viewed, this.#at))
    return { source: text.slice(from, this.#at), view: view.length === 0 ? undefined : view.join('') }
  }

  #number(): string {
    const pattern = /-?[\d.eE+-]+/y
    pattern.lastIndex = this.#at
    const [source = ''] = pattern.exec(this.#text) ?? []
    this.#at += source.length
    return source
  }

  #skipString(): void {
    const text = this.#text
    let end = text.indexOf('"', this.#at + 1)
    while (this.#isEscaped(end)) end = text.indexOf('"', end + 1)
    this.#at = end + 1
  }

  /** Whether an odd number of backslashes stands before a place. */
  #isEscaped(place: number): boolean {
    let at = place
    while (this.#text.charCodeAt(at - 1) === BACKSLASH) at--
    return (place - at) % 2 === 1
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
  }
}
