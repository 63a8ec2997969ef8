/** Keeps the ledger of a stage while it works: counts, and samples of what it drops. */

import type { DocumentCount, Ledger, MalformedLine } from '../core/ledger.ts'
import { type Document, idOf } from './document.ts'

/** The number of samples of each rule, and of malformed lines. */
const sampleCount = 5
const malformedSamples = 20

/** The longest text of a sample, in UTF-16 units. */
const sampleLength = 300

interface Sample {
  readonly id: string
  readonly text: string
  readonly value?: string
}

class DocumentCounter {
  documents = 0
  bytes = 0

  add(bytes: number, documents = 1): void {
    this.documents += documents
    this.bytes += bytes
  }

  toJSON(): DocumentCount {
    return { documents: this.documents, bytes: this.bytes }
  }
}

/** Counts the documents that one rule drops. */
export class RuleCount {
  readonly rule: string
  readonly dropped = new DocumentCounter()
  readonly samples: Sample[] = []

  constructor(rule: string) {
    this.rule = rule
  }

  get documents(): number {
    return this.dropped.documents
  }

  /** Counts a dropped document. `value` explains the decision, `words = 3`; it is called only for documents that become samples. */
  drop(document: Document, value?: () => string | undefined): void {
    this.dropped.add(Buffer.byteLength(document.text))
    if (this.samples.length < sampleCount) this.samples.push(sampleOf(document, value?.()))
  }
}

/** How the run warns of a change. */
type Warns = 'warns' | 'warns of files'

/** Counts the documents that one step changes, and other numbers for its note. */
export class ChangeCount {
  readonly step: string
  documents = 0
  readonly counts: Record<string, number>
  /** The place of the first changed document, if the step sets it. */
  first: string | undefined
  /** Whether the run warns of the change, counted in documents or in files; otherwise it is in the ledger only. */
  readonly warns: Warns | undefined
  readonly #note: Note

  constructor(step: string, note: Note = () => undefined, counted: readonly string[] = [], warns?: Warns) {
    this.step = step
    this.#note = note
    this.warns = warns
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

/** Describes the work of a step by its counts; `undefined` for no description. */
export type Note = (change: Pick<ChangeCount, 'counts' | 'first'>) => string | undefined

/** The contents of a part's book as plain JSON, to add to the book of the whole. */
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

/** The ledger of a stage that is still working. */
export class LedgerBook {
  readonly in = new DocumentCounter()
  readonly out = new DocumentCounter()
  readonly #rules: RuleCount[] = []
  readonly #changes: ChangeCount[] = []
  readonly #malformed: MalformedLine[] = []
  #malformedCount = 0

  /** Adds a rule that can drop documents. The ledger lists rules in the order in which they were added. */
  rule(rule: string): RuleCount {
    const count = new RuleCount(rule)
    this.#rules.push(count)
    return count
  }

  /** Adds a step that can change documents. At the end, `note` describes the changes by the counts named in `counted`. */
  step(step: string, note?: Note, counted?: readonly string[], warns?: Warns): ChangeCount {
    const count = new ChangeCount(step, note, counted, warns)
    this.#changes.push(count)
    return count
  }

  /** Counts malformed input, also among the documents in; `bytes` is its length. */
  malformed(line: MalformedLine, bytes: number, documents = 1): void {
    this.in.add(bytes, documents)
    this.#malformedCount += documents
    if (this.#malformed.length < malformedSamples) this.#malformed.push(line)
  }

  get malformedCount(): number {
    return this.#malformedCount
  }

  /** The first malformed input, `First a.jsonl:3: not JSON`; `undefined` if no input was malformed. */
  get firstMalformed(): string | undefined {
    const [first] = this.#malformed
    return first === undefined
      ? undefined
      : `First ${first.file}:${first.line}: ${first.message.replace(/\.?$/, first.message.endsWith('?') ? '' : '.')}`
  }

  /** The warnings of the run: input that could not be read, or was read with a loss. */
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
    const changed = this.#changes.filter(({ warns, documents }) => warns !== undefined && documents > 0)
    return [
      ...unread,
      ...changed.map((change) => {
        const counted = change.warns === 'warns' ? `of ${all} documents` : `file${change.documents === 1 ? '' : 's'}`
        return `In ${number(change.documents)} ${counted} ${change.toJSON().note ?? ''}.`
      }),
    ]
  }

  /** The rule that dropped the most documents; `undefined` if none dropped any. */
  get strictest(): RuleCount | undefined {
    return this.#rules.reduce<RuleCount | undefined>(
      (most, rule) => (rule.documents > (most?.documents ?? 0) ? rule : most),
      undefined,
    )
  }

  /** The contents of the book. */
  part(): LedgerPart {
    return {
      in: this.in.toJSON(),
      out: this.out.toJSON(),
      rules: this.#rules.map((rule) => ({ ...rule.dropped.toJSON(), samples: [...rule.samples] })),
      changes: this.#changes.map(({ documents, counts, first }) => ({ documents, counts: { ...counts }, first })),
      malformed: { count: this.#malformedCount, samples: [...this.#malformed] },
    }
  }

  /** Adds the book of a part that has the same rules and steps: the same as counting the part's documents here. */
  add(part: LedgerPart): void {
    this.in.add(part.in.bytes, part.in.documents)
    this.out.add(part.out.bytes, part.out.documents)
    for (const [i, rule] of this.#rules.entries()) {
      const { bytes, documents, samples } = part.rules[i]!
      rule.dropped.add(bytes, documents)
      rule.samples.push(...samples.slice(0, sampleCount - rule.samples.length))
    }
    for (const [i, change] of this.#changes.entries()) {
      // Parts that an earlier version kept lack steps that were added at the end.
      const { documents, counts, first } = part.changes[i] ?? { documents: 0, counts: {} }
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
      dropped: this.#rules.map((rule) => ({ rule: rule.rule, ...rule.dropped.toJSON(), samples: [...rule.samples] })),
      changed: this.#changes.map((change) => change.toJSON()).filter(({ documents }) => documents > 0),
      malformed: { count: this.#malformedCount, samples: [...this.#malformed] },
      truncated: [],
    }
  }
}

function sampleOf(document: Document, value: string | undefined): Sample {
  const { text } = document
  // Do not cut a surrogate pair in two.
  const cut = text.length > sampleLength ? `${text.slice(0, sampleLength).replace(/[\ud800-\udbff]$/, '')}…` : text
  return { id: idOf(document), text: cut, ...(value === undefined ? {} : { value }) }
}
