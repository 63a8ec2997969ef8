/** Keeps a ledger while documents go by: counts, and the first few of each thing to look at. */

import type { DocumentCount, Ledger, MalformedLine } from '../core/ledger.ts'
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

  add(bytes: number, documents = 1): void {
    this.documents += documents
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

/** Counts the documents that one step changes, and what its note tells. */
export class ChangeCount {
  readonly step: string
  documents = 0
  readonly counts: Record<string, number>
  /** Where the first of them is, where the step says. */
  first: string | undefined
  /** Whether a run has to say it, and not the ledger alone. */
  readonly warns: boolean
  readonly #note: Note

  constructor(step: string, note: Note = () => undefined, counted: readonly string[] = [], how?: 'warns') {
    this.step = step
    this.#note = note
    this.warns = how === 'warns'
    this.counts = Object.fromEntries(counted.map((name) => [name, 0]))
  }

  count(name: string, times = 1): void {
    this.counts[name] = (this.counts[name] ?? 0) + times
  }

  toJSON() {
    const note = this.#note(this)
    return { step: this.step, documents: this.documents, ...(note === undefined ? {} : { note }) }
  }
}

/** What a step did, from what it counted. */
export type Note = (change: Pick<ChangeCount, 'counts' | 'first'>) => string | undefined

/** What a book of a part has in it: plain JSON, for the book of the whole. */
export interface LedgerPart {
  readonly in: DocumentCount
  readonly out: DocumentCount
  readonly rules: readonly (DocumentCount & { readonly samples: readonly Sample[] })[]
  readonly changes: readonly {
    readonly documents: number
    readonly counts: Readonly<Record<string, number>>
    readonly first?: string | undefined
  }[]
  readonly malformed: Ledger['malformed']
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

  /** A step that can change documents; `note` says how, at the end, from what of `counted` it counted. */
  step(step: string, note?: Note, counted?: readonly string[], how?: 'warns'): ChangeCount {
    const count = new ChangeCount(step, note, counted, how)
    this.#changes.push(count)
    return count
  }

  /** Counts what could not be read as a document among what came in; `bytes` is its length. */
  malformed(line: MalformedLine, bytes: number): void {
    this.in.add(bytes)
    this.#malformedCount++
    if (this.#malformed.length < malformedSamples) this.#malformed.push(line)
  }

  get malformedCount(): number {
    return this.#malformedCount
  }

  /** What a run has to say besides the ledger: what could not be read, and what was read with a loss. */
  warnings(): string[] {
    const number = (count: number) => count.toLocaleString('en-US')
    const all = number(this.in.documents)
    const [first] = this.#malformed
    const unread =
      first === undefined
        ? []
        : [
            `${number(this.#malformedCount)} of ${all} documents could not be read and ${this.#malformedCount === 1 ? 'is' : 'are'} left out, ` +
              `first ${first.file}:${first.line}: ${first.message}${this.#malformedCount === 1 ? '' : '. The ledger shows more'}`,
          ]
    const changed = this.#changes.filter(({ warns, documents }) => warns && documents > 0)
    return [
      ...unread,
      ...changed.map((change) => `In ${number(change.documents)} of ${all} documents ${change.toJSON().note ?? ''}.`),
    ]
  }

  /** The rule that dropped most. */
  get strictest(): RuleCount | undefined {
    return this.#rules.reduce<RuleCount | undefined>(
      (most, rule) => (rule.documents > (most?.documents ?? 0) ? rule : most),
      undefined,
    )
  }

  /** All that is in it. */
  part(): LedgerPart {
    return {
      in: this.in.toJSON(),
      out: this.out.toJSON(),
      rules: this.#rules.map((rule) => ({ ...rule.toJSON(), samples: [...rule.samples] })),
      changes: this.#changes.map(({ documents, counts, first }) => ({ documents, counts: { ...counts }, first })),
      malformed: { count: this.#malformedCount, samples: [...this.#malformed] },
    }
  }

  /** Adds what a book of the same rules and steps has: as if its documents had gone by here next. */
  add(part: LedgerPart): void {
    this.in.add(part.in.bytes, part.in.documents)
    this.out.add(part.out.bytes, part.out.documents)
    for (const [i, rule] of this.#rules.entries()) {
      const { bytes, documents, samples } = part.rules[i]!
      rule.add(bytes, documents)
      rule.samples.push(...samples.slice(0, sampleCount - rule.samples.length))
    }
    for (const [i, change] of this.#changes.entries()) {
      const { documents, counts, first } = part.changes[i]!
      change.documents += documents
      change.first ??= first
      for (const [name, times] of Object.entries(counts)) change.count(name, times)
    }
    const { count, samples } = part.malformed
    this.#malformedCount += count
    this.#malformed.push(...samples.slice(0, malformedSamples - this.#malformed.length))
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
