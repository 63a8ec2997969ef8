/** Reads the footer of a Parquet file: its schema, and where the row groups are. */

import type { FileHandle } from 'node:fs/promises'
import { open } from 'node:fs/promises'
import { type FileMetaData, parquetMetadata, parquetSchema, type RowGroup, type SchemaTree } from 'hyparquet'
import type { InputFile } from '../../../core/kind/stage.ts'
import { physicalSchema } from './schema.ts'

export interface Footer {
  /** The schema as the file has it. */
  readonly schema: SchemaTree
  /** The same schema without the types that hyparquet would convert with a loss: see `physicalSchema`. */
  readonly physical: SchemaTree
  readonly groups: readonly Group[]
  /** The size of the file, in bytes. */
  readonly size: number
}

export interface Group {
  readonly columns: RowGroup['columns']
  readonly rows: number
  /** The number of rows in the groups before it. */
  readonly before: number
  /** The first byte of its columns. */
  readonly start: number
}

/** The largest footer, in bytes. */
const maxBytes = 256 * 1024 ** 2

/** A Parquet file, or a part of it, cannot be decoded; `message` says why. */
export class ParquetError extends Error {}

let latest: { readonly file: InputFile; readonly footer: Promise<Footer> } | undefined

/** The footer of a file. Throws a ParquetError if it cannot be read. The last footer is remembered, because each part of a file needs it. */
export function footerOf(file: InputFile): Promise<Footer> {
  if (latest?.file !== file) latest = { file, footer: readFooter(file) }
  return latest.footer
}

async function readFooter(file: InputFile): Promise<Footer> {
  const handle = await open(file.path)
  try {
    const { size } = await handle.stat()
    const metadata = await metadataOf(handle, size)
    const schema = parquetSchema(metadata)
    const physical = parquetSchema({ schema: physicalSchema(schema) })
    let before = 0
    const groups = metadata.row_groups.map((group, i): Group => {
      const rows = Number(group.num_rows)
      if (!Number.isSafeInteger(rows) || rows < 0)
        throw new ParquetError(`row group ${i + 1} has ${group.num_rows} rows`)
      const starts = group.columns.map(({ meta_data: data }) => (data === undefined ? 0 : startOf(data)))
      const made = { columns: group.columns, rows, before, start: starts.reduce((a, b) => Math.min(a, b), size) }
      before += rows
      return made
    })
    return { schema, physical, groups, size }
  } catch (error) {
    if (error instanceof ParquetError) throw error
    throw new ParquetError(`its footer cannot be decoded (${(error as Error).message})`)
  } finally {
    await handle.close()
  }
}

/** The first byte of a column in a row group. */
export function startOf(data: NonNullable<RowGroup['columns'][number]['meta_data']>): number {
  const { dictionary_page_offset: dictionary, data_page_offset: page } = data
  // Some writers give 0 for a dictionary that does not exist.
  return Number(dictionary !== undefined && dictionary > 0n && dictionary < page ? dictionary : page)
}

async function metadataOf(handle: FileHandle, size: number): Promise<FileMetaData> {
  const tail = await bytesAt(handle, Math.max(0, size - 8), Math.min(8, size))
  const magic = tail.toString('latin1', 4)
  if (magic === 'PARE') throw new ParquetError('it is encrypted')
  if (size < 12 || magic !== 'PAR1') throw new ParquetError('it has no footer: is it cut off, or not a Parquet file?')
  const length = tail.readUInt32LE(0)
  if (length + 12 > size) throw new ParquetError('its footer is longer than the file: is it cut off?')
  if (length > maxBytes) throw new ParquetError('its footer is larger than 256 MiB')
  return parquetMetadata(await bytesAt(handle, size - 8 - length, length + 8), { geoparquet: false })
}

/** Bytes of a file. Throws a ParquetError if the file ends before. */
export async function bytesAt(handle: FileHandle, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafeSlow(length)
  let at = 0
  while (at < length) {
    const { bytesRead } = await handle.read(bytes, at, length - at, start + at)
    if (bytesRead === 0) throw new ParquetError('the file ends too early')
    at += bytesRead
  }
  return bytes
}
