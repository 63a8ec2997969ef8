/** Where a part of a pass takes its documents from: batches of them, and how far the reading is. */

import type { Document } from '../document.ts'
import type { LedgerBook } from '../ledger.ts'

export interface Source {
  /** Bytes read so far, as they lie in the files. */
  readonly done: number
  batches(): AsyncIterable<readonly Document[]>
}

export interface SourceContext {
  readonly book: LedgerBook
  warn(message: string): void
}
