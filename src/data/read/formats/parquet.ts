/** The format `parquet`: a row is a document. Row groups are parts, and only the columns that are kept are read. */

import { open as openFile } from 'node:fs/promises'
import { StageError } from '../../../core/failure.ts'
import type { InputFile } from '../../../core/kind/stage.ts'
import { exactJson, holdsExact } from '../../../core/values/exact-number.ts'
import type { Json, JsonObject } from '../../../core/values/json.ts'
import { sha256 } from '../../../core/values/sha256.ts'
import type { Document } from '../../document.ts'
import { documentOf } from '../json-line.ts'
import { unreadable } from '../open.ts'
import { loadCodecs } from '../parquet/codecs.ts'
import type { OpenParquet } from '../parquet/column.ts'
import { type Footer, footerOf, type Group, ParquetError } from '../parquet/footer.ts'
import { DamagedGroup, type RowBatch, rowsOf } from '../parquet/rows.ts'
import { documentsOf } from '../records.ts'
import type { FileRange, OpenInput, ReadSettings } from './format.ts'

/** Columns are read from where they are in the file. */
export const access = 'random'

/** Row groups that are smaller, in bytes, form a part with their neighbors. */
const partBytes = 4 * 1024 ** 2

/** A row that cannot be read is counted at its number in the file, which begins at 1. */
export async function* open(input: OpenInput): AsyncGenerator<Document[]> {
  const { file, notes, part } = input
  const footer = await footerIn(file)
  if (typeof footer === 'string') {
    notes.malformed(file, 1, footer)
    return
  }
  refuseTwins(footer, input)
  const [from, to] = part === undefined ? [0, footer.groups.length] : groupsOf(part)
  const handle = await openFile(file.path)
  const opened = { handle, footer, codecs: await loadCodecs() }
  try {
    let rows = 0
    for (let i = from; i < to; i++) {
      const group = footer.groups[i]!
      rows += group.rows
      yield* documentsOfGroup(input, opened, group, i)
    }
    if (rows === 0) notes.malformed(file, 1, 'the file has no rows')
  } finally {
    await handle.close()
  }
}

function isWanted(column: string, { field, keeps }: ReadSettings): boolean {
  return column === field || column === 'id' || (keeps?.has(column) ?? true)
}

/** Throws a StageError for two columns of one name, of which a document could have only one. */
function refuseTwins({ schema }: Footer, { file, settings }: OpenInput): void {
  const seen = new Set<string>()
  for (const { element } of schema.children) {
    if (seen.has(element.name) && isWanted(element.name, settings)) {
      throw new StageError(
        'wrong-format',
        `${file.name} has two columns named ${JSON.stringify(element.name)}`,
        'A document has one field of a name. Rename one of them, or leave both out: read(…, keep_fields: […]).',
      )
    }
    seen.add(element.name)
  }
}

async function* documentsOfGroup(
  input: OpenInput,
  opened: OpenParquet,
  group: Group,
  index: number,
): AsyncGenerator<Document[]> {
  const { file, notes, settings } = input
  const wanted = (name: string) => isWanted(name, settings)
  let row = group.before + 1
  try {
    for await (const batch of rowsOf(opened, group, wanted)) {
      const documents: Document[] = []
      for (let i = 0; i < batch.count; i++) documents.push(...documentAt(batch, i, row++, input))
      yield documents
    }
  } catch (error) {
    if (!(error instanceof DamagedGroup)) throw error
    const message = `row group ${index + 1}, ${error.message}`
    notes.lost(file, group.before + error.read + 1, message, group.rows - error.read)
  }
}

function documentAt({ columns }: RowBatch, i: number, row: number, input: OpenInput): readonly Document[] {
  let isDamaged = false
  const notes = {
    damaged() {
      isDamaged = true
    },
    packed: () => input.notes.packed(input.file, row),
  }
  const record: Record<string, Json> = {}
  const sources = new Map<string, string>()
  for (const { name, convert, values } of columns) {
    const value = convert(values[i], notes)
    const isExact = holdsExact(value)
    if (isExact) sources.set(name, exactJson(value))
    const property = isExact ? (JSON.parse(JSON.stringify(value)) as Json) : value
    // An assignment would set the prototype.
    if (name === '__proto__') Object.defineProperty(record, name, { value: property, enumerable: true })
    else record[name] = property
  }
  const read = documentOf(
    record as Readonly<Record<string, Json>>,
    input.settings,
    sources.size === 0 ? undefined : sources,
    true,
  )
  return documentsOf(read, { line: row, isDamaged, bytes: 0 }, input)
}

/** Divides a file into runs of row groups. A file whose footer cannot be read is one part. */
export async function parts(file: InputFile): Promise<readonly FileRange[]> {
  const footer = await footerIn(file)
  if (typeof footer === 'string') return []
  const { groups, size } = footer
  const begins = groups.filter(({ start }, i) => i === 0 || start > groups[i - 1]!.start)
  // The row groups of a file may be in any order, but nobody writes them so.
  if (groups.length < 2 || begins.length < groups.length) return []
  const ranges: FileRange[] = []
  let first = 0
  for (let next = 1; next <= groups.length; next++) {
    const start = first === 0 ? 0 : groups[first]!.start
    const end = groups[next]?.start ?? size
    if (next < groups.length && end - start < partBytes) continue
    // Rows of equal bytes are equal only with the same schema and the same places of the columns.
    const described = sha256(exactText({ schema: footer.schema, groups: groups.slice(first, next) }))
    ranges.push({ start, end, context: { groups: [first, next], described } })
    first = next
  }
  return ranges
}

function exactText(value: object): string {
  return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each))
}

function groupsOf({ context }: FileRange): readonly [number, number] {
  return (context as JsonObject).groups as unknown as readonly [number, number]
}

/** The footer of a file, or why it cannot be read. */
async function footerIn(file: InputFile): Promise<Footer | string> {
  try {
    return await footerOf(file)
  } catch (error) {
    if (error instanceof ParquetError) return `the Parquet file cannot be read: ${error.message}`
    throw unreadable(file, error)
  }
}
