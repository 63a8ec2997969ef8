/** The filters of jinja2 that chat templates can use, and transformers' `tojson`. */

import { arithmetic } from './arithmetic.ts'
import { attribute, item } from './attributes.ts'
import { percent } from './format.ts'
import { checkItems, JinjaError } from './limits.ts'
import { capitalize, lower, replace, stringMethod, strip, upper } from './string-methods.ts'
import { testNamed } from './tests.ts'
import { concat, empty, join, Text } from './text.ts'
import {
  compare,
  Dict,
  defined,
  equal,
  Float,
  integerArgument,
  integerIn,
  isNumeric,
  itemsOf,
  List,
  lengthOf,
  numberOf,
  orUndefined,
  textArgument,
  truth,
  typeName,
  Undefined,
  type Value,
} from './value.ts'
import { jsonText, str } from './write.ts'

type Named = ReadonlyMap<string, Value>
export type Filter = (value: Value, args: readonly Value[], named: Named) => Value

/** An argument by position or name. */
const argument = (args: readonly Value[], named: Named, place: number, name: string): Value | undefined =>
  place < args.length ? args[place] : named.get(name)

/** The value at a path `a.b.0`, as in `map(attribute=…)` and `sort(attribute=…)`. */
function path(value: Value, name: Value): Value {
  if (!(name instanceof Text)) return item(value, name)
  return name.value
    .split('.')
    .reduce<Value>((of, part) => item(of, /^\d+$/.test(part) ? Number(part) : new Text(part)), value)
}

const attributeOf = (given: Value | undefined) => (value: Value) =>
  given === undefined || given === null ? value : path(value, given)

const folded = (value: Value, caseSensitive: boolean): Value =>
  value instanceof Text && !caseSensitive ? lower(value) : value

function sorted(items: readonly Value[], key: (value: Value) => Value, reverse: boolean): Value[] {
  const keyed = items.map((value, i) => ({ value, key: key(value), i }))
  keyed.sort((a, b) => (reverse ? compare(b.key, a.key) : compare(a.key, b.key)) || a.i - b.i)
  return keyed.map(({ value }) => value)
}

/** Makes `select`, `reject`, `selectattr` and `rejectattr`. */
const choosing =
  (wanted: boolean, byAttribute: boolean): Filter =>
  (value, args) => {
    const [name, ...rest] = byAttribute ? args.slice(1) : args
    const test = name === undefined ? truth : (each: Value) => testNamed(textArgument(name, 'a test').value)(each, rest)
    const of = byAttribute ? attributeOf(args[0]) : (each: Value) => each
    return new List(itemsOf(value).filter((each) => test(of(each)) === wanted))
  }

const extreme =
  (sign: number): Filter =>
  (value, args, named) => {
    const of = attributeOf(named.get('attribute'))
    const key = (each: Value) => folded(of(each), argument(args, named, 0, 'case_sensitive') === true)
    const items = itemsOf(value)
    if (items.length === 0) return new Undefined('No aggregated item, sequence was empty.')
    return items.reduce((best, each) => (sign * compare(key(each), key(best)) > 0 ? each : best))
  }

function indent(value: Value, args: readonly Value[], named: Named): Value {
  const text = str(value)
  const width = argument(args, named, 0, 'width') ?? 4
  const margin = width instanceof Text ? width : new Text(' ').repeat(integerArgument(width, 'the width of indent'))
  const first = truth(argument(args, named, 1, 'first') ?? false)
  const blank = truth(argument(args, named, 2, 'blank') ?? false)
  const lines = splitLines(text)
  const indented = lines.map((line, i) =>
    (i === 0 ? first : blank || line.value !== '') ? concat([margin, line]) : line,
  )
  return join(indented, new Text('\n'))
}

function splitLines(text: Text): readonly Text[] {
  const list = stringMethod('splitlines')!(concat([text, new Text('\n')]), [], new Map()) as List
  return list.items as readonly Text[]
}

function round(value: Value, args: readonly Value[], named: Named): Value {
  if (!isNumeric(value)) throw new JinjaError(`type ${typeName(value)} cannot be rounded`)
  const digits = 10 ** integerArgument(argument(args, named, 0, 'precision') ?? 0, 'the precision')
  const how = argument(args, named, 1, 'method')
  const scaled = numberOf(value) * digits
  const even = () => (Math.abs(scaled % 1) === 0.5 ? 2 * Math.round(scaled / 2) : Math.round(scaled))
  const whole = !(how instanceof Text)
    ? even()
    : how.value === 'ceil'
      ? Math.ceil(scaled)
      : how.value === 'floor'
        ? Math.floor(scaled)
        : even()
  return new Float(whole / digits)
}

