/** Writes documents as one Parquet file. Two passes: the first finds the type of each column, the second writes row groups. */

import { fileWriter, ParquetWriter } from 'hyparquet-writer'
import type { Json } from '../core/values/json.ts'
import { type Document, type Fields, idOf } from './document.ts'

type SchemaElement = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number]

/** The type of a column: of all its values the narrowest that holds them without a loss. `long`: integers that doubles do not hold. */
type ColumnType = 'null' | 'boolean' | 'integer' | 'long' | 'double' | 'text' | 'json'

/** A row group ends after the document with which it reaches this many UTF-16 units of text and fields, or this many rows. */
const groupLength = 32 * 1024 ** 2
const groupRows = 20_000

/**
 * Writes documents to the file `path`. `documents` is called twice, and has to give the same documents. Nested values, and columns whose values have
 * several types, are JSON. Returns the number of rows.
 */
export async function writeParquet(
  documents: (phase: string) => AsyncIterable<readonly Document[]>,
  path: string,
): Promise<number> {
  const types = new Map<string, ColumnType>()
  for await (const batch of documents('types'))
    for (const { fields, sources } of batch)
      for (const [name, value] of Object.entries(fields))
        types.set(name, joined(types.get(name) ?? 'null', typeOf(value as Json, sources?.get(name))))
  const columns = [...types].map(([name, type]) => ({ name, type }))
  const schema: SchemaElement[] = [
    { name: 'root', num_children: columns.length + 2 },
    element('id', 'text', 'REQUIRED'),
    element('text', 'text', 'REQUIRED'),
    ...columns.map(({ name, type }) => element(name, type, 'OPTIONAL')),
  ]
  const writer = new ParquetWriter({ writer: fileWriter(path), schema, createdBy: 'llmpipe' })
  let group: Document[] = []
  let length = 0
  let rows = 0
  const flush = async () => {
    if (group.length === 0) return
    await writer.write({
      columnData: [
        { name: 'id', data: group.map(idOf) },
        { name: 'text', data: group.map(({ text }) => text) },
        ...columns.map(({ name, type }) => ({
          name,
          data: group.map((document) => columnValue(document, name, type)),
        })),
      ],
      rowGroupSize: group.length,
    })
    rows += group.length
    group = []
    length = 0
  }
  for await (const batch of documents('rows'))
    for (const document of batch) {
      group.push(document)
      length += document.text.length + sizeOf(document.fields)
      if (length >= groupLength || group.length >= groupRows) await flush()
    }
  await flush()
  await writer.finish()
  return rows
}

/** About how many UTF-16 units a value takes in memory. */
function sizeOf(value: Json | Fields | undefined): number {
  if (typeof value === 'string') return value.length
  if (value === null || typeof value !== 'object') return 4
  return Object.values(value).reduce<number>((sum, each: Json | undefined) => sum + sizeOf(each), 4)
}

/** `source`: the digits of a value that JavaScript would print differently. */
function typeOf(value: Json, source: string | undefined): ColumnType {
  if (source !== undefined) {
    if (/^-?\d{1,19}$/.test(source) && BigInt.asIntN(64, BigInt(source)) === BigInt(source))
      return Number.isSafeInteger(Number(source)) ? 'integer' : 'long'
    // Any fraction of 15 digits is one double.
    return /^-?\d+\.\d+$/.test(source) && source.replace(/\D/g, '').length <= 15 ? 'double' : 'json'
  }
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'boolean'
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'integer' : 'double'
  return typeof value === 'string' ? 'text' : 'json'
}

function joined(one: ColumnType, other: ColumnType): ColumnType {
  if (one === other || other === 'null') return one
  if (one === 'null') return other
  const pair = [one, other].sort().join()
  if (pair === 'double,integer') return 'double'
  return pair === 'integer,long' ? 'long' : 'json'
}

function element(name: string, type: ColumnType, repetition: 'REQUIRED' | 'OPTIONAL'): SchemaElement {
  const own = { name, repetition_type: repetition }
  switch (type) {
    case 'boolean':
      return { ...own, type: 'BOOLEAN' }
    case 'integer':
    case 'long':
      return { ...own, type: 'INT64' }
    case 'double':
      return { ...own, type: 'DOUBLE' }
    case 'json':
      // With the older `converted_type`, hyparquet-writer would write the JSON of a text.
      return { ...own, type: 'BYTE_ARRAY', logical_type: { type: 'JSON' } }
    case 'text':
    case 'null':
      return { ...own, type: 'BYTE_ARRAY', converted_type: 'UTF8' }
  }
}

function columnValue({ fields, sources }: Document, name: string, type: ColumnType): unknown {
  const value = Object.hasOwn(fields, name) ? fields[name] : null
  if (value === null || value === undefined) return null
  if (type === 'integer' || type === 'long') return BigInt(sources?.get(name) ?? (value as number))
  if (type === 'json') return Buffer.from(sources?.get(name) ?? JSON.stringify(value))
  return value
}
