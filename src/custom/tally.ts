/** The ledger of a stage of the project's own. */

import type { StageReport } from '../core/report.ts'
import { Document } from '../data/document.ts'
import { LedgerBook, type RuleCount } from '../data/ledger.ts'

/** Counts what comes in, goes out and is left out. */
export class Tally {
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

  /** What to do where nothing is left. */
  advice(): string {
    const { strictest } = this.#book
    return strictest === undefined
      ? 'Whatever a stage makes is written to its output.'
      : `${strictest.documents} went by the rule "${strictest.rule}".`
  }

  report(metrics: Readonly<Record<string, number>>, summary: string | undefined): StageReport {
    const ledger = this.#book.ledger()
    const [taken, made] = [ledger.in.documents, ledger.out.documents]
    const of = made === taken || taken === 0 ? '' : ` of ${inDigits(taken)}`
    const counted = made > 0 ? [`${inDigits(made)}${of} ${this.#noun}`] : []
    const told = Object.entries(metrics).map(([name, value]) => `${name} ${value}`)
    return {
      metrics: { ...(made > 0 ? { [this.#noun]: made } : {}), ...metrics },
      ...(taken + made > 0 ? { ledger } : {}),
      summary: summary ?? [...counted, ...told].join(', '),
    }
  }
}

function inDigits(number: number): string {
  return number.toLocaleString('en-US')
}

/** The text that a record is counted by, and shown with. */
function textOf(record: object): string {
  if ('text' in record && typeof record.text === 'string') return record.text
  const messages = 'messages' in record && Array.isArray(record.messages) ? record.messages : []
  return messages.map((message) => String(message?.content ?? '')).join('\n\n')
}
