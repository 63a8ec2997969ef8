/** Parses JSON without losing digits of numbers. */

import { ExactNumber } from '../../core/values/exact-number.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import type { Document } from '../document.ts'
import { changesNumbers, pastNumber, pastString } from './record.ts'

/** Parses a text of JSON. Numbers that JavaScript would print differently become `ExactNumber`s. Throws a SyntaxError if it is not JSON. */
export function parseExact(text: string): Json {
  const value = JSON.parse(text) as Json
  return changesNumbers(text) ? new Reader(text).value() : value
}

/** The fields of a document. Numbers that JavaScript would print differently are `ExactNumber`s. */
export function exactFields({ fields, sources }: Document): JsonObject {
  if (sources === undefined) return fields
  const exact = [...sources].map(([name, source]) => [name, new Reader(source).value()] as const)
  return { ...fields, ...Object.fromEntries(exact.filter(([name]) => Object.hasOwn(fields, name))) }
}

/** Reads values out of a text that JSON.parse accepts. */
class Reader {
  readonly #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  value(): Json {
    const start = this.#skipSpace()
    switch (this.#text[start]) {
      case '{':
        return this.#object()
      case '[':
        return this.#list()
      case '"':
        return this.#string()
      case 't':
        return this.#word('true', true)
      case 'f':
        return this.#word('false', false)
      case 'n':
        return this.#word('null', null)
      default:
        return this.#number()
    }
  }

  #object(): Json {
    const members: Record<string, Json> = {}
    this.#at++
    while (this.#text[this.#skipSpace()] !== '}') {
      if (this.#text[this.#at] === ',') {
        this.#at++
        this.#skipSpace()
      }
      const name = this.#string()
      this.#skipSpace()
      // The colon.
      this.#at++
      // Not assigned: a member may be called `__proto__`.
      Object.defineProperty(members, name, {
        value: this.value(),
        writable: true,
        enumerable: true,
        configurable: true,
      })
    }
    this.#at++
    return members
  }

  #list(): Json {
    const items: Json[] = []
    this.#at++
    while (this.#text[this.#skipSpace()] !== ']') {
      if (this.#text[this.#at] === ',') this.#at++
      items.push(this.value())
    }
    this.#at++
    return items
  }

  #string(): string {
    const start = this.#at
    this.#at = pastString(this.#text, start)
    return JSON.parse(this.#text.slice(start, this.#at)) as string
  }

  #number(): Json {
    const start = this.#at
    this.#at = pastNumber(this.#text, start)
    const source = this.#text.slice(start, this.#at)
    const value = Number(source)
    return String(value) === source ? value : new ExactNumber(source)
  }

  #word<T extends boolean | null>(word: string, value: T): T {
    this.#at += word.length
    return value
  }

  #skipSpace(): number {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? '\0')) this.#at++
    return this.#at
  }
}
