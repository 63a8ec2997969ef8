/** The methods of Python's `str`. The origins of characters are kept. */

import { formatText } from './format.ts'
import { checkItems, JinjaError } from './limits.ts'
import { concat, empty, join, Text } from './text.ts'
import { integerArgument, isPlain, itemsOf, List, lengthOf, textArgument, type Value } from './value.ts'

type Named = ReadonlyMap<string, Value>
type Method = (text: Text, args: readonly Value[], named: Named) => Value

/** White space as in Python. */
const space = '\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'
const spaces = new RegExp(`[${space}]+`, 'g')
/** The line ends of `splitlines`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python splits lines at them.
const lineEnds = /\r\n|[\n-\r\x1c-\x1e\x85\u2028\u2029]/g
const leadingSpace = new RegExp(`^[${space}]+`)
const trailingSpace = new RegExp(`[${space}]+$`)

/** Removes the characters in `characters`, by default white space, from the ends of a text. */
export function strip(text: Text, characters: Value | undefined, from: 'both' | 'start' | 'end' = 'both'): Text {
  const { value } = text
  const given = characters === undefined || characters === null ? undefined : textArgument(characters, 'strip()').value
  let start = 0
  let end = value.length
  if (given === undefined) {
    if (from !== 'end') start = leadingSpace.exec(value)?.[0].length ?? 0
    if (from !== 'start' && start < end) end = trailingSpace.exec(value)?.index ?? end
    return text.slice(start, end)
  }
  const set = new Set(given)
  if (from !== 'end')
    for (const character of value) {
      if (!set.has(character)) break
      start += character.length
    }
  if (from !== 'start')
    for (const character of [...value.slice(start)].reverse()) {
      if (!set.has(character)) break
      end -= character.length
    }
  return text.slice(start, end)
}

function split(text: Text, separator: Value | undefined, most: number): Text[] {
  const parts: Text[] = []
  const { value } = text
  const limit = most < 0 ? Number.POSITIVE_INFINITY : most
  if (separator === undefined || separator === null) {
    const stripped = strip(text, undefined, 'start')
    if (stripped.value === '') return []
    let done = 0
    for (const match of stripped.value.matchAll(spaces)) {
      if (parts.length >= limit) break
      parts.push(stripped.slice(done, match.index))
      done = match.index + match[0].length
    }
    if (done < stripped.value.length) parts.push(stripped.slice(done))
    return parts
  }
  const between = textArgument(separator, 'the separator of split()').value
  if (between === '') throw new JinjaError('empty separator')
  let done = 0
  for (let at = value.indexOf(between); at !== -1 && parts.length < limit; at = value.indexOf(between, done)) {
    parts.push(text.slice(done, at))
    done = at + between.length
    checkItems(parts.length)
  }
  parts.push(text.slice(done))
  return parts
}

function rsplit(text: Text, separator: Value | undefined, most: number): Text[] {
  if (most < 0) return split(text, separator, -1)
  if (separator === undefined || separator === null) {
    const all = split(text, separator, -1)
    if (all.length <= most + 1) return all
    const kept = all.slice(all.length - most)
    let end = text.value.length
    for (const part of [...kept].reverse()) end = text.value.lastIndexOf(part.value, end - part.value.length)
    return [strip(text.slice(0, end), undefined, 'end'), ...kept]
  }
  const between = textArgument(separator, 'the separator of rsplit()')
  const all = split(text, between, -1)
  const first = Math.max(0, all.length - 1 - most)
  return [join(all.slice(0, first + 1), between), ...all.slice(first + 1)]
}

export function replace(text: Text, args: readonly Value[], named: Named = new Map()): Text {
  const old = textArgument(args[0] ?? named.get('old'), 'the old text of replace()').value
  const by = textArgument(args[1] ?? named.get('new'), 'the new text of replace()')
  const count = args[2] ?? named.get('count') ?? null
  const most =
    count === null || integerArgument(count, 'the count of replace()') < 0 ? Number.POSITIVE_INFINITY : Number(count)
  const parts: Text[] = []
  if (old === '') {
    const characters = itemsOf(text) as readonly Text[]
    for (const [i, character] of characters.entries()) parts.push(...(i < most ? [by, character] : [character]))
    if (characters.length < most) parts.push(by)
    return concat(parts)
  }
  return join(split(text, new Text(old), Number.isFinite(most) ? most : -1), by)
}

/** The position of a text, in code points; −1 if it does not occur. */
function find(text: Text, args: readonly Value[], last = false): number {
  const { value } = slicePoints(text, args[1], args[2])
  const wanted = textArgument(args[0], 'the text to find').value
  const at = last ? value.lastIndexOf(wanted) : value.indexOf(wanted)
  if (at === -1) return -1
  const start = args[1] === undefined || args[1] === null ? 0 : integerArgument(args[1], 'the start')
  return lengthOf(new Text(value.slice(0, at))) + (start < 0 ? Math.max(0, lengthOf(text) + start) : start)
}

/** A slice of a text, in code points as in Python. */
export function slicePoints(text: Text, from: Value | undefined, to: Value | undefined): Text {
  const count = lengthOf(text)
  const place = (value: Value | undefined, missing: number) => {
    if (value === undefined || value === null) return missing
    const index = integerArgument(value, 'a slice')
    return index < 0 ? Math.max(0, count + index) : Math.min(index, count)
  }
  const [start, end] = [place(from, 0), place(to, count)]
  if (isPlain(text.value)) return text.slice(start, end)
  return concat((itemsOf(text) as readonly Text[]).slice(start, end))
}

