/**
 * Converts values of Parquet to JSON without a loss: integers and decimals keep their digits, times keep their unit. Bytes that are not text
 * become base64.
 */

import { isUtf8 } from 'node:buffer'
import type { ParquetParsers, SchemaElement, SchemaTree } from 'hyparquet'
import { ExactNumber } from '../../../core/values/exact-number.ts'
import type { Json } from '../../../core/values/json.ts'
import { parseExact } from '../../json/exact-json.ts'
import { isJson, isText } from './schema.ts'

/** A text with bytes that are not UTF-8. hyparquet takes it where a text may stand. */
class DamagedText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }

  toString(): string {
    return this.text
  }
}

/** The parsers that hyparquet calls for the types that `physicalSchema` leaves. Times stay numbers. */
export const parsers: Pick<ParquetParsers, 'stringFromBytes' | 'timestampFromNanoseconds'> = {
  stringFromBytes(bytes: Uint8Array | undefined) {
    if (bytes === undefined) return undefined
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    return text.includes('\ufffd') && !isUtf8(bytes) ? new DamagedText(text) : text
  },
  // Dates in 96 bits have no other type.
  timestampFromNanoseconds: (nanoseconds: bigint) => nanoseconds,
}

/** Receives the losses of a converter in one row. */
export interface RowNotes {
  /** A text had bytes that are not UTF-8. */
  damaged(): void
  /** Bytes became base64. */
  packed(): void
}

/** Converts a value that hyparquet has assembled. */
export type Converter = (value: unknown, notes: RowNotes) => Json

/** The converter of a column. `node`: the column in the schema of the file. */
export function converterOf(node: SchemaTree): Converter {
  const convert = node.children.length > 0 ? groupConverter(node) : leafConverter(node.element)
  const one: Converter = (value, notes) => (value === undefined || value === null ? null : convert(value, notes))
  if (node.element.repetition_type !== 'REPEATED') return one
  return (value, notes) => (value as readonly unknown[]).map((each) => one(each, notes))
}

function groupConverter(node: SchemaTree): Converter {
  const [only] = node.children
  const { converted_type: type } = node.element
  if (type === 'LIST' && node.children.length === 1 && only?.element.repetition_type === 'REPEATED') {
    const item = only.children.length === 1 ? converterOf(only.children[0]!) : converterOf(withoutRepetition(only))
    return (value, notes) => (value as readonly unknown[]).map((each) => item(each, notes))
  }
  if (type === 'MAP' && node.children.length === 1 && only?.children.length === 2) {
    const item = converterOf(only.children[1]!)
    return (value, notes) =>
      Object.fromEntries(Object.entries(value as object).map(([name, each]) => [name, item(each, notes)]))
  }
  const members = node.children.map((child) => [child.element.name, converterOf(child)] as const)
  return (value, notes) => {
    const struct = value as Readonly<Record<string, unknown>>
    return Object.fromEntries(members.map(([name, convert]) => [name, convert(struct[name], notes)]))
  }
}

function withoutRepetition(node: SchemaTree): SchemaTree {
  return { ...node, element: { ...node.element, repetition_type: 'OPTIONAL' } }
}

function leafConverter(element: SchemaElement): Converter {
  const { type, converted_type: converted, logical_type: logical } = element
  if (isJson(element)) return (value, notes) => jsonIn(textOf(value, notes))
  if (isText(element) || logical?.type === 'UUID') return textOf
  if (converted === 'DECIMAL' || logical?.type === 'DECIMAL') {
    const scale = element.scale ?? (logical?.type === 'DECIMAL' ? logical.scale : 0)
    return (value) => numberOf(decimal(value instanceof Uint8Array ? signed(value) : BigInt(value as bigint), scale))
  }
  if (converted === 'DATE' || logical?.type === 'DATE') return (value) => dateOf(BigInt(value as number))
  const unit = unitOf(element)
  if (unit !== undefined) {
    const isTime = logical?.type === 'TIME' || converted?.startsWith('TIME_') === true
    const isUtc = logical?.type === 'TIMESTAMP' ? logical.isAdjustedToUTC : type !== 'INT96'
    return (value) => {
      const count = BigInt(value as bigint)
      return isTime
        ? timeOf(count, unit)
        : `${dateOf(floor(count, unit.perDay), true)}T${timeOf(count, unit)}${isUtc ? 'Z' : ''}`
    }
  }
  if (type === 'INT64') {
    const isUnsigned = converted === 'UINT_64' || (logical?.type === 'INTEGER' && !logical.isSigned)
    return (value) => integer(isUnsigned ? BigInt.asUintN(64, value as bigint) : (value as bigint))
  }
  if (type === 'INT32') {
    const isUnsigned = converted?.startsWith('UINT') === true || (logical?.type === 'INTEGER' && !logical.isSigned)
    return (value) => (isUnsigned ? (value as number) >>> 0 : (value as number))
  }
  if (type === 'BYTE_ARRAY' && converted === undefined && logical === undefined) return bytesOf
  if (type === 'BYTE_ARRAY' || (type === 'FIXED_LEN_BYTE_ARRAY' && logical?.type !== 'FLOAT16')) return base64
  // JSON has no NaN and no infinity.
  return (value) => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : (value as boolean | number))
}

