/** Runs `contamination`: indexes the texts to measure on, searches what was learned, and lists the texts that are in it. */

import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { FoundText, LearnedSource, Overlap } from '../../core/report.ts'
import { joined, passageAt } from '../../data/contamination/compared.ts'
import type { Coverage, Found, MeasuredTexts } from '../../data/contamination/measured-texts.ts'
import {
  measuredTexts,
  recordsOf,
  type SourceFound,
  searched,
  searchWork,
  type Twin,
} from '../../data/contamination/search-work.ts'
import { Document } from '../../data/document.ts'
import { LedgerBook, type RuleCount } from '../../data/ledger.ts'
import { PartCounts } from '../../data/pass/parts/made-parts.ts'
import type { PartsOf, RunOf, StageOf } from '../shared/define-kind.ts'
import type { contamination } from './contamination.ts'

type Stage = StageOf<typeof contamination>

/** The number of contaminated texts that the report shows. */
const shown = 5

async function workOf(stage: Stage) {
  const { of, learned } = stage.inputs
  const measured = await measuredTexts(of, stage.settings.words, stage)
  return { measured, work: await searchWork(learned, of, measured) }
}

export const parts: PartsOf<typeof contamination> = async (stage) => (await workOf(stage)).work

export const run: RunOf<typeof contamination> = async (stage) => {
  const {
    share,
    limit,
    $learned,
    $unknown = [],
  } = stage.settings as Stage['settings'] & {
    /** Learned material that cannot be compared, in words. The plan adds it. */
    readonly $unknown?: readonly string[]
  }
  const { of, learned } = stage.inputs
  const names = learned.map((_, i) => $learned?.[i] ?? `source ${i}`)
  const counts = new PartCounts()
  const { measured, work } = await workOf(stage)
  const found = await searched(work, learned.length, measured, stage, counts)
  const tally = new Tally(measured, found, share, names)
  // Written at once, so that a full disk is an error of this line.
  const list = openSync(join(stage.outputs.out, 'contaminated.jsonl'), 'w')
  try {
    let item = 0
    for await (const record of recordsOf(of, stage, 'reporting')) {
      if (item === measured.size) break
      const line = tally.take(item++, record.id, joined(record))
      if (line !== undefined) writeSync(list, `${JSON.stringify(line)}\n`)
    }
  } finally {
    closeSync(list)
  }
  const overlap: Overlap = { ...tally.overlap(), left: measured.left, unknown: $unknown }
  const metrics = metricsOf(overlap)
  writeFileSync(join(stage.outputs.out, 'metrics.json'), `${JSON.stringify(metrics, undefined, 2)}\n`)
  const ledger = tally.book.ledger()
  stage.emit({ event: 'ledger', ledger })
  for (const message of notes(overlap)) stage.emit({ event: 'log', level: 'info', message })
  const { contaminated, texts } = overlap.all
  const isDoubtful = texts > 0 && contaminated / texts > limit
  return {
    metrics,
    ledger,
    summary: summaryOf(overlap),
    detail: { overlap },
    ...(isDoubtful ? { doubt: doubtOf(overlap, share) } : {}),
    ...counts.report(),
  }
}

/** Sums over measured texts: for each source, and for all together. */
class Tally {
  readonly book = new LedgerBook()
  readonly #measured: MeasuredTexts
  readonly #found: readonly SourceFound[]
  readonly #union: Found
  readonly #least: number
  readonly #sums: readonly Sums[]
  readonly #all = new Sums()
  readonly #rules: readonly RuleCount[]
  readonly #together: RuleCount
  readonly #examples: FoundText[] = []
  readonly #names: readonly string[]
  #short = 0
  #empty = 0

  constructor(measured: MeasuredTexts, found: readonly SourceFound[], least: number, names: readonly string[]) {
    this.#measured = measured
    this.#found = found
    this.#least = least
    this.#names = names
    this.#union = measured.marks()
    for (const each of found)
      for (const which of ['shorts', 'longs', 'whole'] as const)
        for (const number of each.found[which].all()) this.#union[which].add(number)
    this.#sums = found.map(() => new Sums())
    const percent = Number((100 * least).toFixed(2))
    this.#rules = names.map((name) => this.book.rule(`contamination: ${percent}% of the words are in ${name}`))
    this.#together = this.book.rule(`contamination: ${percent}% of the words are in several of them together`)
  }

