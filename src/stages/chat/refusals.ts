/**
 * Conversations that a chat template refuses, or that a tokenizer cannot encode. They are left out and counted in the ledger, with their
 * ids and reasons, and the run warns.
 */

import { StageError } from '../../core/failure.ts'
import type { StageContext } from '../../core/kind/stage.ts'
import { Document } from '../../data/document.ts'
import type { LedgerBook, RuleCount } from '../../data/ledger.ts'
import { templateFailures } from '../../text/chat/jinja.ts'

/** A text that a tokenizer cannot encode is a StageError of one of these codes. */
const unknownFailures = ['unknown-bytes', 'unknown-characters']

export class Refusals {
  readonly #rule: RuleCount
  readonly #book: LedgerBook
  readonly #step: string
  /** Conversations with text that the tokenizer has no token for. */
  #unknown: RuleCount | undefined
  #first: { readonly id: string; readonly reason: string; readonly help: string | undefined } | undefined

  /** `step` names the stage in the ledger. */
  constructor(book: LedgerBook, step: string) {
    this.#book = book
    this.#step = step
    this.#rule = book.rule(`${step}: the chat template refuses it`)
  }

  /** The result of `render`; `undefined` if the template or the tokenizer refuses the conversation, which the ledger then counts. */
  attempt<T>(id: string, text: string, render: () => T): T | undefined {
    try {
      return render()
    } catch (error) {
      const rule = error instanceof StageError ? this.#ruleOf(error.code) : undefined
      if (rule === undefined) throw error
      const { message: reason, help } = error as StageError
      this.#first ??= { id, reason, help }
      rule.drop(new Document(text, id), () => `${id}: ${reason}`)
      return undefined
    }
  }

  #ruleOf(code: string): RuleCount | undefined {
    if (templateFailures.includes(code)) return this.#rule
    if (!unknownFailures.includes(code)) return undefined
    this.#unknown ??= this.#book.rule(`${this.#step}: the tokenizer does not know all of it`)
    return this.#unknown
  }

  get #count(): number {
    return this.#rule.documents + (this.#unknown?.documents ?? 0)
  }

  /** For an error that nothing is left: `; 2 of 5 are refused, the first is r3: the chat template … refuses …`, or `''`. */
  get why(): string {
    if (this.#first === undefined) return ''
    const [lost, all] = [this.#count, this.#book.in.documents].map((n) => n.toLocaleString('en-US'))
    const { id, reason } = this.#first
    return `; ${lost} of ${all} are refused, the first is ${id}: ${reason}`
  }

  /** The help of the first refusal, if every conversation was refused. */
  get help(): string | undefined {
    return this.#count === this.#book.in.documents ? this.#first?.help : undefined
  }

  /** Warns of the number of refused conversations, with the first reason. */
  warn(stage: Pick<StageContext, 'emit'>): void {
    if (this.#first === undefined) return
    const [lost, all] = [this.#count, this.#book.in.documents].map((n) => n.toLocaleString('en-US'))
    const { id, reason } = this.#first
    const message = `${lost} of ${all} conversations left out, the first is ${id}: ${reason}`
    stage.emit({ event: 'log', level: 'warning', message })
  }
}
