/** Keeps a ledger while documents go by: counts, and the first few of each thing to look at. */

import type { Ledger, MalformedLine } from '../core/artefact.ts'
import { type Document, idOf } from './document.ts'

/** How many samples are kept of each rule, and of lines that could not be read. */
const sampleCount = 5
const malformedSamples = 20

/** Characters of a sample's text. */
const sampleLength = 300

interface Sample {
  readonly id: string
  readonly text: string
  readonly value?: string
}

class Tally {
  documents = 0
  bytes = 0

  add(bytes: number): void {
    this.documents++
    this.bytes += bytes
  }

  toJSON() {
    return { documents: this.documents, bytes: this.bytes }
  }
}

/** Counts the documents that one rule drops. */
export class RuleCount extends Tally {
  readonly rule: string
  readonly samples: Sample[] = []

  constructor(rule: string) {
    super()
    this.rule = rule
  }

  /** `value` says what the rule saw: `words = 3`. It is asked only for the few documents that become samples. */
  drop(document: Document, value?: () => string | undefined): void {
    this.add(Buffer.byteLength(document.text))
    if (this.samples.length < sampleCount) this.samples.push(sampleOf(document, value?.()))
  }
}

/** Counts the documents that one step changes. */
export class ChangeCount {
  readonly step: string
  documents = 0
  #notes: () => string | undefined

  constructor(step: string, notes: () => string | undefined = () => undefined) {
    this.step = step
    this.#notes = notes
  }

  toJSON() {
    const note = this.#notes()
    return { step: this.step, documents: this.documents, ...(note === undefined ? {} : { note }) }
  }
}

export class LedgerBook {
  readonly in = new Tally()
  readonly out = new Tally()
  readonly #rules: RuleCount[] = []
  readonly #changes: ChangeCount[] = []
  readonly #malformed: MalformedLine[] = []
  #malformedCount = 0

  /** A rule that can drop documents; rules are listed in the order they were added. */
  rule(rule: string): RuleCount {
    const count = new RuleCount(rule)
    this.#rules.push(count)
    return count
  }

  /** A step that can change documents; `notes` says how, at the end. */
  step(step: string, notes?: () => string | undefined): ChangeCount {
    const count = new ChangeCount(step, notes)
    this.#changes.push(count)
    return count
  }

  malformed(line: MalformedLine): void {
    this.#malformedCount++
    if (this.#malformed.length < malformedSamples) this.#malformed.push(line)
  }

  get malformedCount(): number {
    return this.#malformedCount
  }

  /** The rule that dropped most. */
  get strictest(): RuleCount | undefined {
    return this.#rules.reduce<RuleCount | undefined>(
      (most, rule) => (rule.documents > (most?.documents ?? 0) ? rule : most),
      undefined,
    )
  }

  ledger(): Ledger {
    return {
      in: this.in.toJSON(),
      out: this.out.toJSON(),
      dropped: this.#rules.map((rule) => ({ rule: rule.rule, ...rule.toJSON(), samples: [...rule.samples] })),
      changed: this.#changes.map((change) => change.toJSON()).filter(({ documents }) => documents > 0),
      malformed: { count: this.#malformedCount, samples: [...this.#malformed] },
      truncated: [],
    }
  }
}

function sampleOf(document: Document, value: string | undefined): Sample {
  const { text } = document
  // Not in the middle of a surrogate pair.
  const cut = text.length > sampleLength ? `${text.slice(0, sampleLength).replace(/[\ud800-\udbff]$/, '')}…` : text
  return { id: idOf(document), text: cut, ...(value === undefined ? {} : { value }) }
}
