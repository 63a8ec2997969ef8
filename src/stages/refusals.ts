/** Conversations that a chat template refuses: left out, counted by id with the template's reason, and said in the run. */

import { StageError } from '../core/failure.ts'
import type { StageRun } from '../core/kind.ts'
import { Document } from '../data/document.ts'
import type { LedgerBook, RuleCount } from '../data/ledger.ts'
import { templateFailures } from '../text/chat/jinja.ts'

export class Refusals {
  readonly #rule: RuleCount
  readonly #book: LedgerBook
  #first: { readonly id: string; readonly reason: string } | undefined

  /** `step` is the stage, as the ledger calls it. */
  constructor(book: LedgerBook, step: string) {
    this.#book = book
    this.#rule = book.rule(`${step}: the chat template refuses it`)
  }

  /** What `render` makes of a conversation; `undefined` where the template refuses it, which is then in the ledger. */
  attempt<T>(id: string, text: string, render: () => T): T | undefined {
    try {
      return render()
    } catch (error) {
      if (!(error instanceof StageError) || !templateFailures.includes(error.code)) throw error
      this.#first ??= { id, reason: error.message }
      this.#rule.drop(new Document(text, id), () => error.message)
      return undefined
    }
  }

  /** The reason of the first, for an error where nothing is left: ` (r3: the chat template … refuses …)`; or nothing. */
  get why(): string {
    if (this.#first === undefined) return ''
    const { id, reason } = this.#first
    return `; ${this.#rule.documents.toLocaleString('en-US')} the chat template refuses, ${id} first: ${reason}`
  }

  /** Says in the run how many were left out and why. */
  warn(stage: Pick<StageRun, 'emit'>): void {
    if (this.#first === undefined) return
    const [lost, all] = [this.#rule.documents, this.#book.in.documents].map((n) => n.toLocaleString('en-US'))
    const { id, reason } = this.#first
    const message = `${lost} of ${all} conversations left out, the first is ${id}: ${reason}`
    stage.emit({ event: 'log', level: 'warning', message })
  }
}
