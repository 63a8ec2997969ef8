/** Formats `'%s' % x`, `'{}'.format(x)` and dates as Python does. */

import { JinjaError } from './limits.ts'
import { concat, Text, TextBuilder } from './text.ts'
import { Dict, Float, isNumeric, List, lengthOf, type Numeric, numberOf, typeName, type Value } from './value.ts'
import { floatText, repr, str } from './write.ts'

/** Evaluates `text % value`. */
export function percent(text: Text, value: Value): Text {
  const values = value instanceof List && value.tuple ? value.items : [value]
  const out = new TextBuilder()
  let next = 0
  let done = 0
  const pattern = /%(?:\((?<key>[^)]*)\))?(?<flags>[#0 +-]*)(?<width>\d+)?(?:\.(?<precision>\d+))?(?<type>[a-zA-Z%])/g
  for (const match of text.value.matchAll(pattern)) {
    out.add(text.slice(done, match.index))
    done = match.index + match[0].length
    const { key, flags = '', width, precision, type } = match.groups as Readonly<Record<string, string | undefined>>
    if (type === '%') {
      out.add(new Text('%'))
      continue
    }
    let item: Value | undefined
    if (key !== undefined) item = value instanceof Dict ? value.named(key) : undefined
    else item = values[next++]
    if (item === undefined) throw new JinjaError('not enough arguments for format string')
    const digits = precision === undefined ? undefined : Number(precision)
    out.add(
      align(
        written(item, type!, digits, flags),
        flags.includes('-') ? '<' : '>',
        Number(width ?? 0),
        flags.includes('0') ? '0' : ' ',
      ),
    )
  }
  if (next < values.length && !(value instanceof Dict) && next > 0)
    throw new JinjaError('not all arguments converted during string formatting')
  if (next === 0 && done === 0 && value instanceof List && value.tuple && values.length > 0)
    throw new JinjaError('not all arguments converted during string formatting')
  out.add(text.slice(done))
  return out.text()
}

function written(value: Value, type: string, precision: number | undefined, flags: string): Text {
  if (type === 's' || type === 'r') {
    const text = type === 's' ? str(value) : repr(value)
    return precision === undefined ? text : text.slice(0, precision)
  }
  if (!isNumeric(value)) throw new JinjaError(`%${type} format: a number is required, not ${typeName(value)}`)
  return new Text(numberText(value, type, precision, flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : ''))
}

function numberText(given: Numeric, type: string, precision: number | undefined, plus: string): string {
  const value = numberOf(given)
  const sign = value < 0 ? '-' : plus
  const size = Math.abs(value)
  const whole = typeof given === 'bigint' ? (given < 0n ? -given : given) : Math.trunc(size)
  const radix = { x: 16, X: 16, o: 8, b: 2 }[type]
  if (radix !== undefined) {
    const text = whole.toString(radix)
    return sign + (type === 'X' ? text.toUpperCase() : text)
  }
  if ('diu'.includes(type)) return sign + String(whole)
  if (precision !== undefined && precision > 100) throw new JinjaError('a precision above 100')
  if ('fF'.includes(type)) return sign + size.toFixed(precision ?? 6)
  if ('eE'.includes(type)) {
    const text = size.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2')
    return sign + (type === 'E' ? text.toUpperCase() : text)
  }
  if (type === '%') return `${sign}${(size * 100).toFixed(precision ?? 6)}%`
  if ('gG'.includes(type))
    return sign + floatText(Number(size.toPrecision(precision === 0 ? 1 : (precision ?? 6)))).replace(/\.0$/, '')
  throw new JinjaError(`unsupported format character '${type}'`)
}

function align(text: Text, how: string, width: number, fill: string): Text {
  const missing = width - lengthOf(text)
  if (missing <= 0) return text
  const left = how === '<' ? 0 : how === '^' ? Math.floor(missing / 2) : missing
  const sign = fill === '0' && how !== '<' ? /^[+-]?/.exec(text.value)![0].length : 0
  const padding = (count: number) => new Text(fill).repeat(count)
  return concat([text.slice(0, sign), padding(left), text.slice(sign), padding(missing - left)])
}

/** Evaluates `text.format(…)`. */
export function formatText(text: Text, args: readonly Value[], named: ReadonlyMap<string, Value>): Text {
  const out = new TextBuilder()
  let next = 0
  let done = 0
  for (const match of text.value.matchAll(/\{\{|\}\}|\{([^{}!:]*)(?:!([rs]))?(?::([^{}]*))?\}|[{}]/g)) {
    out.add(text.slice(done, match.index))
    done = match.index + match[0].length
    if (match[0] === '{{' || match[0] === '}}') {
      out.add(new Text(match[0][0]!))
      continue
    }
    if (match[0].length === 1) throw new JinjaError(`single '${match[0]}' encountered in format string`)
    const name = match[1]!
    let value: Value | undefined
    if (name === '') value = args[next++]
    else if (/^\d+$/.test(name)) value = args[Number(name)]
    else value = named.get(name)
    if (value === undefined) throw new JinjaError(`format() has no value for {${name}}`)
    out.add(formatValue(match[2] === 'r' ? repr(value) : value, match[3] ?? ''))
  }
  out.add(text.slice(done))
  return out.text()
}

function formatValue(value: Value, spec: string): Text {
  if (spec === '') return str(value)
  const match = /^(?:(.)?([<>^=]))?([+ -])?#?(0)?(\d+)?([,_])?(?:\.(\d+))?([a-zA-Z%])?$/u.exec(spec)
  if (match === null) throw new JinjaError(`invalid format specifier '${spec}'`)
  const [, fill, how, sign, zero, width, group, precision, type] = match
  const digits = precision === undefined ? undefined : Number(precision)
  let text: Text
  if (value instanceof Text || !isNumeric(value)) text = written(value, 's', digits, '')
  else {
    const kind = type ?? (value instanceof Float ? (digits === undefined ? undefined : 'g') : 'd')
    let plain =
      kind === undefined ? floatText(numberOf(value)) : numberText(value, kind, digits, sign === '+' ? '+' : '')
    if (group !== undefined) plain = plain.replace(/\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, group))
    text = new Text(plain)
  }
  const numeric = isNumeric(value)
  return align(text, how ?? (numeric ? '>' : '<'), Number(width ?? 0), fill ?? zero ?? ' ')
}