const begins = (text: Text, args: readonly Value[], test: (value: string, part: string) => boolean): boolean => {
  const { value } = slicePoints(text, args[1], args[2])
  const parts = args[0] instanceof List ? args[0].items : [args[0]]
  return parts.some((part) => test(value, textArgument(part, 'the beginning or end').value))
}

function pad(text: Text, args: readonly Value[], side: (missing: number) => readonly [number, number]): Text {
  const missing = integerArgument(args[0], 'the width') - lengthOf(text)
  if (missing <= 0) return text
  const fill = args[1] === undefined ? new Text(' ') : textArgument(args[1], 'the fill')
  const [left, right] = side(missing)
  return concat([fill.repeat(left), text, fill.repeat(right)])
}

export const upper = (text: Text) => text.change((value) => value.toUpperCase())
export const lower = (text: Text) => text.change((value) => value.toLowerCase())
export const capitalize = (text: Text) => {
  const first = String.fromCodePoint(text.value.codePointAt(0) ?? 0).length
  return text.value === '' ? empty : concat([upper(text.slice(0, first)), lower(text.slice(first))])
}
const title = (text: Text) =>
  text.change((value) =>
    value.replace(/\p{L}+/gu, (word) => {
      const [first] = word
      return first!.toUpperCase() + word.slice(first!.length).toLowerCase()
    }),
  )

const all = (pattern: RegExp) => (text: Text) => pattern.test(text.value)
const cased =
  (change: (value: string) => string) =>
  ({ value }: Text) =>
    change(value) === value && value.toLowerCase() !== value.toUpperCase()

const methods: Readonly<Record<string, Method>> = {
  strip: (text, args) => strip(text, args[0]),
  lstrip: (text, args) => strip(text, args[0], 'start'),
  rstrip: (text, args) => strip(text, args[0], 'end'),
  split: (text, args, named) =>
    new List(
      split(text, args[0] ?? named.get('sep'), integerArgument(args[1] ?? named.get('maxsplit') ?? -1, 'maxsplit')),
    ),
  rsplit: (text, args, named) =>
    new List(
      rsplit(text, args[0] ?? named.get('sep'), integerArgument(args[1] ?? named.get('maxsplit') ?? -1, 'maxsplit')),
    ),
  splitlines: (text, args) => {
    const lines: Text[] = []
    let done = 0
    for (const match of text.value.matchAll(lineEnds)) {
      const end = match.index + match[0].length
      lines.push(text.slice(done, args[0] === true ? end : match.index))
      done = end
    }
    if (done < text.value.length) lines.push(text.slice(done))
    return new List(lines)
  },
  partition: (text, args) => {
    const separator = textArgument(args[0], 'the separator')
    const parts = split(text, separator, 1)
    return new List(parts.length === 1 ? [text, empty, empty] : [parts[0]!, separator, parts[1]!], true)
  },
  rpartition: (text, args) => {
    const separator = textArgument(args[0], 'the separator')
    const parts = rsplit(text, separator, 1)
    return new List(parts.length === 1 ? [empty, empty, text] : [parts[0]!, separator, parts[1]!], true)
  },
  replace,
  startswith: (text, args) => begins(text, args, (value, part) => value.startsWith(part)),
  endswith: (text, args) => begins(text, args, (value, part) => value.endsWith(part)),
  removeprefix: (text, args) => {
    const prefix = textArgument(args[0], 'the prefix').value
    return text.value.startsWith(prefix) ? text.slice(prefix.length) : text
  },
  removesuffix: (text, args) => {
    const suffix = textArgument(args[0], 'the suffix').value
    return suffix !== '' && text.value.endsWith(suffix) ? text.slice(0, text.value.length - suffix.length) : text
  },
  find: (text, args) => find(text, args),
  rfind: (text, args) => find(text, args, true),
  index: (text, args) => {
    const at = find(text, args)
    if (at === -1) throw new JinjaError('substring not found')
    return at
  },
  count: (text, args) => {
    const wanted = textArgument(args[0], 'the text to count')
    return wanted.value === '' ? lengthOf(text) + 1 : split(text, wanted, -1).length - 1
  },
  join: (text, args) =>
    join(
      itemsOf(args[0] ?? null).map((item) => textArgument(item, 'an item of join()')),
      text,
    ),
  format: (text, args, named) => formatText(text, args, named),
  upper,
  lower,
  casefold: lower,
  capitalize,
  title,
  swapcase: (text) =>
    text.change((value) => [...value].map((c) => (c === c.toLowerCase() ? c.toUpperCase() : c.toLowerCase())).join('')),
  center: (text, args) => pad(text, args, (missing) => [Math.floor(missing / 2), Math.ceil(missing / 2)]),
  ljust: (text, args) => pad(text, args, (missing) => [0, missing]),
  rjust: (text, args) => pad(text, args, (missing) => [missing, 0]),
  zfill: (text, args) => {
    const sign = /^[+-]/.test(text.value) ? 1 : 0
    const padded = pad(text.slice(sign), [integerArgument(args[0], 'the width') - sign, new Text('0')], (n) => [n, 0])
    return concat([text.slice(0, sign), padded])
  },
  isdigit: all(/^\p{Nd}+$/u),
  isdecimal: all(/^\p{Nd}+$/u),
  isnumeric: all(/^\p{N}+$/u),
  isalpha: all(/^\p{L}+$/u),
  isalnum: all(/^[\p{L}\p{N}]+$/u),
  isspace: all(new RegExp(`^[${space}]+$`)),
  isupper: cased((value) => value.toUpperCase()),
  islower: cased((value) => value.toLowerCase()),
}

export function stringMethod(name: string): Method | undefined {
  return Object.hasOwn(methods, name) ? methods[name] : undefined
}
