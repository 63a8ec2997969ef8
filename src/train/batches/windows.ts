/** Draws the windows of training batches from a corpus, or from several by their shares. */

import { Random } from '../../core/values/random.ts'
import type { TokenReader } from '../../text/tokens.ts'
import { type Batch, fillRow } from './batches.ts'
import { Dealer } from './dealer.ts'

/** The shares of the sources from a batch on, counted from 0. They add up to 1; a source with 0 does not occur. */
export interface WindowsPhase {
  readonly start: number
  readonly shares: readonly number[]
}

export interface WindowsSettings {
  /** Tokens of a window. */
  readonly time: number
  readonly seed: number
  /**
   * How the windows of a source are drawn. `shuffled`: together they cover it. Each pass learns every token once, except for less than a window at
   * the ends; every pass cuts the source at other places and has an order of its own. `random`: each place is equally likely, drawn with
   * replacement, as in nanoGPT.
   */
  readonly order: 'shuffled' | 'random'
  /** In their order; the first starts at 0. */
  readonly phases: readonly WindowsPhase[]
}

/**
 * Fills batches with windows, across documents. With several sources, every batch has the shares of its phase as nearly as whole windows allow, in a
 * random order of its rows, so that no part of a batch belongs to one source. A source continues where it was when the phase changes: each
 * token is learned once before any is learned twice. A batch depends on the settings, the number of its rows and its index alone.
 */
export class Windows {
  readonly #sources: readonly TokenReader[]
  readonly #settings: WindowsSettings
  readonly #places: readonly ((number: number) => number)[]
  /** The number of windows of each source in the batches before `#next`. */
  #drawn: number[] = []
  #next = 0
  #dealer: Dealer | undefined

  constructor(sources: readonly TokenReader[], settings: WindowsSettings) {
    this.#sources = sources
    this.#settings = settings
    const { time, seed } = settings
    this.#places = sources.map((reader, i) => shuffledPlaces(reader, time, seed, i === 0 ? 'windows' : `windows ${i}`))
    this.#rewind()
  }

  /** Fills the batch `index`, counted from 0 over all steps. Returns the source of each of its rows. */
  fill(batch: Batch, index: number): Uint16Array {
    const { time, seed, order } = this.#settings
    const rows = batch.tokens.length / time
    this.skipTo(index, rows)
    const numbers = [...this.#drawn]
    const sources = this.#deal(rows)
    const ofRows = Uint16Array.from(new Random(seed, 'mixture', index).permutation(rows), (place) => sources[place]!)
    const random = new Random(seed, 'batches', index)
    for (const [row, source] of ofRows.entries()) {
      const reader = this.#sources[source]!
      const place = order === 'random' ? random.below(reader.length - time) : this.#places[source]!(numbers[source]!++)
      fillRow(batch, row, reader, time, place)
    }
    return ofRows
  }

  /** Goes to the batch `index` as if all before it, of this number of rows, had been filled. */
  skipTo(index: number, rows: number): void {
    if (index < this.#next) this.#rewind()
    while (this.#next < index) this.#deal(rows)
  }

  /** The number of windows of each source in all batches up to the one that was filled or skipped last. */
  get drawn(): readonly number[] {
    return [...this.#drawn]
  }

  /** Deals the rows of the next batch to the sources. */
  #deal(rows: number): Uint16Array {
    const phase = this.#settings.phases.findLast(({ start }) => start <= this.#next)!
    if (phase.start === this.#next || this.#dealer === undefined) this.#dealer = new Dealer(phase.shares)
    const dealer = this.#dealer
    const sources = Uint16Array.from({ length: rows }, () => dealer.next())
    for (const source of sources) this.#drawn[source]!++
    this.#next++
    return sources
  }

  #rewind(): void {
    this.#drawn = this.#sources.map(() => 0)
    this.#next = 0
    this.#dealer = undefined
  }
}

/**
 * The places where the windows of a corpus begin, by the number of the window over all passes. The order of a pass is drawn from the stream
 * of random numbers `purpose`. Windows are asked for in sequence, so only the order of one pass is kept.
 */
function shuffledPlaces(reader: TokenReader, time: number, seed: number, purpose: string): (number: number) => number {
  const targets = reader.length - 1
  // One window fewer than fits, so that the first can begin anywhere within a window's length.
  const count = Math.max(1, Math.floor((targets - (time - 1)) / time))
  let pass = -1
  let first = 0
  let order = new Uint32Array(0)
  return (number) => {
    if (Math.floor(number / count) !== pass) {
      pass = Math.floor(number / count)
      const random = new Random(seed, purpose, pass)
      first = random.below(targets - count * time + 1)
      order = random.permutation(count)
    }
    return first + order[number % count]! * time
  }
}
