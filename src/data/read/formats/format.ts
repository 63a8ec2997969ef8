/** The interface of an input format. */

import type { InputFile } from '../../../core/kind/stage.ts'
import type { Json } from '../../../core/values/json.ts'
import type { Document } from '../../document.ts'
import type { Notes } from '../notes.ts'
import type { SplitBy } from '../split.ts'

/** A line of the table of formats. A reader is loaded when a file is read: checking a program needs names and extensions only. */
export interface Format {
  /** Endings of file names, in lower case, that `format: auto` reads in this format: `.jsonl`. */
  readonly extensions: readonly string[]
  load(): Promise<FormatReader>
}

export interface FormatReader {
  /**
   * `random` if the reader opens the file itself and reads what it needs; the bytes are hashed afterwards. Other readers have to take all
   * of `chunks`, whose bytes are text unless this is `bytes`.
   */
  readonly access?: 'random' | 'bytes'
  /** The documents of a file, or of one of its parts, in batches. The reader holds few of them at a time. */
  open(input: OpenInput): AsyncIterable<Document[]>
  /**
   * Divides a file into ranges that can be read by themselves, such as row groups: in order, without gaps, the whole file. When the
   * file changes, only the ranges that changed are read again. Without `parts`, a file is one part. Not called for packed files.
   */
  parts?(file: InputFile): Promise<readonly FileRange[]>
}

/** A range of bytes of a file. */
export interface FileRange {
  readonly start: number
  /** The first byte after the range. */
  readonly end: number
  /** Whatever else determines the documents of the range, such as the header of its file. */
  readonly context?: Json
}

/** A range that is read by itself. */
export interface FilePart extends FileRange {
  /** SHA-256 of the bytes in the range, in hexadecimal digits. */
  readonly sha256: string
}

/** A file, or a part of one, that is being read. */
export interface OpenInput {
  readonly file: InputFile
  /** The part to read; `undefined` for the whole file. */
  readonly part?: FilePart
  /** The bytes of the file or part: unpacked, without a byte order mark. */
  readonly chunks: AsyncIterable<Buffer>
  /** Whether `chunks` has ended early, because the file is packed and cut off or damaged. This has been counted. */
  readonly isCut: () => boolean
  readonly settings: ReadSettings
  readonly notes: Notes
}

/** The settings of `read` that a format sees. */
export interface ReadSettings {
  readonly split: SplitBy
  /** The field of records that is the text. */
  readonly field: string
  /** The other fields that documents keep; `undefined` for all. */
  readonly keeps?: ReadonlySet<string> | undefined
}
