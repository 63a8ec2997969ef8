/** Counts the values of a metric in bins that are the same for every corpus, so that the histograms of two parts add up to that of the whole. */

import type { MetricHistogram } from '../core/ledger.ts'

/** How the values of a metric are divided: `bins` bins of the width 1/`per` from 0 on, and then four bins for each doubling. */
interface Scale {
  readonly per: number
  readonly bins: number
}

/** Shares of a text, whole numbers, and other numbers. bins/per is a power of two, so that the bins of a doubling have exact edges. */
const scales = {
  fraction: { per: 50, bins: 50 },
  count: { per: 1, bins: 8 },
  other: { per: 20, bins: 20 },
} as const satisfies Readonly<Record<string, Scale>>

export type ScaleName = keyof typeof scales

/** The lower edge of a bin for values that are not negative. */
export function edgeOf(bin: number, name: ScaleName): number {
  const { per, bins } = scales[name]
  if (bin <= bins) return bin / per
  const beyond = bin - bins
  return (bins / per) * 2 ** (beyond >> 2) * (1 + (beyond & 3) / 4)
}

/** The number of the bin of a finite value; bin -1 - n mirrors bin n. */
export function binOf(value: number, name: ScaleName): number {
  if (value < 0) return -1 - binOf(-value, name)
  const { per, bins } = scales[name]
  const limit = bins / per
  let bin = Math.floor(value * per)
  if (value >= limit) {
    const doublings = Math.floor(Math.log2(value / limit))
    bin = bins + 4 * doublings + Math.floor((value / (limit * 2 ** doublings) - 1) * 4)
  }
  // Products and logarithms are rounded: the edges decide.
  while (value < edgeOf(bin, name)) bin--
  while (value >= edgeOf(bin + 1, name)) bin++
  return bin
}

/** The documents in each bin, as a part of a pass keeps them. */
export type BinCounts = readonly (readonly [bin: number, documents: number])[]

export class Histogram {
  readonly metric: string
  readonly #scale: ScaleName
  readonly #limits = new Set<number>()
  readonly #counts = new Map<number, number>()

  /** `metric`: as a program writes it. */
  constructor(metric: string, scale: ScaleName) {
    this.metric = metric
    this.#scale = scale
  }

  /** Adds limits that a rule compares the values with. */
  limit(limits: readonly number[]): void {
    for (const limit of limits) this.#limits.add(limit)
  }

  /** Counts a value of a document. A value that is not finite has no bin. */
  add(value: number): void {
    if (!Number.isFinite(value)) return
    const bin = binOf(value, this.#scale)
    this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + 1)
  }

  counts(): BinCounts {
    return [...this.#counts].sort(([a], [b]) => a - b)
  }

  addCounts(counts: BinCounts): void {
    for (const [bin, documents] of counts) this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + documents)
  }

  toJSON(): MetricHistogram {
    const edges = (bin: number) =>
      bin < 0
        ? ([-edgeOf(-bin, this.#scale), -edgeOf(-1 - bin, this.#scale)] as const)
        : ([edgeOf(bin, this.#scale), edgeOf(bin + 1, this.#scale)] as const)
    return {
      metric: this.metric,
      limits: [...this.#limits].sort((a, b) => a - b),
      bins: this.counts().map(([bin, documents]) => [...edges(bin), documents] as const),
    }
  }
}
