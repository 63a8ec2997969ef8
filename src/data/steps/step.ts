/** A step of a pass: changes or drops one document at a time. */

import type { JsonObject } from '../../core/values/json.ts'
import type { Document } from '../document.ts'
import type { LedgerBook } from '../ledger.ts'

/** Returns whether the document stays. A step may change the text; it counts changed and dropped documents in its book. */
export type Step = (document: Document) => boolean

/** Makes a step from its settings. */
export type StepMaker = (params: JsonObject, book: LedgerBook) => Step