const toInteger: Filter = (value, args, named) => {
  const otherwise = argument(args, named, 0, 'default') ?? 0
  if (typeof value === 'bigint') return value
  if (isNumeric(value)) return Math.trunc(numberOf(value))
  const text = value instanceof Text ? value.value.trim() : ''
  if (/^[+-]?\d{16,}$/.test(text)) return integerIn(text.replace(/^\+/, ''))
  return /^[+-]?\d[\d_]*(\.\d*)?([eE][+-]?\d+)?$/.test(text) ? Math.trunc(Number(text.replaceAll('_', ''))) : otherwise
}

const toFloat: Filter = (value, args, named) => {
  if (isNumeric(value)) return new Float(numberOf(value))
  const text = value instanceof Text ? value.value.trim() : ''
  const number = text === '' ? Number.NaN : Number(text)
  return Number.isNaN(number) ? (argument(args, named, 0, 'default') ?? new Float(0)) : new Float(number)
}

const html: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' }

const otherwise: Filter = (value, args, named) => {
  const boolean = truth(argument(args, named, 1, 'boolean') ?? false)
  return value instanceof Undefined || (boolean && !truth(value))
    ? args.length > 0 || named.has('default_value')
      ? argument(args, named, 0, 'default_value')!
      : empty
    : value
}

const length: Filter = (value) => lengthOf(value)
const pairs = (value: Value): readonly (readonly [Value, Value])[] => {
  if (value instanceof Undefined) return []
  if (value instanceof Dict) return value.entries()
  throw new JinjaError('Can only get item pairs from a mapping.')
}

