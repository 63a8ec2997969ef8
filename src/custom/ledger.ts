/** The ledger of a custom stage. */

import type { StageReport } from '../core/report.ts'
import { Document } from '../data/document.ts'
import { LedgerBook, type RuleCount } from '../data/ledger.ts'

/** Counts the records that a custom stage reads, writes and leaves out. */
export class CustomLedger {
  readonly #name: string
  readonly #noun: string
  readonly #book = new LedgerBook()
  readonly #rules = new Map<string, RuleCount>()

  constructor(name: string, noun: string) {
    this.#name = name
    this.#noun = noun
  }

  take(record: object): void {
    this.#book.in.add(Buffer.byteLength(textOf(record)))
  }

  give(record: object): void {
    this.#book.out.add(Buffer.byteLength(textOf(record)))
  }

  drop(record: object, rule: string, value?: string): void {
    let count = this.#rules.get(rule)
    if (count === undefined) {
      count = this.#book.rule(`${this.#name}: ${rule}`)
      this.#rules.set(rule, count)
    }
    const id = 'id' in record && typeof record.id === 'string' ? record.id : undefined
    count.drop(new Document(textOf(record), id), () => value)
  }

  /** The help for an output that is empty. */
  advice(): string {
    const { strictest } = this.#book
    return strictest === undefined
      ? 'A stage writes its results to its output.'
      : `The rule "${strictest.rule}" left out ${strictest.documents}.`
  }

  report(metrics: Readonly<Record<string, number>>, summary: string | undefined): StageReport {
    const ledger = this.#book.ledger()
    const [taken, made] = [ledger.in.documents, ledger.out.documents]
    const of = made === taken || taken === 0 ? '' : ` of ${inDigits(taken)}`
    const counted = made > 0 ? [`${inDigits(made)}${of} ${this.#noun}`] : []
    const named = Object.entries(metrics).map(([name, value]) => `${name} ${value}`)
    return {
      metrics: { ...(made > 0 ? { [this.#noun]: made } : {}), ...metrics },
      ...(taken + made > 0 ? { ledger } : {}),
      summary: summary ?? [...counted, ...named].join(', '),
    }
  }
}

function inDigits(number: number): string {
  return number.toLocaleString('en-US')
}

/** The text of a record, for its size in bytes and for samples. */
function textOf(record: object): string {
  if ('text' in record && typeof record.text === 'string') return record.text
  const messages = 'messages' in record && Array.isArray(record.messages) ? record.messages : []
  return messages.map((message) => String(message?.content ?? '')).join('\n\n')
}
