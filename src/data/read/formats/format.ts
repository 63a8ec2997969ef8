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
  /** Names of files, without the ending of a packing, that `format: auto` reads in this format. */
  readonly names?: RegExp
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
  /**
   * Where a large file can be divided into ranges that can be read by themselves; `undefined` if nowhere. The context of such a range is the number of its
   * first line, or a `RowContext`. Not called for packed files.
   */
  border?(settings: Pick<ReadSettings, 'split'>): Border | undefined
}

/** After any line, only after an empty one, or after a row of values between separators, of which the first row names the fields. */
export type Border = 'line' | 'blank line' | { readonly rowsOf: string }

/** The context of a range of rows that is not the first of its file. */
export interface RowContext {
  /** The number of its first line. */
  readonly line: number
  /** The first row of the file. */
  readonly header: string
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

/** The number of the first line of a part whose file was divided at a border. */
export function firstLineOf(part: FilePart | undefined): number {
  return typeof part?.context === 'number' ? part.context : 1
}

/** The context of a part of a file of rows; `undefined` for the first part and for a whole file. */
export function rowContextOf(part: FilePart | undefined): RowContext | undefined {
  return typeof part?.context === 'object' ? (part.context as unknown as RowContext) : undefined
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