function textOf(value: unknown, notes: RowNotes): string {
  if (typeof value === 'string') return value
  notes.damaged()
  return (value as DamagedText).text
}

/** The JSON of a column of JSON; a text that is not JSON stays a text. */
function jsonIn(text: string): Json {
  try {
    return parseExact(text)
  } catch {
    return text
  }
}

/** Bytes without a type: old writers mark texts so. */
function bytesOf(value: unknown, notes: RowNotes): string {
  const bytes = value as Uint8Array
  return isUtf8(bytes)
    ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
    : base64(bytes, notes)
}

function base64(value: unknown, notes: RowNotes): string {
  notes.packed()
  return Buffer.from(value as Uint8Array).toString('base64')
}

function integer(value: bigint): Json {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER
    ? Number(value)
    : new ExactNumber(String(value))
}

/** The signed integer of bytes, the highest first. */
function signed(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString('hex')}`))
}

function decimal(value: bigint, scale: number): string {
  if (scale <= 0) return String(value * 10n ** BigInt(-scale))
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  return `${value < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The number that digits stand for, with its digits if JavaScript would print others. */
function numberOf(digits: string): Json {
  const value = Number(digits)
  return String(value) === digits ? value : new ExactNumber(digits)
}

interface Unit {
  readonly perDay: bigint
  readonly perSecond: bigint
  /** The number of digits after the seconds. */
  readonly digits: number
}

const units = {
  MILLIS: { perDay: 86_400_000n, perSecond: 1_000n, digits: 3 },
  MICROS: { perDay: 86_400_000_000n, perSecond: 1_000_000n, digits: 6 },
  NANOS: { perDay: 86_400_000_000_000n, perSecond: 1_000_000_000n, digits: 9 },
} satisfies Record<string, Unit>

function unitOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): Unit | undefined {
  if (type === 'INT96') return units.NANOS
  if (logical?.type === 'TIMESTAMP' || logical?.type === 'TIME') return units[logical.unit]
  if (converted === 'TIMESTAMP_MILLIS' || converted === 'TIME_MILLIS') return units.MILLIS
  return converted === 'TIMESTAMP_MICROS' || converted === 'TIME_MICROS' ? units.MICROS : undefined
}

function floor(value: bigint, by: bigint): bigint {
  const rest = value % by
  return (value - rest) / by - (rest < 0n ? 1n : 0n)
}

/** The date of a number of days since 1970; a number of days that JavaScript's calendar does not reach is written as it is. */
function dateOf(days: bigint, inTime = false): string {
  const date = new Date(Number(days) * 86_400_000)
  if (Number.isNaN(date.getTime())) return inTime ? `1970-01-01+${days}d` : String(days)
  return date.toISOString().split('T')[0]!
}

/** The time of the day, `03:04:05.000006`. */
function timeOf(count: bigint, { perDay, perSecond, digits }: Unit): string {
  const ofDay = count - floor(count, perDay) * perDay
  const seconds = Number(ofDay / perSecond)
  const two = (value: number) => String(Math.trunc(value)).padStart(2, '0')
  const fraction = String(ofDay % perSecond).padStart(digits, '0')
  return `${two(seconds / 3600)}:${two((seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`
}
