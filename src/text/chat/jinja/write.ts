/** Writes values like Python's `str()` and `repr()`, and as JSON like transformers' `tojson`. */

import { JinjaError } from './limits.ts'
import { concat, empty, join, Text } from './text.ts'
import { Dict, Float, isInteger, List, typeName, Undefined, type Value } from './value.ts'

/** The text that `{{ value }}` writes. */
export function str(value: Value): Text {
  if (value instanceof Text) return value
  if (value instanceof Undefined) return empty
  return repr(value)
}

export function repr(value: Value): Text {
  if (value === null) return new Text('None')
  if (typeof value === 'boolean') return new Text(value ? 'True' : 'False')
  if (isInteger(value)) return new Text(String(value))
  if (value instanceof Float) return new Text(floatText(value.value))
  if (value instanceof Text) return quoted(value)
  if (value instanceof Undefined) return new Text('Undefined')
  if (value instanceof List) {
    const items = join(value.items.map(repr), new Text(', '))
    if (!value.tuple) return concat([new Text('['), items, new Text(']')])
    return concat([new Text('('), items, new Text(value.items.length === 1 ? ',)' : ')')])
  }
  if (value instanceof Dict) {
    const entries = value.entries().map(([key, of]) => concat([repr(key), new Text(': '), repr(of)]))
    return concat([new Text('{'), join(entries, new Text(', ')), new Text('}')])
  }
  return new Text(`<${typeName(value)}>`)
}

/** A float as Python writes it: 1.0, 1e-05, 1e+16. */
export function floatText(value: number): string {
  if (Number.isNaN(value)) return 'nan'
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf'
  const size = Math.abs(value)
  if (value !== 0 && (size >= 1e16 || size < 1e-4)) {
    const [digits, exponent] = value.toExponential().split('e') as [string, string]
    return `${digits}e${exponent[0]}${exponent.slice(1).padStart(2, '0')}`
  }
  const text = Object.is(value, -0) ? '-0' : String(value)
  return text.includes('.') ? text : `${text}.0`
}

const escapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
])

function quoted(text: Text): Text {
  const quote = text.value.includes("'") && !text.value.includes('"') ? '"' : "'"
  const body = text.translate((character) => {
    if (character === quote) return `\\${quote}`
    const short = escapes.get(character)
    if (short !== undefined) return short
    if (character === ' ' || !/[\p{C}\p{Z}]/u.test(character)) return character
    const code = character.codePointAt(0)!
    if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`
    if (code < 0x10000) return `\\u${code.toString(16).padStart(4, '0')}`
    return `\\U${code.toString(16).padStart(8, '0')}`
  })
  return concat([new Text(quote), body, new Text(quote)])
}

export interface JsonOptions {
  readonly indent?: Text | undefined
  readonly separators?: readonly [Text, Text] | undefined
  readonly sortKeys?: boolean
  readonly ascii?: boolean
}

/** The value as `json.dumps(value, ensure_ascii=False)` writes it. */
export function jsonText(value: Value, options: JsonOptions = {}, depth = 0): Text {
  const { indent, sortKeys = false } = options
  const [between, colon] = options.separators ?? [new Text(indent === undefined ? ', ' : ','), new Text(': ')]
  if (value === null) return new Text('null')
  if (typeof value === 'boolean' || isInteger(value)) return new Text(String(value))
  if (value instanceof Float)
    return new Text(Number.isFinite(value.value) ? floatText(value.value) : value.value > 0 ? 'Infinity' : 'NaN')
  if (value instanceof Text) return jsonString(value, options.ascii === true)
  const line = (at: number) => (indent === undefined ? empty : concat([new Text('\n'), indent.repeat(at)]))
  const within = (open: string, parts: readonly Text[], close: string) => {
    if (parts.length === 0) return new Text(open + close)
    const separator = concat([between, line(depth + 1)])
    return concat([new Text(open), line(depth + 1), join(parts, separator), line(depth), new Text(close)])
  }
  if (value instanceof List)
    return within(
      '[',
      value.items.map((item) => jsonText(item, options, depth + 1)),
      ']',
    )
  if (value instanceof Dict) {
    const entries = value.entries().map(([key, of]): [Text, Value] => [jsonKey(key), of])
    if (sortKeys) entries.sort(([a], [b]) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0))
    return within(
      '{',
      entries.map(([key, of]) =>
        concat([jsonString(key, options.ascii === true), colon, jsonText(of, options, depth + 1)]),
      ),
      '}',
    )
  }
  throw new JinjaError(`Object of type ${typeName(value)} is not JSON serializable`)
}

function jsonKey(key: Value): Text {
  return key instanceof Text ? key : jsonText(key)
}

function jsonString(text: Text, ascii: boolean): Text {
  const body = text.translate((character) => {
    const escaped = character === '"' || character === '\\' || character < ' '
    const plain = escaped ? JSON.stringify(character).slice(1, -1) : character
    if (!ascii) return plain
    return plain.replace(/[\x7f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
  })
  return concat([new Text('"'), body, new Text('"')])
}
