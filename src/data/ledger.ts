/** Keeps the ledger of a stage while it works: counts, and samples of what it drops. */

import type { DocumentCount, DroppedByRule, DroppedSample, Ledger, MalformedLine, Twin } from '../core/ledger.ts'
import { type Document, idOf } from './document.ts'
import { type BinCounts, Histogram, type ScaleName } from './histogram.ts'

/** The number of samples of each rule, and of malformed lines. */
const sampleCount = 5
const malformedSamples = 20

/** The longest text of a sample, in UTF-16 units. */
const sampleLength = 300

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
  readonly samples: DroppedSample[] = []
  readonly #histograms = new Map<string, Histogram>()
  /** Whether a part did not count the values, so that the histograms are not those of all documents. */
  #isIncomplete = false

  constructor(rule: string) {
    this.rule = rule
  }

  get documents(): number {
    return this.dropped.documents
  }

  /** Whether the next dropped document becomes a sample. */
  get wantsSample(): boolean {
    return this.samples.length < sampleCount
  }

  /**
   * Counts a dropped document. `value` explains the decision, `words = 3`, and `twin` is the document that a copy is like; both are called only for
   * documents that become samples.
   */
  drop(document: Document, value?: () => string | undefined, twin?: () => Twin | undefined): void {
    this.dropped.add(Buffer.byteLength(document.text))
    if (this.wantsSample) this.samples.push(sampleOf(document, value?.(), twin?.()))
  }

  /** The histogram of a metric, and whether this call made it. */
  histogram(metric: string, scale: ScaleName): { readonly histogram: Histogram; readonly isNew: boolean } {
    const known = this.#histograms.get(metric)
    const histogram = known ?? new Histogram(metric, scale)
    this.#histograms.set(metric, histogram)
    return { histogram, isNew: known === undefined }
  }

  part(): LedgerPart['rules'][number] {
    const seen = [...this.#histograms.values()].map((histogram) => histogram.counts())
    return { ...this.dropped.toJSON(), samples: [...this.samples], ...(seen.length === 0 ? {} : { seen }) }
  }

  add({ bytes, documents, samples, seen = [] }: LedgerPart['rules'][number]): void {
    this.dropped.add(bytes, documents)
    this.samples.push(...samples.slice(0, sampleCount - this.samples.length))
    // Parts that an earlier version kept have no histograms.
    if (seen.length < this.#histograms.size) this.#isIncomplete = true
    for (const [i, histogram] of [...this.#histograms.values()].entries()) histogram.addCounts(seen[i] ?? [])
  }

  toJSON(hasHistograms: boolean): DroppedByRule {
    const { rule, dropped, samples } = this
    const seen = [...this.#histograms.values()].map((histogram) => histogram.toJSON())
    const isShown = hasHistograms && seen.length > 0 && !this.#isIncomplete
    return { rule, ...dropped.toJSON(), samples: [...samples], ...(isShown ? { seen } : {}) }
  }
}

/** How the run warns of a change. */
type Warns = 'warns' | 'warns of files' | 'warns of absent names'

/** Counts the documents that one step changes, and other numbers for its note. */
export class ChangeCount {
  readonly step: string
  documents = 0
  readonly counts: Record<string, number>
  /** The place of the first changed document, if the step sets it. */
  first: string | undefined
  /**
   * Whether the run warns of the change, counted in documents or in files, or of names whose count is 0; otherwise it is in the ledger only.
   */
  readonly warns: Warns | undefined
  /** Whether a part did not count it, so that a count of 0 says nothing about all documents. */
  isIncomplete = false
  readonly #samples: DroppedSample[] = []
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

  /** Adds a sample of what the step removes from a document. */
  show(sample: DroppedSample): void {
    if (this.#samples.length < sampleCount) this.#samples.push(sample)
  }

  toJSON() {
    const note = this.#note(this)
    const samples = this.#samples.length === 0 ? {} : { samples: [...this.#samples] }
    return { step: this.step, documents: this.documents, ...(note === undefined ? {} : { note }), ...samples }
  }
}

/** Describes the work of a step by its counts; `undefined` for no description. */
export type Note = (change: Pick<ChangeCount, 'counts' | 'first'>) => string | undefined

/** The contents of a part's book as plain JSON, to add to the book of the whole. */
export interface LedgerPart {
  readonly in: DocumentCount
  readonly out: DocumentCount
  readonly rules: readonly (DocumentCount & {
    readonly samples: readonly DroppedSample[]
    /** For each histogram of the rule, its bins. */
    readonly seen?: readonly BinCounts[]
  })[]
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
      ...this.#changes.flatMap(absentNames),
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
      rules: this.#rules.map((rule) => rule.part()),
      changes: this.#changes.map(({ documents, counts, first }) => ({ documents, counts: { ...counts }, first })),
      malformed: { count: this.#malformedCount, samples: [...this.#malformed] },
    }
  }

  /** Adds the book of a part that has the same rules and steps: the same as counting the part's documents here. */
  add(part: LedgerPart): void {
    this.in.add(part.in.bytes, part.in.documents)
    this.out.add(part.out.bytes, part.out.documents)
    for (const [i, rule] of this.#rules.entries()) rule.add(part.rules[i]!)
    for (const [i, change] of this.#changes.entries()) {
      const own = part.changes[i]
      // Parts that an earlier version kept lack steps that were added at the end.
      if (own === undefined) {
        change.isIncomplete = true
        continue
      }
      const { documents, counts, first } = own
      change.documents += documents
      change.first ??= first
      for (const [name, times] of Object.entries(counts)) change.count(name, times)
    }
    const { count, samples } = part.malformed
    this.#malformedCount += count
    this.#malformed.push(...samples.slice(0, malformedSamples - this.#malformed.length))
  }

  /** Without histograms it is small enough for the log of a run, which gets it several times a second. */
  ledger({ hasHistograms = true } = {}): Ledger {
    return {
      in: this.in.toJSON(),
      out: this.out.toJSON(),
      dropped: this.#rules.map((rule) => rule.toJSON(hasHistograms)),
      changed: this.#changes.map((change) => change.toJSON()).filter(({ documents }) => documents > 0),
      malformed: { count: this.#malformedCount, samples: [...this.#malformed] },
      truncated: [],
    }
  }
}

/**
 * The warning of fields that no document has; none if there was no document, or if not all parts counted. `first` is a sentence about the first
 * document.
 */
function absentNames({ step, warns, counts, first, isIncomplete }: ChangeCount): string[] {
  const absent = Object.entries(counts).flatMap(([name, times]) => (times === 0 ? [`\`${name}\``] : []))
  if (warns !== 'warns of absent names' || isIncomplete || first === undefined || absent.length === 0) return []
  return [`No document has ${absent.join(', ')}, which keep_fields of ${step} names.${first}`]
}

function sampleOf(document: Document, value: string | undefined, twin: Twin | undefined): DroppedSample {
  const { text } = document
  // Do not cut a surrogate pair in two.
  const cut = text.length > sampleLength ? `${text.slice(0, sampleLength).replace(/[\ud800-\udbff]$/, '')}…` : text
  return {
    id: idOf(document),
    text: cut,
    ...(value === undefined ? {} : { value }),
    ...(twin === undefined ? {} : { twin }),
  }
}
