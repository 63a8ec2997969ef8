/** Adds the fields that a step computes to documents, and has the run warn of fields that this replaces. */

import type { Document, Fields } from '../document.ts'
import type { ChangeCount, LedgerBook } from '../ledger.ts'

export class AddedFields {
  readonly #replaced: ChangeCount

  constructor(step: string, book: LedgerBook) {
    const note = (change: Pick<ChangeCount, 'counts'>) =>
      `${step} replaces ${Object.keys(change.counts)
        .map((name) => `\`${name}\``)
        .join(' and ')} of the record`
    this.#replaced = book.step(`${step}: replaced fields`, note, [], 'warns')
  }

  add(document: Document, fields: Fields): void {
    let isReplacing = false
    for (const name of Object.keys(fields)) {
      if (!Object.hasOwn(document.fields, name)) continue
      this.#replaced.count(name)
      isReplacing = true
    }
    if (isReplacing) this.#replaced.documents++
    document.addFields(fields)
  }
}
