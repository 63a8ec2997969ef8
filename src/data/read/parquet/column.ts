/**
 * Reads one column of a row group, a page at a time. hyparquet decodes pages; what it trusts a file with is checked before: sizes, numbers of
 * values, indices into dictionaries, and checksums if the file has them.
 */

import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { Compressors, DecodedArray, PageHeader } from 'hyparquet'
import { assembleLists } from 'hyparquet/src/assemble.js'
import { parquetHeader } from 'hyparquet/src/column.js'
import { convert, convertWithDictionary, DEFAULT_PARSERS } from 'hyparquet/src/convert.js'
import { decompressPage } from 'hyparquet/src/datapage.js'
import { getMaxRepetitionLevel, getTreePath } from 'hyparquet/src/schema.js'
import { bytesAt, type Footer, type Group, ParquetError, startOf } from './footer.ts'
import { type ColumnDecoder, readPlainValues, readValues } from './page.ts'
import { parsers } from './values.ts'

/** The largest page, in bytes: JavaScript has no longer texts. */
const maxPageBytes = 2 ** 29 - 2 ** 20

/** The most values of a page. */
const maxValues = 2 ** 24

/** The number of bytes read at once, and the longest header of a page. */
const windowBytes = 1 << 20
const maxHeaderBytes = 64 << 20

export interface OpenParquet {
  readonly handle: FileHandle
  readonly footer: Footer
  readonly codecs: Compressors
}

export class ColumnReader {
  readonly #handle: FileHandle
  readonly #decoder: ColumnDecoder
  readonly #isRepeated: boolean
  /** The bytes of the column that are held, and where they are in the file. */
  #window: Buffer = Buffer.alloc(0)
  #at: number
  readonly #end: number
  #dictionary: DecodedArray | undefined
  #rows: ArrayLike<unknown> = []
  #taken = 0
  /** Whether the last of `#rows` may continue in the next page. */
  #isOpen = false

