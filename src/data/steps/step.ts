/** A step of a pass: looks at one document at a time, changes it or drops it. */

import type { JsonObject } from '../../core/json.ts'
import type { Document } from '../document.ts'
import type { LedgerBook } from '../ledger.ts'

/** Whether the document goes on. Its text may be changed; what is changed or dropped is written to the ledger. */
export type Step = (document: Document) => boolean

/** Makes a step of its settings. */
export type StepMaker = (params: JsonObject, book: LedgerBook) => Step