const filters: Readonly<Record<string, Filter>> = {
  abs: (value) => {
    if (!isNumeric(value)) throw new JinjaError(`bad operand type for abs(): '${typeName(value)}'`)
    if (typeof value === 'bigint') return value < 0n ? -value : value
    const size = Math.abs(numberOf(value))
    return value instanceof Float ? new Float(size) : size
  },
  attr: (value, [name]) => attribute(value, textArgument(name, 'attr').value),
  batch: (value, args) => {
    const size = integerArgument(args[0], 'batch')
    const items = itemsOf(value)
    if (size < 1) throw new JinjaError('batch of no items')
    return new List(
      Array.from({ length: Math.ceil(items.length / size) }, (_, i) => new List(items.slice(i * size, (i + 1) * size))),
    )
  },
  capitalize: (value) => capitalize(str(value)),
  count: length,
  default: otherwise,
  d: otherwise,
  dictsort: (value, args, named) => {
    const place = (argument(args, named, 1, 'by') as Text | undefined)?.value === 'value' ? 1 : 0
    const key = (pair: Value) =>
      folded((pair as List).items[place]!, argument(args, named, 0, 'case_sensitive') === true)
    const items = pairs(value).map((pair) => new List(pair, true))
    return new List(sorted(items, key, argument(args, named, 2, 'reverse') === true))
  },
  e: (value) => str(value).translate((character) => html[character] ?? character),
  escape: (value) => str(value).translate((character) => html[character] ?? character),
  first: (value) => orUndefined(itemsOf(value)[0], 'No first item, sequence was empty.'),
  float: toFloat,
  format: (value, args, named) =>
    percent(
      str(value),
      named.size > 0 ? new Dict([...named].map(([name, of]) => [new Text(name), of])) : new List(args, true),
    ),
  groupby: (value, args, named) => {
    const of = attributeOf(argument(args, named, 0, 'attribute'))
    const groups: [Value, Value[]][] = []
    for (const each of sorted(itemsOf(value), of, false)) {
      const last = groups.at(-1)
      if (last !== undefined && equal(last[0], of(each))) last[1].push(each)
      else groups.push([of(each), [each]])
    }
    return new List(groups.map(([key, items]) => new List([key, new List(items)], true)))
  },
  indent,
  int: toInteger,
  items: (value) => new List(pairs(value).map((pair) => new List(pair, true))),
  join: (value, args, named) => {
    const of = attributeOf(argument(args, named, 1, 'attribute'))
    return join(
      itemsOf(value).map((each) => str(of(each))),
      str(argument(args, named, 0, 'd') ?? empty),
    )
  },
  last: (value) => orUndefined(itemsOf(value).at(-1), 'No last item, sequence was empty.'),
  length,
  list: (value) => new List(itemsOf(value)),
  lower: (value) => lower(str(value)),
  map: (value, args, named) => {
    const attributeName = named.get('attribute')
    const instead = named.get('default')
    const [name, ...rest] = args
    if (attributeName === undefined && name === undefined) throw new JinjaError('map requires a filter argument')
    const change = (each: Value): Value => {
      if (attributeName === undefined) return filterNamed(textArgument(name, 'a filter').value)(each, rest, named)
      const found = path(each, attributeName)
      return found instanceof Undefined && instead !== undefined ? instead : found
    }
    return new List(itemsOf(value).map(change))
  },
  max: extreme(1),
  min: extreme(-1),
  pprint: (value) => str(value),
  reject: choosing(false, false),
  rejectattr: choosing(false, true),
  replace: (value, args, named) => replace(str(value), args, named),
  reverse: (value) => {
    const items = [...itemsOf(value)].reverse()
    return value instanceof Text ? concat(items as Text[]) : new List(items)
  },
  round,
  safe: (value) => value,
  select: choosing(true, false),
  selectattr: choosing(true, true),
  sort: (value, args, named) => {
    const of = attributeOf(argument(args, named, 2, 'attribute'))
    const sensitive = argument(args, named, 1, 'case_sensitive') === true
    return new List(
      sorted(itemsOf(value), (each) => folded(of(each), sensitive), argument(args, named, 0, 'reverse') === true),
    )
  },
  string: (value) => str(value),
  sum: (value, args, named) => {
    const of = attributeOf(argument(args, named, 0, 'attribute'))
    const items = [argument(args, named, 1, 'start') ?? 0, ...itemsOf(value).map(of)]
    return items.reduce((sum, each) => arithmetic('+', sum, each))
  },
  title: (value) => stringMethod('title')!(str(value), [], new Map()),
  tojson: (value, args, named) => {
    const indentation = argument(args, named, 1, 'indent') ?? null
    const separators = argument(args, named, 2, 'separators') ?? null
    const pair = separators === null ? undefined : itemsOf(separators).map((each) => textArgument(each, 'a separator'))
    return jsonText(defined(value), {
      ascii: truth(argument(args, named, 0, 'ensure_ascii') ?? false),
      sortKeys: truth(argument(args, named, 3, 'sort_keys') ?? false),
      ...(pair === undefined ? {} : { separators: pair as unknown as readonly [Text, Text] }),
      ...(indentation === null
        ? {}
        : {
            indent:
              indentation instanceof Text ? indentation : new Text(' ').repeat(integerArgument(indentation, 'indent')),
          }),
    })
  },
  trim: (value, args, named) => strip(str(value), argument(args, named, 0, 'chars')),
  truncate: (value, args, named) => {
    const most = integerArgument(argument(args, named, 0, 'length') ?? 255, 'the length of truncate')
    const whole = str(value)
    const end = str(argument(args, named, 2, 'end') ?? new Text('...'))
    const leeway = integerArgument(argument(args, named, 3, 'leeway') ?? 5, 'the leeway of truncate')
    if (lengthOf(whole) <= most + leeway) return whole
    const cut = concat(itemsOf(whole).slice(0, Math.max(0, most - lengthOf(end))) as Text[])
    const blank = cut.value.lastIndexOf(' ')
    const words = argument(args, named, 1, 'killwords') === true || blank === -1 ? cut : cut.slice(0, blank)
    return concat([words, end])
  },
  unique: (value, args, named) => {
    const of = attributeOf(argument(args, named, 1, 'attribute'))
    const sensitive = argument(args, named, 0, 'case_sensitive') === true
    const kept: Value[] = []
    for (const each of itemsOf(value))
      if (!kept.some((other) => equal(folded(of(other), sensitive), folded(of(each), sensitive)))) kept.push(each)
    checkItems(kept.length)
    return new List(kept)
  },
  upper: (value) => upper(str(value)),
  urlencode: (value) => str(value).translate((character) => encodeURIComponent(character).replace(/%2F/g, '/')),
  wordcount: (value) => str(value).value.match(/\w+/gu)?.length ?? 0,
}

/** The filter of this name. Throws a JinjaError if there is none. */
export function filterNamed(name: string): Filter {
  if (Object.hasOwn(filters, name)) return filters[name]!
  throw new JinjaError(`No filter named '${name}'.`)
}