const months = 'January February March April May June July August September October November December'.split(' ')
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

/** Formats a date (`2024-07-26`) like `strftime`, in English, at midnight. */
export function dateText(date: string, form: string): string {
  const at = new Date(`${date}T00:00:00Z`)
  const two = (value: number) => String(value).padStart(2, '0')
  const month = months[at.getUTCMonth()]!
  const day = days[at.getUTCDay()]!
  const known: Readonly<Record<string, string>> = {
    Y: String(at.getUTCFullYear()),
    y: two(at.getUTCFullYear() % 100),
    m: two(at.getUTCMonth() + 1),
    '-m': String(at.getUTCMonth() + 1),
    d: two(at.getUTCDate()),
    '-d': String(at.getUTCDate()),
    e: String(at.getUTCDate()).padStart(2, ' '),
    B: month,
    b: month.slice(0, 3),
    A: day,
    a: day.slice(0, 3),
    H: '00',
    I: '12',
    M: '00',
    S: '00',
    p: 'AM',
    F: date,
    D: `${two(at.getUTCMonth() + 1)}/${two(at.getUTCDate())}/${two(at.getUTCFullYear() % 100)}`,
    T: '00:00:00',
    Z: '',
    z: '',
    '%': '%',
  }
  return form.replace(/%(-?.)/gs, (code, name: string) => {
    const text = known[name]
    if (text === undefined) throw new JinjaError(`strftime_now does not know ${code}`)
    return text
  })
}