  /** `column`: the place of the column in the row group. */
  constructor({ handle, footer, codecs }: OpenParquet, { columns }: Group, column: number) {
    const { meta_data: data, file_path: elsewhere } = columns[column] ?? {}
    if (data === undefined) throw new ParquetError('the footer does not describe it (is the file encrypted?)')
    if (elsewhere !== undefined) throw new ParquetError(`its bytes are in another file, ${elsewhere}`)
    const schemaPath = getTreePath(footer.physical, data.path_in_schema)
    this.#handle = handle
    this.#decoder = {
      pathInSchema: data.path_in_schema,
      schemaPath,
      element: schemaPath.at(-1)!.element,
      type: data.type,
      codec: data.codec,
      compressors: codecs,
      parsers: { ...DEFAULT_PARSERS, ...parsers },
      utf8: false,
    }
    this.#isRepeated = getMaxRepetitionLevel(schemaPath) > 0
    this.#at = startOf(data)
    this.#end = this.#at + Number(data.total_compressed_size)
    if (!(this.#at >= 0) || this.#end > footer.size) throw new ParquetError('its place is behind the end of the file')
  }

  /** The name of the column, with those of the groups around it. */
  get path(): string {
    return this.#decoder.pathInSchema.join('.')
  }

  /** Reads pages until a row is complete, and returns the number of complete rows. */
  async fill(): Promise<number> {
    for (;;) {
      const ready = this.#rows.length - this.#taken - (this.#isOpen ? 1 : 0)
      if (ready > 0) return ready
      if (this.#at >= this.#end) {
        if (!this.#isOpen) throw new ParquetError('it has fewer rows than its row group')
        this.#isOpen = false
      } else await this.#readPage()
    }
  }

  /** The next rows; `fill` has returned at least `count`. */
  take(count: number): unknown[] {
    const rows = Array.prototype.slice.call(this.#rows, this.#taken, this.#taken + count) as unknown[]
    this.#taken += count
    return rows
  }

  async #readPage(): Promise<void> {
    const header = await this.#readHeader()
    const { compressed_page_size: packed, uncompressed_page_size: unpacked } = header
    if (!(packed >= 0 && packed <= this.#end - this.#at && packed <= maxPageBytes))
      throw new ParquetError(`a page of ${packed} bytes does not fit into its column`)
    if (!(unpacked >= 0 && unpacked <= maxPageBytes)) throw new ParquetError(`a page of ${unpacked} bytes is too large`)
    const bytes = await this.#read(packed)
    if (header.crc !== undefined && crc32(bytes) !== header.crc >>> 0)
      throw new ParquetError('the checksum of a page is wrong')
    if (header.type === 'DICTIONARY_PAGE') this.#readDictionary(bytes, header)
    else if (header.type === 'DATA_PAGE' || header.type === 'DATA_PAGE_V2') this.#readData(bytes, header)
    else if (header.type !== 'INDEX_PAGE') throw new ParquetError('a page has an unknown type')
  }

  async #readHeader(): Promise<PageHeader> {
    for (let length = windowBytes; ; length *= 8) {
      await this.#hold(Math.min(length, this.#end - this.#at))
      const { buffer, byteOffset, byteLength } = this.#window
      const reader = { view: new DataView(buffer, byteOffset, byteLength), offset: 0 }
      try {
        const header = parquetHeader(reader)
        this.#advance(reader.offset)
        return header
      } catch {
        // Headers may hold long statistics.
        if (length >= this.#end - this.#at || length >= maxHeaderBytes)
          throw new ParquetError('the header of a page cannot be decoded')
      }
    }
  }

  #readDictionary(bytes: Buffer, { dictionary_page_header: own, uncompressed_page_size: size }: PageHeader): void {
    const { codec, compressors, type, element } = this.#decoder
    if (own === undefined) throw new ParquetError('a page of a dictionary has no header')
    checkCount(own.num_values)
    const page = decompressPage(bytes, size, codec, compressors)
    this.#dictionary = convert(readPlainValues(page, type, own.num_values, element.type_length), this.#decoder)
  }

  #readData(bytes: Buffer, header: PageHeader): void {
    const own = header.data_page_header_v2 ?? header.data_page_header
    if (own === undefined) throw new ParquetError('a page of values has no header')
    checkCount(own.num_values)
    if (own.num_values === 0) return
    const { codec, compressors, schemaPath } = this.#decoder
    const {
      definitions,
      repetitions,
      values: read,
      isIndexed,
    } = readValues(bytes, header, this.#decoder, (packed, size) => decompressPage(packed, size, codec, compressors))
    if (isIndexed) checkIndices(read, this.#dictionary)
    const values = convertWithDictionary(
      isIndexed ? Array.from(read as Uint32Array) : read,
      this.#dictionary,
      own.encoding,
      this.#decoder,
    )
    // A record may continue in the next page only in a column of lists.
    const open = this.#isOpen ? [this.#rows[this.#rows.length - 1]] : []
    this.#rows = assembleLists(open, definitions, repetitions, values, schemaPath)
    this.#taken = 0
    this.#isOpen = this.#isRepeated
  }

  /** Reads until the window has `length` bytes. */
  async #hold(length: number): Promise<void> {
    const have = this.#window.length
    if (have >= length) return
    const wanted = Math.min(Math.max(length, windowBytes), this.#end - this.#at)
    const more = await bytesAt(this.#handle, this.#at + have, wanted - have)
    this.#window = have === 0 ? more : Buffer.concat([this.#window, more])
  }

  async #read(length: number): Promise<Buffer> {
    await this.#hold(length)
    const bytes = this.#window.subarray(0, length)
    this.#advance(length)
    return bytes
  }

  #advance(length: number): void {
    this.#window = this.#window.subarray(length)
    this.#at += length
  }
}

function checkCount(values: number): void {
  if (!(values >= 0 && values <= maxValues)) throw new ParquetError(`a page of ${values} values is too large`)
}

/** Throws if an index is outside of the dictionary: hyparquet would make a null of it. */
function checkIndices(indices: DecodedArray, dictionary: DecodedArray | undefined): void {
  if (dictionary === undefined) throw new ParquetError('a page refers to a dictionary that the column does not have')
  for (let i = 0; i < indices.length; i++)
    if (!((indices[i] as number) < dictionary.length)) throw new ParquetError('a value is not in its dictionary')
}
