/**
 * Parses JSON records so that they can be written again without a change. JavaScript loses digits of 1234567890123456789, and writes
 * 1e400 as null and 1.10 as 1.1. If a line has such a number, its source text is kept.
 */

import type { Json } from '../../core/values/json.ts'

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
   * The source texts of the members whose numbers JSON.stringify would change; `undefined` if there are none. In `value`, integers that
   * JavaScript cannot hold and numbers that are too large for it are texts.
   */
  readonly sources?: Sources
}

export type Sources = ReadonlyMap<string, string>

/** Whether a line has a number that JavaScript would print differently. Digits inside of strings do not count. */
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
 * Whether JavaScript would print the number from `start` to `end` differently. The digits of a plain fraction of up to 17 digits are not
 * compared: any text that JavaScript prints for it stands for the same number.
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
  // Numbers below 0.000001 are printed as 1e-7.
  const isSmall = line.charCodeAt(from + 2) === ZERO && line.startsWith('0.000000', from)
  if (isPlain && point && last !== ZERO && !isSmall) return false
  if (isPlain && !point && digits < 16 && (digits > 1 || last !== ZERO || from === start)) return false
  const source = line.slice(start, end)
  return String(Number(source)) !== source
}

/** The position after the number that begins at `start`. */
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

/** The position after the string whose first quote is at `start`. */
export function pastString(line: string, start: number): number {
  // Most strings are names. For these, walking to the end is faster than a search with indexOf.
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

/** Whether an odd number of backslashes precedes a position. */
function isEscaped(line: string, place: number): boolean {
  let at = place
  while (line.charCodeAt(at - 1) === BACKSLASH) at--
  return (place - at) % 2 === 1
}

/** Parses a line. Throws a SyntaxError if it is not JSON. */
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

/** Whether a member of an object is a number, or a list or object that can hold one. */
function holdsNumbers(value: Json): boolean {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return false
  for (const name in value) {
    const member = (value as { readonly [key: string]: Json })[name]
    if (typeof member === 'number' || (typeof member === 'object' && member !== null)) return true
  }
  return false
}

/** Whether a value nests lists and objects deeper than `limit`. */
export function isDeeperThan(value: Json, limit: number): boolean {
  if (value === null || typeof value !== 'object') return false
  if (limit === 0) return true
  return Object.values(value).some((member) => isDeeperThan(member as Json, limit - 1))
}

interface Changed {
  readonly source: string
  /** The value as JSON in which texts replace the numbers that JavaScript cannot hold; `undefined` if it can hold all of them. */
  readonly view: string | undefined
}

/** Scans the text of an object that JSON.parse accepts. */
class Scanner {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The members whose numbers JavaScript would print differently. If members share a name, the last one counts. */
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

  /** Advances past one value. Returns `undefined` if JavaScript would print it unchanged. */
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
        // The rest of `true`, `false` or `null`.
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
