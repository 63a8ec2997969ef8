/** The parts of a pass over input files or over an artefact. Each part can be done by itself. */

import { StageError } from '../../../core/failure.ts'
import type { InputFile } from '../../../core/kind/stage.ts'
import type { Json } from '../../../core/values/json.ts'
import type { LedgerBook } from '../../ledger.ts'
import { chooseFormat, endingOf } from '../../read/formats/choose.ts'
import { formats as allFormats } from '../../read/formats/index.ts'
import { notesOf } from '../../read/notes.ts'
import { type Formats, type ReadParams, readSource } from '../../read/read.ts'
import { documentOf, shardsIn } from '../../shards/shards.ts'
import type { Source, SourceContext } from '../source.ts'
import { partBytes } from './boundaries.ts'
import { filePartsOf } from './file-parts.ts'
import { type LinePart, linePartsOf, linesOfPart } from './line-parts.ts'
import { rangePartsOf } from './range-parts.ts'

export interface PassPart {
  /** Identifies the input of the part. Together with the steps of the pass, it determines the part's documents and ledger. */
  readonly content: Json
  /** The number of bytes to read. */
  readonly size: number
  open(context: SourceContext): Source
}

export interface PassParts {
  /** The number of bytes of all parts. */
  readonly total: number
  /** In order. */
  readonly parts: Iterable<PassPart> | AsyncIterable<PassPart>
  /** Adds the rules and steps to a book that opening a part adds. */
  enter(book: LedgerBook): void
}

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
  const parts: PassPart[] = []
  let whole: InputFile[] = []
  const closeGroup = async () => {
    for (const { files: own, size: bytes } of await filePartsOf(whole, size)) {
      parts.push({
        // Names count: they tell the format, and the ledger has them.
        content: { files: own.map(({ name, sha256 }) => [name, sha256]) },
        size: bytes,
        open: (context) =>
          readSource(
            params,
            own.map((file) => ({ file })),
            context,
            formats,
          ),
      })
    }
    whole = []
  }
  for (const file of files) {
    const reader = await chooseFormat(file.name, params.format, formats).load()
    // A packed file can only be read from its beginning.
    const ranges = endingOf(file.name).packed ? [] : ((await reader.parts?.(file)) ?? [])
    if (ranges.length < 2) {
      whole.push(file)
      continue
    }
    await closeGroup()
    for (const part of await rangePartsOf(file, ranges)) {
      parts.push({
        content: { file: file.name, part: part.sha256, context: part.context ?? null },
        size: part.end - part.start,
        open: (context) => readSource(params, [{ file, part }], context, formats),
      })
    }
  }
  await closeGroup()
  return {
    total: parts.reduce((sum, part) => sum + part.size, 0),
    parts,
    enter: (book) => void notesOf(params.field, { book, warn: () => {} }),
  }
}

/** The documents of an artefact. */
export async function partsOfDocs(folder: string, size = partBytes): Promise<PassParts> {
  const shards = await shardsIn(folder)
  return { total: shards.reduce((sum, shard) => sum + shard.size, 0), parts: parts(), enter: () => {} }

  async function* parts(): AsyncGenerator<PassPart> {
    for await (const part of linePartsOf(shards, size)) {
      yield { content: { docs: part.sha256 }, size: part.bytes.length, open: () => sourceOf(part) }
    }
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
