/** JSON numbers that JavaScript would print differently than they are written: 1234567890123456789, 1.0, 1e400. */

import type { Json } from './json.ts'

export class ExactNumber {
  /** The digits as the JSON text writes them. */
  readonly source: string

  constructor(source: string) {
    this.source = source
  }

  get isInteger(): boolean {
    return /^-?\d+$/.test(this.source)
  }

  toString(): string {
    return this.source
  }

  /** The value for `JSON.stringify`, which cannot write digits: the nearest number, or the digits as a text if there is none. */
  toJSON(): number | string {
    const value = Number(this.source)
    const isLost = !Number.isFinite(value) || (this.isInteger && !Number.isSafeInteger(value))
    return isLost ? this.source : value
  }
}

/** JSON of a value, with the digits of its exact numbers. Otherwise the same as `JSON.stringify`. */
export function exactJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (value instanceof ExactNumber) return value.source
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(exactJson).join(',')}]`
  const members = Object.entries(value).flatMap(([name, member]) =>
    member === undefined ? [] : [`${JSON.stringify(name)}:${exactJson(member)}`],
  )
  return `{${members.join(',')}}`
}

/** Whether an exact number is in a value. */
export function holdsExact(value: Json | undefined): boolean {
  if (value === null || typeof value !== 'object') return false
  return value instanceof ExactNumber || Object.values(value).some((member) => holdsExact(member as Json | undefined))
}
