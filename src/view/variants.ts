/**
 * Variants of a stage side by side, the best first: their values and metrics as a table, and their curves in one plot.
 *
 *        lr    layers  TOOK  valid_loss  perplexity
 *     a  3e-3  2        41s       4.102        60.5
 *     b  1e-3  2        40s       4.377        79.6
 *     c  10    2        12s  failed: training diverged at step 6
 */

import { goalOf, goals } from '../core/kind/goal.ts'
import { type Curve, plot } from './charts/plot.ts'
import type { Point } from './charts/series.ts'
import { duration, scalar } from './format.ts'
import { cutLine, type Line, seg, type Tone } from './line.ts'
import { table } from './table.ts'

export interface Contender {
  readonly name: string
  /** The name of the stage without its values: `base`. */
  readonly of: string
  /** The values of the variables of its `for`; empty for a stage outside of every `for`. */
  readonly values: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, number>>
  readonly seconds?: number
  /** Shown in place of metrics: `failed: …`, `not run yet`. */
  readonly note: string
  readonly points: readonly Point[]
}

/** The metrics of a contender, by which it is ranked. */
type Measured = Pick<Contender, 'metrics'>

/** The number of curves that can be told apart. */
const maxCurves = 12
const tones: readonly Tone[] = ['first', 'second', 'good', 'busy', 'accent', 'bad']

/** The metric to sort by if the user names none: the first of `goals` that a contender has, else the first metric. */
export function metricToSortBy(contenders: readonly Measured[]): string | undefined {
  const names = new Set(contenders.flatMap(({ metrics }) => Object.keys(metrics)))
  return Object.keys(goals).find((name) => names.has(name)) ?? [...names][0]
}

/** The contenders by a metric, the best first, those without the metric last. */
export function ranked<T extends Measured>(contenders: readonly T[], by: string | undefined): T[] {
  if (by === undefined) return [...contenders]
  const sign = goalOf(by) === 'max' ? -1 : 1
  const place = ({ metrics }: Measured) => sign * (metrics[by] ?? sign * Number.POSITIVE_INFINITY)
  // The difference of two infinities is NaN.
  return contenders.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
}

export interface VariantOptions {
  readonly width: number
  /** The metric in the first column of numbers. */
  readonly by: string | undefined
  /** Whether each row has the letter of its curve. */
  readonly letters?: true
}

/** The table, in the order of `contenders`. A contender without metrics has its note in their place. */
export function variantTable(contenders: readonly Contender[], { width, by, letters }: VariantOptions): Line[] {
  const variables = [...new Set(contenders.flatMap(({ values }) => Object.keys(values)))]
  const several = new Set(contenders.map(({ of }) => of)).size > 1 || variables.length === 0
  const metrics = metricsShown(contenders, by)
  const named = table(
    [
      ...(several ? [{ title: 'STAGE', tone: 'bold' as const, most: 28 }] : []),
      ...variables.map((title) => ({ title, tone: 'bold' as const, most: 20 })),
      { title: 'TOOK', align: 'right' as const },
    ],
    contenders.map(({ of, values, seconds }) => [
      ...(several ? [of] : []),
      ...variables.map((variable) => values[variable] ?? ''),
      seconds === undefined ? '' : duration(seconds),
    ]),
  )
  const measured = table(
    metrics.map((title) => ({ title, align: 'right' as const })),
    contenders.map(({ metrics: own }) => metrics.map((name) => (own[name] === undefined ? '' : scalar(own[name])))),
  )
  const drawn = letters ? drawable(contenders) : []
  return named.map((line, index) => {
    const contender = contenders[index - 1]
    const at = contender === undefined ? -1 : drawn.indexOf(contender)
    const letter = at === -1 ? seg('   ') : seg(`${letterOf(at)}  `, toneOf(at))
    const isEmpty = contender !== undefined && Object.keys(contender.metrics).length === 0
    const rest = isEmpty ? [seg(contender.note, 'warn')] : (measured[index] ?? [])
    return cutLine([...(letters ? [letter] : []), ...line, seg('  '), ...rest], width)
  })
}

/** The metric to sort by, then those in which the contenders differ. */
function metricsShown(contenders: readonly Contender[], by: string | undefined): string[] {
  const names = [...new Set(contenders.flatMap(({ metrics }) => Object.keys(metrics)))]
  const differ = names.filter((name) => new Set(contenders.flatMap(({ metrics }) => metrics[name] ?? [])).size > 1)
  return [...new Set([...(by !== undefined && names.includes(by) ? [by] : []), ...differ])]
}

/** The curves of the first contenders in one plot, each with its letter at its end. */
export function variantCurves(contenders: readonly Contender[], size: { width: number; height: number }): Line[] {
  const drawn = drawable(contenders)
  const curves = drawn.map(({ name, points }, at): Curve => ({ name, points, tone: toneOf(at), mark: letterOf(at) }))
  // Later curves lie over earlier ones, so the best are drawn last.
  const lines = plot(curves.reverse(), size)
  const all = contenders.filter(({ points }) => points.length > 0)
  return lines.length === 0 || all.length <= maxCurves
    ? lines
    : [...lines, [seg(`the first ${maxCurves} of ${all.length}`, 'dim')]]
}

function drawable(contenders: readonly Contender[]): readonly Contender[] {
  return contenders.filter(({ points }) => points.length > 0).slice(0, maxCurves)
}

const letterOf = (at: number) => String.fromCharCode('a'.charCodeAt(0) + at)
const toneOf = (at: number) => tones[at % tones.length]!
