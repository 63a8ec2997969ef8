/**
 * Conversations that a chat template refuses, or that a tokenizer cannot encode: left out, counted by id with the reason, and said in
 * the run.
 */

import { StageError } from '../../core/failure.ts'
import type { StageContext } from '../../core/stage.ts'
import { Document } from '../../data/document.ts'
import type { LedgerBook, RuleCount } from '../../data/ledger.ts'
import { templateFailures } from '../../text/chat/jinja.ts'

/** A text that a tokenizer cannot encode is a StageError of one of these codes. */
const unknownFailures = ['unknown-bytes', 'unknown-characters']

export class Refusals {
  readonly #rule: RuleCount
  readonly #book: LedgerBook
  readonly #step: string
  /** Those that have what the tokenizer has no token for. */
  #unknown: RuleCount | undefined
  #first: { readonly id: string; readonly reason: string; readonly help: string | undefined } | undefined

  /** `step` is the stage, as the ledger calls it. */
  constructor(book: LedgerBook, step: string) {
    this.#book = book
    this.#step = step
    this.#rule = book.rule(`${step}: the chat template refuses it`)
  }

  /** What `render` makes of a conversation; `undefined` where the template or the tokenizer refuses it, which is then in the ledger. */
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

  /** What to do about the first refusal, if every conversation was refused. */
  get help(): string | undefined {
    return this.#count === this.#book.in.documents ? this.#first?.help : undefined
  }

  /** Says in the run how many were left out and why. */
  warn(stage: Pick<StageContext, 'emit'>): void {
    if (this.#first === undefined) return
    const [lost, all] = [this.#count, this.#book.in.documents].map((n) => n.toLocaleString('en-US'))
    const { id, reason } = this.#first
    const message = `${lost} of ${all} conversations left out, the first is ${id}: ${reason}`
    stage.emit({ event: 'log', level: 'warning', message })
  }
}
