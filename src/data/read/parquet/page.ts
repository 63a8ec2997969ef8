/**
 * Decodes a page of values. Levels, indices and lengths are checked here; hyparquet decodes the rest. Whatever a damaged page claims, its values take
 * no more memory than their number and the bytes of the page allow.
 */

import type { DecodedArray, PageHeader } from 'hyparquet'
import type { convert } from 'hyparquet/src/convert.js'
import { deltaBinaryUnpack } from 'hyparquet/src/delta.js'
import { byteStreamSplit } from 'hyparquet/src/encoding.js'
import { readPlain } from 'hyparquet/src/plain.js'
import { getMaxDefinitionLevel, getMaxRepetitionLevel } from 'hyparquet/src/schema.js'
import { ParquetError } from './footer.ts'
import { readHybrid } from './hybrid.ts'

/** The description of a column that hyparquet needs; it exports the type only as that of an argument. */
export type ColumnDecoder = Parameters<typeof convert>[1]
type DataReader = Parameters<typeof readPlain>[0]

export interface PageValues {
  /** Empty if no value is missing. */
  readonly definitions: number[]
  /** Empty if the column has no lists. */
  readonly repetitions: number[]
  /** The values that are not missing; indices if `isIndexed`. */
  readonly values: DecodedArray
  readonly isIndexed: boolean
}

/** Unpacks bytes to `length` bytes. */
type Unpack = (bytes: Uint8Array, length: number) => Uint8Array

/** The largest block of deltas, in values. */
const maxBlock = 2 ** 20

/** Decodes a page of either version. `bytes`: as they are in the file. */
export function readValues(bytes: Uint8Array, header: PageHeader, decoder: ColumnDecoder, unpack: Unpack): PageValues {
  const { data_page_header: first, data_page_header_v2: second, uncompressed_page_size: size } = header
  const own = second ?? first
  if (own === undefined) throw new ParquetError('a page of values has no header')
  const count = own.num_values
  const maxRepetition = getMaxRepetitionLevel(decoder.schemaPath)
  const maxDefinition = getMaxDefinitionLevel(decoder.schemaPath)
  let rest: Uint8Array
  let repetitionBytes: Uint8Array = bytes
  let definitionBytes: Uint8Array = bytes
  if (second === undefined) {
    rest = unpack(bytes, size)
    if (maxRepetition > 0) [repetitionBytes, rest] = prefixed(rest)
    if (maxDefinition > 0) [definitionBytes, rest] = prefixed(rest)
  } else {
    const { repetition_levels_byte_length: some, definition_levels_byte_length: more } = second
    if (!(some >= 0 && more >= 0 && some + more <= bytes.length))
      throw new ParquetError('the levels do not fit into a page')
    repetitionBytes = bytes.subarray(0, some)
    definitionBytes = bytes.subarray(some, some + more)
    rest = bytes.subarray(some + more)
    if (second.is_compressed !== false && size > some + more) rest = unpack(rest, size - some - more)
  }
  const levels = (of: Uint8Array, most: number) => {
    const read = Array.from(readHybrid(of, 32 - Math.clz32(most), count))
    if (read.some((level) => level > most)) throw new ParquetError('a level is too high')
    return read
  }
  const repetitions = maxRepetition > 0 ? levels(repetitionBytes, maxRepetition) : []
  let definitions = maxDefinition > 0 ? levels(definitionBytes, maxDefinition) : []
  const present = maxDefinition > 0 ? definitions.filter((level) => level === maxDefinition).length : count
  if (present === count) definitions = []
  const isIndexed = own.encoding.endsWith('_DICTIONARY')
  return { definitions, repetitions, values: valuesIn(rest, own.encoding, present, decoder), isIndexed }
}

/** Bytes that follow their length, and the bytes after them. */
function prefixed(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  if (bytes.length < 4) throw new ParquetError('a page ends too early')
  const length = readerOf(bytes).view.getUint32(0, true)
  if (length > bytes.length - 4) throw new ParquetError('the levels do not fit into a page')
  return [bytes.subarray(4, 4 + length), bytes.subarray(4 + length)]
}

function readerOf(bytes: Uint8Array): DataReader {
  return { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: 0 }
}

