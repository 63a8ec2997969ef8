/** The source `read`: input files to documents. */

import { createHash } from 'node:crypto'
import type { InputFile } from '../../core/kind/stage.ts'
import type { Source, SourceContext } from '../pass/source.ts'
import { chooseFormat, endingOf } from './formats/choose.ts'
import type { FilePart, Format, ReadSettings } from './formats/format.ts'
import { formats as allFormats, type FormatName } from './formats/index.ts'
import { notesOf } from './notes.ts'
import { inputChanged, openBytes, packedAtRandom, rawBytesOf } from './open.ts'

export interface ReadParams extends Omit<ReadSettings, 'keeps'> {
  readonly format: 'auto' | FormatName
  readonly keep_fields?: readonly string[]
}

/** A file to read, or one part of it. */
export interface ReadInput {
  readonly file: InputFile
  readonly part?: FilePart
}

/** The table of formats; tests bring their own. */
export type Formats = Readonly<Record<string, Format>>

/**
 * The documents of files and parts of files, in order. Reading throws a StageError `input-changed` if the bytes of one are not those that
 * were hashed.
 */
export function readSource(
  params: ReadParams,
  inputs: readonly ReadInput[],
  context: SourceContext,
  formats: Formats = allFormats,
): Source {
  const notes = notesOf(params, context)
  const { split, field, keep_fields: kept } = params
  const settings: ReadSettings = { split, field, ...(kept === undefined ? {} : { keeps: new Set(kept) }) }
  const source = {
    done: 0,
    async *batches() {
      for (const { file, part } of inputs) {
        const hash = createHash('sha256')
        const onRead = (bytes: Buffer) => {
          source.done += bytes.length
          hash.update(bytes)
        }
        const reader = await chooseFormat(file.name, params.format, formats).load()
        if (reader.access === 'random' && endingOf(file.name).packed) throw packedAtRandom(file)
        let isCut = false
        const onCut = () => {
          isCut = true
        }
        const ofPart = part === undefined ? {} : { part }
        const isText = reader.access !== 'bytes'
        const chunks = openBytes(file, { onRead, onCut, notes, isText, ...ofPart })
        for await (const batch of reader.open({ file, chunks, isCut: () => isCut, settings, notes, ...ofPart })) {
          for (const document of batch) notes.document(document)
          yield batch
        }
        if (reader.access === 'random') for await (const bytes of rawBytesOf(file, part)) onRead(bytes)
        if (hash.digest('hex') !== (part ?? file).sha256) throw inputChanged(file)
      }
    },
  }
  return source
}
