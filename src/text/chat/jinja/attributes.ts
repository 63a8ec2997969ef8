/** Evaluates `value.name`, `value[key]` and slices. */

import { JinjaError } from './limits.ts'
import { slicePoints, stringMethod } from './string-methods.ts'
import { concat, Text } from './text.ts'
import {
  Attributes,
  Callable,
  Dict,
  defined,
  equal,
  Float,
  integerArgument,
  itemsOf,
  List,
  lengthOf,
  orUndefined,
  typeName,
  Undefined,
  type Value,
} from './value.ts'

type Call = Callable['call']

const dictMethods: Readonly<Record<string, (dict: Dict) => Call>> = {
  get:
    (dict) =>
    ([key, otherwise], named) =>
      [dict.get(key ?? null), otherwise, named.get('default')].find((value) => value !== undefined) ?? null,
  items: (dict) => () => new List(dict.entries().map(([key, value]) => new List([key, value], true))),
  keys: (dict) => () => new List(dict.keys()),
  values: (dict) => () => new List(dict.entries().map(([, value]) => value)),
  copy: (dict) => () => new Dict(dict.entries()),
}

const listMethods: Readonly<Record<string, (list: List) => Call>> = {
  index:
    (list) =>
    ([wanted]) => {
      const at = list.items.findIndex((item) => equal(item, wanted ?? null))
      if (at === -1) throw new JinjaError('a value is not in the list')
      return at
    },
  count:
    (list) =>
    ([wanted]) =>
      list.items.filter((item) => equal(item, wanted ?? null)).length,
  copy: (list) => () => list,
}

/** Methods that change a value. The sandbox of transformers refuses them too. */
const changing = new Set('append extend insert pop remove reverse sort clear update setdefault popitem'.split(' '))

function method(value: Value, name: string): Callable | undefined {
  if (value instanceof Text) {
    const found = stringMethod(name)
    return found && new Callable(name, (args, named) => found(value, args, named))
  }
  const table: Readonly<Record<string, (value: never) => Call>> | undefined =
    value instanceof Dict ? dictMethods : value instanceof List ? listMethods : undefined
  if (table === undefined) return undefined
  // The table has the type of the value.
  if (Object.hasOwn(table, name)) return new Callable(name, table[name]!(value as never))
  if (!changing.has(name)) return undefined
  return new Callable(name, () => {
    throw new JinjaError(`${name}() would change a ${typeName(value)}: templates must not`)
  })
}

/** `value.name`: a method, or else an item. */
export function attribute(value: Value, name: string): Value {
  defined(value)
  if (value instanceof Attributes) return found(value.values.get(name), value, name)
  return found(method(value, name) ?? (value instanceof Dict ? value.named(name) : undefined), value, name)
}

/** `value[key]`: an item, or else a method. */
export function item(value: Value, key: Value): Value {
  defined(value)
  if (value instanceof Dict) {
    const there = value.get(key)
    if (there !== undefined) return there
  } else if (
    (value instanceof List || value instanceof Text) &&
    (typeof key === 'number' || typeof key === 'boolean')
  ) {
    const items = itemsOf(value)
    const at = Number(key)
    return orUndefined(items[at < 0 ? items.length + at : at], `a ${typeName(value)} has no item ${at}`)
  }
  if (key instanceof Text) return attribute(value, key.value)
  if (key instanceof Float) return new Undefined(`a ${typeName(value)} has no item ${key.value}`)
  return new Undefined(`a ${typeName(value)} has no such item`)
}

function found(there: Value | undefined, value: Value, name: string): Value {
  const owner = value instanceof Attributes ? value.kind : `${typeName(value)} object`
  return orUndefined(there, `'${owner}' has no attribute '${name}'`)
}

/** `value[from:to:step]`. */
export function slice(value: Value, from: Value | undefined, to: Value | undefined, by: Value | undefined): Value {
  const step = by === undefined || by === null ? 1 : integerArgument(by, 'the step of a slice')
  if (step === 0) throw new JinjaError('slice step cannot be zero')
  if (value instanceof Text && step === 1) return slicePoints(value, from, to)
  if (!(value instanceof Text || value instanceof List)) {
    defined(value)
    throw new JinjaError(`'${typeName(value)}' object cannot be sliced`)
  }
  const items = itemsOf(value)
  const count = lengthOf(value)
  const [low, high] = step > 0 ? [0, count] : [-1, count - 1]
  const place = (given: Value | undefined, otherwise: number) => {
    if (given === undefined || given === null) return otherwise
    const index = integerArgument(given, 'a slice')
    return Math.min(high, Math.max(low, index < 0 ? index + count : index))
  }
  const start = place(from, step > 0 ? low : high)
  const end = place(to, step > 0 ? high : low)
  const kept: Value[] = []
  for (let i = start; step > 0 ? i < end : i > end; i += step) kept.push(items[i]!)
  return value instanceof Text ? concat(kept as Text[]) : new List(kept, value.tuple)
}
