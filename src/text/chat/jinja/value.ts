/**
 * The values of templates, as in Python. Integers are numbers, or bigints if a number would lose digits. Floats are `Float`s, because `1`
 * and `1.0` are written differently.
 */

import { JinjaError } from './limits.ts'
import { Text } from './text.ts'

export type Value = null | boolean | number | bigint | Float | Text | List | Dict | Attributes | Callable | Undefined

export class Float {
  readonly value: number
  constructor(value: number) {
    this.value = value
  }
}

export class List {
  readonly items: readonly Value[]
  readonly tuple: boolean
  constructor(items: readonly Value[], tuple = false) {
    this.items = items
    this.tuple = tuple
  }
}

export class Dict {
  /** The entries by `keyOf` their key. */
  readonly #entries = new Map<string, readonly [Value, Value]>()

  constructor(entries: Iterable<readonly [Value, Value]> = []) {
    for (const [key, value] of entries) this.#entries.set(keyOf(key), [key, value])
  }
  get size(): number {
    return this.#entries.size
  }
  get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1]
  }
  /** The value of a text key. */
  named(name: string): Value | undefined {
    return this.#entries.get(`text ${name}`)?.[1]
  }
  has(key: Value): boolean {
    return this.#entries.has(keyOf(key))
  }
  entries(): (readonly [Value, Value])[] {
    return [...this.#entries.values()]
  }
  keys(): Value[] {
    return this.entries().map(([key]) => key)
  }
}

function keyOf(key: Value): string {
  if (key instanceof Text) return `text ${key.value}`
  if (isNumeric(key)) return `number ${typeof key === 'bigint' ? key : numberOf(key)}`
  if (key === null) return 'none'
  throw new JinjaError(`unhashable type: '${typeName(key)}'`)
}

/** The value of `namespace()` and of `loop`: attributes by name. Templates can set those of a namespace. */
export class Attributes {
  readonly kind: string
  readonly #make: () => Iterable<readonly [string, Value]>
  #values: Map<string, Value> | undefined

  /** `make`: makes the values on first use, because most loops do not use `loop`. */
  constructor(kind: string, make: () => Iterable<readonly [string, Value]>) {
    this.kind = kind
    this.#make = make
  }

  get values(): Map<string, Value> {
    this.#values ??= new Map(this.#make())
    return this.#values
  }
}

export class Callable {
  readonly name: string
  readonly call: (args: readonly Value[], named: ReadonlyMap<string, Value>) => Value
  constructor(name: string, call: Callable['call']) {
    this.name = name
    this.call = call
  }
}

/** The value of a missing name or attribute: it prints as an empty text, and operations on it fail. */
export class Undefined {
  /** The reason, `'x' is undefined`. */
  readonly reason: string
  constructor(reason: string) {
    this.reason = reason
  }
}

/** The value, if there is one (`None` is one), or else an `Undefined` with this reason. */
export function orUndefined(value: Value | undefined, reason: string): Value {
  return value === undefined ? new Undefined(reason) : value
}

/** The value, unless it is undefined. Throws a JinjaError, as Python does. */
export function defined(value: Value): Exclude<Value, Undefined> {
  if (value instanceof Undefined) throw new JinjaError(value.reason)
  return value
}

/** An integer as a number, or as the bigint itself if a number would lose digits. */
export function integer(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value
}

/** Parses an integer. Throws a JinjaError if it has too many digits. */
export function integerIn(digits: string): number | bigint {
  if (digits.length > 1000) throw new JinjaError('an integer of more than 1,000 digits')
  return integer(BigInt(digits))
}

export type Numeric = number | bigint | Float | boolean

export function isNumeric(value: Value): value is Numeric {
  return isInteger(value) || typeof value === 'boolean' || value instanceof Float
}

export function isInteger(value: Value): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** The nearest JavaScript number. */
export function numberOf(value: Numeric): number {
  return value instanceof Float ? value.value : Number(value)
}

/** A number for comparisons, with all its digits. */
function comparable(value: Numeric): number | bigint {
  return typeof value === 'bigint' ? value : numberOf(value)
}

export function textArgument(value: Value | undefined, what: string): Text {
  if (value instanceof Text) return value
  throw new JinjaError(`${what} has to be a string, not ${typeName(value ?? null)}`)
}

