/** The parts of a pass over input files or over an artefact. Each part can be done by itself. */

import { stat } from 'node:fs/promises'
import { StageError } from '../../../core/failure.ts'
import type { InputFile, PartTask } from '../../../core/kind/stage.ts'
import type { Json } from '../../../core/values/json.ts'
import type { LedgerBook } from '../../ledger.ts'
import { chooseFormat, endingOf } from '../../read/formats/choose.ts'
import type { FilePart, FormatReader } from '../../read/formats/format.ts'
import { formats as allFormats } from '../../read/formats/index.ts'
import { notesOf } from '../../read/notes.ts'
import { type Formats, type ReadInput, type ReadParams, readSource } from '../../read/read.ts'
import { documentOf, shardsIn } from '../../shards/shards.ts'
import type { Source, SourceContext } from '../source.ts'
import { partBytes } from './boundaries.ts'
import { filePartsOf } from './file-parts.ts'
import { isPacked, lineRangesOfFile } from './file-ranges.ts'
import { type LinePart, type LineRanges, lineRangesOf, linesOfPart, readLinePart } from './line-parts.ts'
import { rangePartsOf } from './range-parts.ts'
import { rowRangesOfFile } from './row-ranges.ts'

export interface PassPart {
  /** Identifies the input of the part. Together with the steps of the pass, it determines the part's documents and ledger. */
  readonly content: Json
  open(context: SourceContext): Source
}

export interface PassParts {
  /** The number of bytes of all parts. */
  readonly total: number
  /** In order. */
  tasks(): AsyncIterable<PartTask>
  /** The part of a task. */
  part(task: Json): Promise<PassPart>
  /** Adds the rules and steps to a book that opening a part adds. */
  enter(book: LedgerBook): void
}

/** The files of a part, as indices: whole files, or one range of a file. */
type FileTask = { readonly files: readonly number[] } | { readonly file: number; readonly range: FilePart }

/**
 * The parts of input files, read with the settings of `read`: the parts into which the format divides a file, or else whole files, of
 * which small ones form groups. `size`: see `boundaries`.
 */
export async function partsOfFiles(
  params: ReadParams,
  files: readonly InputFile[],
  size = partBytes,
  formats: Formats = allFormats,
): Promise<PassParts> {
  if (files.length === 0) throw new StageError('no-files', '`read` has no file', 'Name one: read("data/*.txt").')
  // If a file has been removed, opening it reports the error.
  const sizes = await Promise.all(
    files.map(({ path }) =>
      stat(path).then(
        (found) => found.size,
        () => 0,
      ),
    ),
  )
  const open = (inputs: readonly ReadInput[]) => (context: SourceContext) =>
    readSource(params, inputs, context, formats)
  return {
    total: sizes.reduce((sum, each) => sum + each, 0),
    tasks,
    async part(task) {
      const given = task as unknown as FileTask
      // Names count: they tell the format, and the ledger has them.
      if ('files' in given) {
        const own = given.files.map((index) => files[index]!)
        return {
          content: { files: own.map(({ name, sha256 }) => [name, sha256]) },
          open: open(own.map((file) => ({ file }))),
        }
      }
      const [file, part] = [files[given.file]!, given.range]
      return {
        content: { file: file.name, part: part.sha256, context: part.context ?? null },
        open: open([{ file, part }]),
      }
    },
    enter: (book) => void notesOf(params, { book, warn: () => {} }),
  }

  async function* tasks(): AsyncGenerator<PartTask> {
    let whole: number[] = []
    const group = () => {
      const grouped = filePartsOf(
        whole.map((index) => ({ index, size: sizes[index]!, sha256: files[index]!.sha256 })),
        size,
      )
      whole = []
      return grouped.map((part) => taskOf({ files: part.files.map(({ index }) => index) }, part.size))
    }
    for (const [index, file] of files.entries()) {
      const reader = await chooseFormat(file.name, params.format, formats).load()
      // A packed file can only be read from its beginning.
      const ranges = await rangesOf(file, sizes[index]!, reader)
      if (ranges === undefined) {
        whole.push(index)
        continue
      }
      yield* group()
      for await (const range of ranges) yield taskOf({ file: index, range }, range.end - range.start)
    }
    yield* group()
  }

  /** The ranges of a file; `undefined` if it is read as a whole. */
  async function rangesOf(file: InputFile, bytes: number, reader: FormatReader) {
    // A packed file can only be read from its beginning.
    if (endingOf(file.name).packed) return undefined
    const ranges = (await reader.parts?.(file)) ?? []
    if (ranges.length > 1) return rangePartsOf(file, ranges)
    const border = reader.border?.(params)
    if (border === undefined || bytes < 2 * size || (await isPacked(file))) return undefined
    return typeof border === 'string'
      ? lineRangesOfFile(file, border, size)
      : rowRangesOfFile(file, border.rowsOf, size)
  }
}

function taskOf(task: FileTask, size: number): PartTask {
  return { task: task as unknown as Json, size }
}

/** The documents of an artefact. */
export async function partsOfDocs(folder: string, size = partBytes): Promise<PassParts> {
  const parts = await partsOfLines(folder, size)
  return {
    total: parts.total,
    tasks: parts.tasks,
    async part(task) {
      const part = await parts.read(task)
      return { content: { docs: part.sha256 }, open: () => sourceOf(part) }
    },
    enter: () => {},
  }
}

/** The lines of an artefact of documents, by parts. `stem`: the beginning of the names of its shards. */
export async function partsOfLines(folder: string, size = partBytes, stem = 'docs') {
  const shards = await shardsIn(folder, stem)
  return {
    total: shards.reduce((sum, shard) => sum + shard.size, 0),
    async *tasks(): AsyncGenerator<PartTask> {
      for await (const ranges of lineRangesOf(shards, size))
        yield { task: ranges as unknown as Json, size: ranges.size }
    },
    read: (task: Json): Promise<LinePart> => readLinePart(shards, task as unknown as LineRanges),
  }
}

function sourceOf(part: LinePart): Source {
  const source = {
    done: 0,
    async *batches() {
      for (const { lines, done } of linesOfPart(part)) {
        yield lines.map((line) => documentOf(line, part.shard))
        source.done = done
      }
    },
  }
  return source
}