function valuesIn(bytes: Uint8Array, encoding: string, count: number, { type, element }: ColumnDecoder): DecodedArray {
  if (count === 0) return []
  const reader = readerOf(bytes)
  switch (encoding) {
    case 'PLAIN':
      return readPlainValues(bytes, type, count, element.type_length)
    case 'PLAIN_DICTIONARY':
    case 'RLE_DICTIONARY':
      if (bytes.length === 0) throw new ParquetError('a page ends too early')
      return readHybrid(bytes.subarray(1), bytes[0]!, count)
    case 'RLE':
      if (type !== 'BOOLEAN') throw new ParquetError('run lengths of values that are not booleans')
      return Array.from(readHybrid(prefixed(bytes)[0], 1, count), (bit) => bit === 1)
    case 'BYTE_STREAM_SPLIT':
      if (count > bytes.length) throw new ParquetError('a page ends too early')
      return byteStreamSplit(reader, count, type, element.type_length)
    case 'DELTA_BINARY_PACKED':
      return type === 'INT32' ? deltas(reader, count) : longDeltas(reader, count)
    case 'DELTA_LENGTH_BYTE_ARRAY':
      return slices(bytes, deltas(reader, count), reader)
    case 'DELTA_BYTE_ARRAY': {
      const prefixes = deltas(reader, count)
      const suffixes = slices(bytes, deltas(reader, count), reader)
      return withPrefixes(prefixes, suffixes)
    }
    default:
      throw new ParquetError(`the encoding ${encoding} is not supported`)
  }
}

/** Values one after the other. `length`: of each value, if it is the same for all. */
export function readPlainValues(
  bytes: Uint8Array,
  type: ColumnDecoder['type'],
  count: number,
  length: number | undefined,
): DecodedArray {
  // A boolean takes a bit.
  if (count > bytes.length * 8 || (type !== 'BOOLEAN' && count > bytes.length))
    throw new ParquetError('a page ends too early')
  const reader = readerOf(bytes)
  const values = readPlain(reader, type, count, length)
  // hyparquet would take bytes of the next page.
  if (reader.offset > bytes.length) throw new ParquetError('a page ends too early')
  return values
}

function deltas(reader: DataReader, count: number): Int32Array {
  checkBlock(reader)
  const values = new Int32Array(count)
  deltaBinaryUnpack(reader, count, values)
  return values
}

function longDeltas(reader: DataReader, count: number): BigInt64Array {
  checkBlock(reader)
  const values = new BigInt64Array(count)
  deltaBinaryUnpack(reader, count, values)
  return values
}

/** Checks the sizes at the beginning of deltas, with which memory is allocated. */
function checkBlock({ view, offset }: DataReader): void {
  let at = offset
  const number = () => {
    let value = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = view.getUint8(at++)
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    return maxBlock + 1
  }
  const [block, parts] = [number(), number()]
  if (block > maxBlock || parts > block || parts === 0 || block % parts !== 0)
    throw new ParquetError('a block of deltas has a wrong size')
}

function slices(bytes: Uint8Array, lengths: Int32Array, reader: DataReader): Uint8Array[] {
  let at = reader.offset
  return Array.from(lengths, (length) => {
    if (length < 0 || at + length > bytes.length) throw new ParquetError('a value does not fit into its page')
    at += length
    return bytes.subarray(at - length, at)
  })
}

/** The most bytes that the values of a page may have once their prefixes are repeated. */
const maxRepeated = 2 ** 29

function withPrefixes(prefixes: Int32Array, suffixes: readonly Uint8Array[]): Uint8Array[] {
  let last: Uint8Array = new Uint8Array()
  let total = 0
  return suffixes.map((suffix, i) => {
    const prefix = prefixes[i]!
    if (prefix < 0 || prefix > last.length)
      throw new ParquetError('a value begins with more than the value before it has')
    total += prefix + suffix.length
    if (total > maxRepeated) throw new ParquetError('the values of a page are too large')
    if (prefix > 0) {
      const whole = new Uint8Array(prefix + suffix.length)
      whole.set(last.subarray(0, prefix))
      whole.set(suffix, prefix)
      last = whole
    } else last = suffix
    return last
  })
}
