/** A source of documents for a part of a pass. */

import type { Document } from '../document.ts'
import type { LedgerBook } from '../ledger.ts'

export interface Source {
  /** The number of bytes read so far; of packed files, packed bytes. */
  readonly done: number
  batches(): AsyncIterable<readonly Document[]>
}

export interface SourceContext {
  readonly book: LedgerBook
  /** Warns of records without a text. `isLikelyWrong`: the settings name a field that is missing, or another field holds the text. */
  warn(message: string, isLikelyWrong: boolean): void
}
