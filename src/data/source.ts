/** Where a pass takes its documents from: batches of them, and how far the reading is. */

import type { InputFile } from '../core/kind.ts'
import type { Document } from './document.ts'
import type { LedgerBook } from './ledger.ts'

export interface Source {
  /** Bytes there are to read, as they lie in the files. */
  readonly total: number
  /** Bytes read so far. */
  readonly done: number
  batches(): AsyncIterable<readonly Document[]>
}

export interface SourceContext {
  readonly files: Readonly<Record<string, readonly InputFile[]>>
  readonly book: LedgerBook
  warn(message: string): void
}
