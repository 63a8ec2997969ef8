/** The formats `csv` and `tsv`: a header, and then a record a row (RFC 4180). All values are texts. */

import { isUtf8 } from 'node:buffer'
import { pipeline, Readable } from 'node:stream'
import { CsvError, type Info, parse } from 'csv-parse'
import { StageError } from '../../../core/failure.ts'
import type { InputFile } from '../../../core/kind/stage.ts'
import type { Document } from '../../document.ts'
import { documentOf } from '../json-line.ts'
import { documentsOf } from '../records.ts'
import { type FormatReader, type OpenInput, rowContextOf } from './format.ts'

export const csv = readerOf(',')
export const tsv = readerOf('\t')

/** The longest row, in bytes. A quote that is not closed would make the rest of the file one row. */
const maxRowBytes = 128 * 1024 ** 2

/** The number of bytes that a batch of documents takes in the file. */
const batchBytes = 1 << 20

/** A row, whose values are bytes, and the counts of the parser after it. */
interface Row {
  readonly record: readonly Buffer[]
  readonly info: Pick<Info, 'lines' | 'bytes'>
}

function readerOf(delimiter: string): FormatReader {
  return { open: (input) => open(input, delimiter), border: () => ({ rowsOf: delimiter }) }
}

async function* open(input: OpenInput, delimiter: string): AsyncGenerator<Document[]> {
  const { file, notes, settings } = input
  const parser = parse({
    delimiter,
    // Decoded here, so that bytes that are not UTF-8 are counted.
    encoding: null,
    info: true,
    max_record_size: maxRowBytes,
    record_delimiter: ['\r\n', '\n', '\r'],
    // Rows of another length are counted here.
    relax_column_count: true,
    // As in Python's csv, a quote inside of a value without quotes is text: 5" nails.
    relax_quotes: true,
    skip_empty_lines: true,
  })
  // The loop below throws an error of either stream.
  pipeline(Readable.from(withHeader(input)), parser, () => {})
  const context = rowContextOf(input.part)
  let names: readonly string[] | undefined
  let rows = 0
  /** The lines of the file before this part, without those of the header that was put before it. */
  let before = 0
  /** The line ends that the parser has counted twice. */
  let twice = 0
  /** The line and the byte at which the current row begins. */
  let line = 1
  let byte = 0
  let batch: Document[] = []
  let batched = 0
  try {
    for await (const { record, info } of parser as AsyncIterable<Row>) {
      const place = { line, isDamaged: record.some((value) => !isUtf8(value)), bytes: info.bytes - byte }
      // The parser counts \r\n in quotes as two lines.
      twice += record.reduce((sum, value) => sum + pairsIn(value), 0)
      line = before + info.lines + 1 - twice
      byte = info.bytes
      const values = record.map((value) => value.toString('utf8'))
      if (names === undefined) {
        names = columnsOf(values, file, delimiter)
        if (context !== undefined) {
          before = context.line - line
          line = context.line
        }
        continue
      }
      rows++
      const read =
        values.length === names.length
          ? documentOf(fieldsOf(names, values), settings)
          : { problem: `${counted(values.length)}, and the header has ${names.length}` }
      batch.push(...documentsOf(read, place, input))
      if (byte - batched < batchBytes) continue
      yield batch
      batch = []
      batched = byte
    }
  } catch (error) {
    // In a file that is cut off, the last value may lack its quote.
    const isOpen = error instanceof CsvError && error.code === 'CSV_QUOTE_NOT_CLOSED' && input.isCut()
    if (!isOpen) throw error instanceof CsvError ? broken(file, line, error) : error
    notes.malformed(file, line, 'the file ends in the middle of a row')
  }
  // The first part of a file has rows, unless the file has none.
  if (rows === 0 && context === undefined)
    notes.malformed(file, 1, names === undefined ? 'the file has no header' : 'the file has no rows')
  yield batch
}

/** The bytes of a file or part, which begin with the header. */
async function* withHeader({ part, chunks }: OpenInput): AsyncGenerator<Buffer> {
  const context = rowContextOf(part)
  if (context !== undefined) yield Buffer.from(context.header)
  yield* chunks
}

/** The number of \r\n in a value. */
function pairsIn(value: Buffer): number {
  let found = 0
  for (let at = value.indexOf('\r\n'); at !== -1; at = value.indexOf('\r\n', at + 2)) found++
  return found
}

/** The names of the columns. A column without a name is called by its number: `column_1`. */
function columnsOf(header: readonly string[], { name: file }: InputFile, delimiter: string): readonly string[] {
  const [only = ''] = header
  const mark = header.length === 1 ? (delimiter === '\t' ? /[;,|]/ : /[;\t|]/).exec(only)?.[0] : undefined
  if (mark !== undefined) throw otherSeparator(file, only, mark)
  const names = header.map((name, i) => (name.trim() === '' ? `column_${i + 1}` : name.trim()))
  const seen = new Map<string, number>()
  for (const [i, name] of names.entries()) {
    const first = seen.get(name)
    if (first !== undefined) {
      throw new StageError(
        'wrong-format',
        `${file}: columns ${first + 1} and ${i + 1} are both named "${name}"`,
        'Rename one of them in the first row: a document has one field of a name.',
      )
    }
    seen.set(name, i)
  }
  return names
}

/** A text of SQL. */
function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}

/** The error for a file whose only column has a name with another separator in it, such as the semicolons of European Excel. */
function otherSeparator(file: string, header: string, mark: string): StageError {
  const way =
    mark === '\t'
      ? 'read(…, format: tsv) reads values between tabs.'
      : mark === ','
        ? 'read(…, format: csv) reads values between commas.'
        : `Convert it, for example with DuckDB: COPY (FROM read_csv(${sqlText(file)}, delim = '${mark}')) TO ${sqlText(file.replace(/(\.[^./]*)?$/, '-commas$1'))}.`
  return new StageError(
    'wrong-format',
    `${file} has one column, named ${JSON.stringify(header)}`,
    `Its values seem to be separated by ${JSON.stringify(mark)}. ${way}`,
  )
}

function fieldsOf(names: readonly string[], values: readonly string[]): Record<string, string> {
  // Without a prototype, because a column may be named `__proto__`.
  const fields = Object.create(null) as Record<string, string>
  for (const [i, name] of names.entries()) fields[name] = values[i]!
  return fields
}

function counted(columns: number): string {
  return `${columns} column${columns === 1 ? '' : 's'}`
}

function broken({ name }: InputFile, line: number, error: CsvError): StageError {
  const isLong = error.code === 'CSV_MAX_RECORD_SIZE'
  return new StageError(
    'wrong-format',
    isLong
      ? `${name}, line ${line}: a row of more than 128 MiB`
      : error.code === 'CSV_QUOTE_NOT_CLOSED'
        ? `${name}, line ${line}: a quoted value does not end`
        : `${name}, line ${line}: ${error.message}`,
    `${isLong ? 'Is a quote in it not closed? ' : ''}A value in quotes ends with a quote, and quotes inside of it are doubled. To read lines as plain text, write read(…, format: text, split: lines).`,
  )
}