  /** Counts a measured text. Returns its line of the output if it is contaminated. */
  take(item: number, id: string, text: string) {
    const bytes = Buffer.byteLength(text)
    this.book.in.add(bytes)
    const whole = this.#measured.coverage(item, this.#union)
    if (whole.words === 0) this.#empty++
    else if (whole.isShort) this.#short++
    const isFound = this.#all.add(whole, this.#least)
    const within = this.#found.map(({ found }, source) =>
      this.#sums[source]!.add(this.#measured.coverage(item, found), this.#least),
    )
    if (!isFound) {
      this.book.out.add(bytes)
      return undefined
    }
    const first = within.indexOf(true)
    const covered = whole.covered / whole.words
    const { twin, source } = this.#twinOf(item)
    const words = `${(100 * covered).toFixed(0)}%${twin === undefined ? '' : `, most of it in ${twin.id}`}`
    const rule = first === -1 ? this.#together : this.#rules[first]!
    rule.drop(new Document(text, id), () => words)
    if (this.#examples.length < shown)
      this.#examples.push({
        id,
        text: passageAt(text, 0),
        covered,
        ...(twin === undefined ? {} : { twin: { id: twin.id, source: this.#names[source]!, text: twin.passage } }),
      })
    return { id, covered, in: within.flatMap((is, i) => (is ? [i] : [])), ...(twin && { most_in: twin.id }) }
  }

  /** The learned document that has the most of an item. */
  #twinOf(item: number): { readonly twin: Twin | undefined; readonly source: number } {
    let best: { readonly twin: Twin | undefined; readonly source: number } = { twin: undefined, source: -1 }
    for (const place of [item, this.#measured.ownerOf(item)])
      for (const [source, { twins }] of this.#found.entries()) {
        const twin = twins.get(place)
        if (twin !== undefined && twin.ngrams > (best.twin?.ngrams ?? 0)) best = { twin, source }
      }
    return best
  }

  overlap(): Omit<Overlap, 'left' | 'unknown'> {
    return {
      all: this.#all.source('all'),
      sources: this.#sums.map((sums, i) => sums.source(this.#names[i]!)),
      short: this.#short,
      empty: this.#empty,
      examples: this.#examples,
    }
  }
}

/** Sums over all texts, of one source. */
class Sums {
  #texts = 0
  #contaminated = 0
  #shared = 0
  #words = 0
  #covered = 0
  #coveredLong = 0

  /** Adds a text. Returns whether it is contaminated. Texts without words are not counted. */
  add({ words, covered, coveredLong }: Coverage, least: number): boolean {
    if (words === 0) return false
    this.#texts++
    this.#words += words
    this.#covered += covered
    this.#coveredLong += coveredLong
    if (coveredLong > 0) this.#shared++
    const is = covered > 0 && covered >= least * words
    if (is) this.#contaminated++
    return is
  }

  source(name: string): LearnedSource {
    const share = (part: number, whole: number) => (whole === 0 ? 0 : part / whole)
    return {
      name,
      texts: this.#texts,
      contaminated: this.#contaminated,
      shared: this.#shared,
      covered: share(this.#covered, this.#words),
      coveredLong: share(this.#coveredLong, this.#words),
    }
  }
}

const inDigits = (count: number) => count.toLocaleString('en-US')
const textsInWords = (count: number) => `${inDigits(count)} text${count === 1 ? '' : 's'}`
const percent = (share: number) => `${(100 * share).toFixed(1)}%`

/** Metrics by the place of a source: the names that a program gives them are not part of the key. */
function metricsOf({ all, sources }: Overlap): Record<string, number> {
  const share = (part: number, texts: number) => (texts === 0 ? 0 : part / texts)
  return {
    contaminated: share(all.contaminated, all.texts),
    covered_8: all.covered,
    covered_13: all.coveredLong,
    shared_13: share(all.shared, all.texts),
    texts: all.texts,
    ...Object.fromEntries(
      sources.flatMap(({ contaminated, shared, texts }, i) => [
        [`contaminated[${i}]`, share(contaminated, texts)],
        [`shared_13[${i}]`, share(shared, texts)],
      ]),
    ),
  }
}

function summaryOf({ all, short, empty }: Overlap): string {
  if (all.texts === 0) return `no text has words to compare (${textsInWords(empty)})`
  if (short === all.texts) return `${textsInWords(short)} of fewer than 8 words, ${inDigits(all.contaminated)} learned`
  return `${inDigits(all.contaminated)} of ${textsInWords(all.texts)} contaminated, ${percent(all.covered)} of the words in 8-grams that were learned`
}

/** Notes about what was not compared, or not as n-grams. */
function notes({ all, short, empty, left, unknown }: Overlap): string[] {
  return [
    ...(short > 0 && short < all.texts
      ? [`${textsInWords(short)} of fewer than 8 words: compared with whole texts of as many words only`]
      : []),
    ...(empty > 0 ? [`${textsInWords(empty)} without a word: not compared`] : []),
    ...(left > 0 ? [`${textsInWords(left)} left out after the first words: raise \`words\` to compare them`] : []),
    ...unknown.map((what) => `not compared: ${what}`),
  ]
}

function doubtOf({ all, sources }: Overlap, share: number): string {
  const where = sources.flatMap(({ name, contaminated }) =>
    contaminated === 0 ? [] : [`${name} (${inDigits(contaminated)})`],
  )
  const many = `${inDigits(all.contaminated)} of ${textsInWords(all.texts)} to measure on`
  const found = where.length === 0 ? 'several sources together' : where.join(', ')
  return `${many} were learned: at least ${Number((100 * share).toFixed(2))}% of the words of each are in ${found}`
}
