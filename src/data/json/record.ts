/**
 * Records of JSON lines, read so that they can be written again as they were. JavaScript's numbers lose digits of
 * 1234567890123456789, and turn 1e400 into null and 1.10 into 1.1: where a line has such a number its source text is kept.
 */

import type { Json } from '../../core/json.ts'

const QUOTE = 34
const COMMA = 44
const MINUS = 45
const POINT = 46
const ZERO = 48
const NINE = 57
const BACKSLASH = 92
const OPEN = new Set([91, 123])
const CLOSE = new Set([93, 125])

export interface ParsedRecord {
  readonly value: Json
  /**
   * Of an object: the source texts of its members that JSON.stringify would not give back. In `value`, integers that JavaScript
   * cannot hold, and numbers too large for it, are texts.
   */
  readonly sources?: Sources
}

export type Sources = ReadonlyMap<string, string>

/** Whether a line has a number that would be printed otherwise. Texts are passed over. */
export function changesNumbers(line: string): boolean {
  for (let at = 0; at < line.length; ) {
    const code = line.charCodeAt(at)
    if (code === QUOTE) at = pastString(line, at)
    else if (code !== MINUS && (code < ZERO || code > NINE)) at++
    else {
      const start = at
      at = pastNumber(line, at)
      if (isChanged(line, start, at)) return true
    }
  }
  return false
}

/**
 * Whether the number from `start` to `end` would be printed otherwise. A fraction of up to 17 digits is not looked at by its digits:
 * whatever is printed is the same number.
 */
function isChanged(line: string, start: number, end: number): boolean {
  const from = line.charCodeAt(start) === MINUS ? start + 1 : start
  const last = line.charCodeAt(end - 1)
  const digits = end - from
  let point = false
  let isPlain = digits <= 18 && (line.charCodeAt(from) !== ZERO || digits === 1 || line.charCodeAt(from + 1) === POINT)
  for (let at = from; isPlain && at < end; at++) {
    const code = line.charCodeAt(at)
    if (code === POINT) point = true
    else if (code < ZERO || code > NINE) isPlain = false
  }
  // As for `0.0000001`, which is printed as 1e-7.
  const isSmall = line.charCodeAt(from) === ZERO && line.charCodeAt(from + 2) === ZERO
  if (isPlain && point && last !== ZERO && !isSmall) return false
  if (isPlain && !point && digits < 16 && (digits > 1 || last !== ZERO || from === start)) return false
  const source = line.slice(start, end)
  return String(Number(source)) !== source
}

/** The place behind a number. */
export function pastNumber(line: string, start: number): number {
  let at = start + 1
  for (;;) {
    const code = line.charCodeAt(at)
    // + - . e E
    const isIn =
      (code >= ZERO && code <= NINE) || code === POINT || code === 101 || code === 69 || code === 43 || code === MINUS
    if (!isIn) return at
    at++
  }
}

/** The place behind a string whose first quote is at `start`. */
export function pastString(line: string, start: number): number {
  // Most strings are names: to search for their ends takes longer than to walk to them.
  const walked = start + 24
  for (let at = start + 1; at < walked; at++) {
    const code = line.charCodeAt(at)
    if (code === QUOTE) return at + 1
    if (code === BACKSLASH) at++
  }
  let end = line.indexOf('"', start + 1)
  while (isEscaped(line, end)) end = line.indexOf('"', end + 1)
  return end + 1
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(line: string, place: number): boolean {
  let at = place
  while (line.charCodeAt(at - 1) === BACKSLASH) at--
  return (place - at) % 2 === 1
}

/** Parses a line. Throws a SyntaxError if it is no JSON. */
export function parseRecord(line: string): ParsedRecord {
  const value = JSON.parse(line) as Json
  if (!holdsNumbers(value) || !changesNumbers(line)) return { value }
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
      this.#at = pastString(text, this.#at)
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
    let hasChanged = false
    const view: string[] = []
    let viewed = from
    do {
      const code = text.charCodeAt(this.#at)
      if (code === QUOTE) this.#at = pastString(text, this.#at)
      else if (code === MINUS || (code >= ZERO && code <= NINE)) {
        const start = this.#at
        this.#at = pastNumber(text, start)
        const source = text.slice(start, this.#at)
        const value = Number(source)
        if (String(value) !== source) hasChanged = true
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
    if (!hasChanged) return undefined
    if (view.length > 0) view.push(text.slice(viewed, this.#at))
    return { source: text.slice(from, this.#at), view: view.length === 0 ? undefined : view.join('') }
  }

  #skipSpace(): void {
    while (/[ \t\r\n]/.test(this.#text[this.#at] ?? '')) this.#at++
  }
}
