/**
 * Histograms as lines, with the limits of a rule drawn in.
 *
 *        ▂▅│█▆▃
 *      ▁▃██│███▅▂▁
 *     ─┴───┼─────┴──
 *      10  50   1k
 */

import type { MetricHistogram } from '../../core/ledger.ts'
import { count, scalar, short } from '../format.ts'
import { type Line, seg, width as widthOf } from '../line.ts'

export interface HistogramOptions {
  readonly width: number
  /** Rows of bars. */
  readonly height: number
}

/** An axis of wider range than this is logarithmic. */
const widestLinear = 20
/** The most columns of bars. */
const mostColumns = 72

const levels = ' ▁▂▃▄▅▆▇█'

/** Bars, an axis and its labels; no lines if there are no documents or no room. */
export function histogramLines(
  { bins, limits }: Pick<MetricHistogram, 'bins' | 'limits'>,
  options: HistogramOptions,
): Line[] {
  const columns = Math.min(mostColumns, options.width - 2 - limits.length)
  if (bins.length === 0 || columns < 10) return []
  const low = Math.min(bins[0]![0], ...limits)
  const high = Math.max(bins.at(-1)![1], ...limits)
  const isLinear = high - low <= widestLinear
  const scale = isLinear
    ? (value: number) => value
    : (value: number) => Math.sign(value) * Math.log2(1 + Math.abs(value))
  const [from, to] = [scale(low), scale(high)]
  const place = (value: number) => ((scale(value) - from) / Math.max(to - from, 1e-9)) * columns

  const heights = new Array<number>(columns).fill(0)
  for (const [start, end, documents] of bins) {
    const [a, b] = [Math.min(place(start), columns - 1e-9), Math.min(place(end), columns)]
    // A bin that is wider than a column is spread over its columns.
    for (let column = Math.floor(a); column < Math.max(b, a + 1e-9); column++) {
      const part = b > a ? (Math.min(b, column + 1) - Math.max(a, column)) / (b - a) : 1
      heights[column]! += documents * part
    }
  }

  // A line for each limit, before the column of the values from the limit on.
  const before = new Set(limits.map((limit) => Math.min(columns, Math.round(place(limit)))))
  const at = (value: number) => {
    const column = Math.min(columns, Math.round(place(value)))
    return column + [...before].filter((each) => each < column).length
  }
  const rows = barRows(heights, before, options.height)
  const labels = [
    ...limits.map((limit) => ({ at: at(limit), text: limitInWords(limit), isLimit: true })),
    ...ticks(low, high, isLinear).map((tick) => ({
      at: Math.min(at(tick), columns + before.size - 1),
      text: tickInWords(tick),
      isLimit: false,
    })),
  ]
  return [...rows, ...axis(labels, columns + before.size)].map((line) => [seg(' '), ...line])
}

function barRows(heights: readonly number[], limits: ReadonlySet<number>, height: number): Line[] {
  const most = Math.max(...heights)
  const eighths = heights.map((each) => (each === 0 ? 0 : Math.max(1, Math.round((each / most) * height * 8))))
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * 8
    const line: Line[] = eighths.map((each, column) => [
      ...(limits.has(column) ? [seg('│', 'warn')] : []),
      seg(levels[Math.min(8, Math.max(0, each - below))]!, 'first'),
    ])
    return [...line.flat(), ...(limits.has(heights.length) ? [seg('│', 'warn')] : [])]
  })
}

interface Label {
  readonly at: number
  readonly text: string
  readonly isLimit: boolean
}

/** The axis and its labels. Labels of limits come first; a tick whose label would touch another is left out. */
function axis(labels: readonly Label[], columns: number): Line[] {
  const placed: (Label & { readonly start: number })[] = []
  for (const label of labels) {
    const size = widthOf(label.text)
    const start = Math.max(0, Math.min(columns - size, label.at - Math.floor(size / 2)))
    if (placed.every((other) => start + size + 1 <= other.start || other.start + widthOf(other.text) + 1 <= start))
      placed.push({ ...label, start })
  }
  placed.sort((a, b) => a.start - b.start)
  const marks = Array.from({ length: columns }, (_, column) => {
    const own = placed.filter(({ at }) => at === column)
    const isLimit = labels.some((label) => label.isLimit && label.at === column)
    return isLimit ? seg('┼', 'warn') : seg(own.length > 0 ? '┴' : '─', 'dim')
  })
  const words: Line[] = placed.map(({ text, start, isLimit }, i) => {
    const previous = placed[i - 1]
    const gap = start - (previous === undefined ? 0 : previous.start + widthOf(previous.text))
    return [seg(' '.repeat(gap)), seg(text, isLimit ? 'warn' : 'dim')]
  })
  return [marks, words.flat()]
}

/** Round values in the range: the two ends' neighbors and a few between them. */
function ticks(low: number, high: number, isLinear: boolean): number[] {
  if (!isLinear) {
    const powers = Array.from({ length: 16 }, (_, i) => 10 ** i)
    const factors = high / Math.max(low, 1) < 300 ? [1, 2, 5] : [1]
    const values = powers.flatMap((power) => factors.map((factor) => factor * power))
    return [0, ...values, ...values.map((value) => -value)].filter((value) => value >= low && value <= high)
  }
  const raw = (high - low) / 5
  const power = 10 ** Math.floor(Math.log10(raw))
  const step = power * [1, 2, 5, 10].find((factor) => power * factor >= raw * 0.999)!
  const first = Math.ceil(low / step - 1e-9)
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(6)),
  )
}

/** `50`, `100,000`, `0.65`: a limit as the program has it. */
function limitInWords(limit: number): string {
  return Number.isInteger(limit)
    ? count(limit)
    : Math.abs(limit) >= 0.001
      ? String(Number(limit.toPrecision(4)))
      : scalar(limit)
}

function tickInWords(tick: number): string {
  return Number.isInteger(tick) ? short(tick).replace(/\.0+(?=[kMBT])/, '') : String(tick)
}