export function integerArgument(value: Value | undefined, what: string): number {
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value)
  if (typeof value === 'bigint') throw new JinjaError(`${what} is too large: ${value}`)
  throw new JinjaError(`${what} has to be an integer, not ${typeName(value ?? null)}`)
}

/** The name of the type in Python, for messages. */
export function typeName(value: Value): string {
  if (value === null) return 'NoneType'
  if (typeof value === 'boolean') return 'bool'
  if (isInteger(value)) return 'int'
  if (value instanceof Float) return 'float'
  if (value instanceof Text) return 'str'
  if (value instanceof List) return value.tuple ? 'tuple' : 'list'
  if (value instanceof Dict) return 'dict'
  if (value instanceof Callable) return 'function'
  return value instanceof Undefined ? 'Undefined' : value.kind
}

export function truth(value: Value): boolean {
  if (value === null || value instanceof Undefined) return false
  if (isNumeric(value)) return numberOf(value) !== 0
  if (value instanceof Text) return value.value !== ''
  if (value instanceof List) return value.items.length > 0
  if (value instanceof Dict) return value.size > 0
  return true
}

export function equal(a: Value, b: Value): boolean {
  // `==` compares numbers and bigints by value.
  // biome-ignore lint/suspicious/noDoubleEquals: `===` is false of a number and a bigint.
  if (isNumeric(a) && isNumeric(b)) return comparable(a) == comparable(b)
  if (a instanceof Text && b instanceof Text) return a.value === b.value
  if (a instanceof Undefined) return b instanceof Undefined
  if (a instanceof List && b instanceof List)
    return a.tuple === b.tuple && a.items.length === b.items.length && a.items.every((x, i) => equal(x, b.items[i]!))
  if (a instanceof Dict && b instanceof Dict)
    return (
      a.size === b.size &&
      a.entries().every(([key, value]) => {
        const other = b.get(key)
        return other !== undefined && equal(value, other)
      })
    )
  return a === b
}

/** A negative number if `a` precedes `b`. Throws a JinjaError if the two have no order. */
export function compare(a: Value, b: Value): number {
  if (isNumeric(a) && isNumeric(b)) {
    const [x, y] = [comparable(a), comparable(b)]
    return typeof x === 'number' && typeof y === 'number' ? x - y : x < y ? -1 : x > y ? 1 : 0
  }
  if (a instanceof Text && b instanceof Text) return compareText(a.value, b.value)
  if (a instanceof List && b instanceof List) {
    for (const [i, x] of a.items.entries()) {
      const y = b.items[i]
      if (y === undefined) return 1
      if (!equal(x, y)) return compare(x, y)
    }
    return a.items.length - b.items.length
  }
  throw new JinjaError(
    a instanceof Undefined || b instanceof Undefined
      ? (a instanceof Undefined ? a : (b as Undefined)).reason
      : `'${typeName(a)}' and '${typeName(b)}' have no order`,
  )
}

/** Compares by code points, as Python does. */
function compareText(a: string, b: string): number {
  const x = [...a]
  const y = [...b]
  for (let i = 0; i < Math.min(x.length, y.length); i++)
    if (x[i] !== y[i]) return x[i]!.codePointAt(0)! - y[i]!.codePointAt(0)!
  return x.length - y.length
}

/** The items of a value that can be iterated. Throws a JinjaError for others. */
export function itemsOf(value: Value): readonly Value[] {
  if (value instanceof List) return value.items
  if (value instanceof Dict) return value.keys()
  if (value instanceof Undefined) return []
  if (value instanceof Text) {
    const items: Value[] = []
    let at = 0
    for (const character of value.value) {
      items.push(value.slice(at, at + character.length))
      at += character.length
    }
    return items
  }
  throw new JinjaError(`'${typeName(value)}' object is not iterable`)
}

export function lengthOf(value: Value): number {
  if (value instanceof Text) return isPlain(value.value) ? value.value.length : [...value.value].length
  if (value instanceof Dict) return value.size
  if (value instanceof List) return value.items.length
  if (value instanceof Undefined) return 0
  throw new JinjaError(`object of type '${typeName(value)}' has no len()`)
}

/** Whether every UTF-16 unit of a text is a code point. */
export function isPlain(text: string): boolean {
  return !/[\ud800-\udfff]/.test(text)
}
