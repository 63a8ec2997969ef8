/**
 * Stages side by side, the best first: their values and metrics as a table, and their curves over each other.
 *
 *        lr    layers  valid_loss  perplexity  TOOK
 *     a  3e-3  2       4.102       60.5        41s
 *     b  1e-3  2       4.377       79.6        40s
 *        1e-1  2                               12s   failed: the loss is not a number
 */

import { goalOf, goals } from '../core/goal.ts'
import { duration, scalar } from './format.ts'
import { type Line, seg, type Tone } from './line.ts'
import { type Curve, plot } from './plot.ts'
import type { Point } from './series.ts'
import { table } from './table.ts'

export interface Contender {
  readonly name: string
  /** What is bound, without values: `base`. */
  readonly of: string
  /** The values it was made with, by variable; none for a stage outside of every `for`. */
  readonly values: Readonly<Record<string, string>>
  readonly metrics: Readonly<Record<string, number>>
  readonly seconds?: number
  /** What there is to say of it: `failed: …`, `not run yet`, `cached`. */
  readonly note: string
  readonly points: readonly Point[]
}

/** So many curves can be told apart. */
const most = 12
const tones: readonly Tone[] = ['first', 'second', 'good', 'busy', 'accent', 'bad']

/** The metric that counts where none is named: the first that is known to, else the first there is. */
export function metricToSortBy(contenders: readonly Contender[]): string | undefined {
  const names = new Set(contenders.flatMap(({ metrics }) => Object.keys(metrics)))
  return Object.keys(goals).find((name) => names.has(name)) ?? [...names][0]
}

/** The best by a metric first, those without it last. */
export function ranked(contenders: readonly Contender[], by: string | undefined): Contender[] {
  if (by === undefined) return [...contenders]
  const sign = goalOf(by) === 'max' ? -1 : 1
  const place = ({ metrics }: Contender) => sign * (metrics[by] ?? sign * Number.POSITIVE_INFINITY)
  // Two infinities are equal, and not nothing apart.
  return contenders.toSorted((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)))
}

export interface VariantOptions {
  readonly width: number
  /** The metric in the first column of numbers. */
  readonly by: string | undefined
  /** Whether each row has the letter of its curve. */
  readonly letters?: true
}

/** The table, in the order given. */
export function variantTable(contenders: readonly Contender[], { width, by, letters }: VariantOptions): Line[] {
  const variables = [...new Set(contenders.flatMap(({ values }) => Object.keys(values)))]
  const several = new Set(contenders.map(({ of }) => of)).size > 1 || variables.length === 0
  const metrics = metricsShown(contenders, by)
  const heads = [
    ...(several ? [{ title: 'STAGE', tone: 'bold' as const, most: 28 }] : []),
    ...variables.map((title) => ({ title, tone: 'bold' as const, most: 20 })),
    ...metrics.map((title) => ({ title, align: 'right' as const })),
    { title: 'TOOK', align: 'right' as const },
    { title: '' },
  ]
  const rows = contenders.map(({ of, values, metrics: own, seconds, note }) => [
    ...(several ? [of] : []),
    ...variables.map((variable) => values[variable] ?? ''),
    ...metrics.map((name) => (own[name] === undefined ? '' : scalar(own[name]))),
    seconds === undefined ? '' : duration(seconds),
    note,
  ])
  const lines = table(heads, rows, width - (letters ? 3 : 0))
  if (!letters) return lines
  const drawn = drawable(contenders)
  return lines.map((line, index) => {
    const at = index === 0 ? -1 : drawn.indexOf(contenders[index - 1]!)
    return [at === -1 ? seg('   ') : seg(`${letterOf(at)}  `, toneOf(at)), ...line]
  })
}

/** The metric that counts first, then those in which they differ. */
function metricsShown(contenders: readonly Contender[], by: string | undefined): string[] {
  const names = [...new Set(contenders.flatMap(({ metrics }) => Object.keys(metrics)))]
  const differ = names.filter((name) => new Set(contenders.flatMap(({ metrics }) => metrics[name] ?? [])).size > 1)
  return [...new Set([...(by !== undefined && names.includes(by) ? [by] : []), ...differ])]
}

/** The curves of the first of them over each other, each ending in its letter. */
export function variantCurves(contenders: readonly Contender[], size: { width: number; height: number }): Line[] {
  const drawn = drawable(contenders)
  const curves = drawn.map(({ name, points }, at): Curve => ({ name, points, tone: toneOf(at), mark: letterOf(at) }))
  // Later curves lie over earlier ones: the best are drawn last.
  const lines = plot(curves.reverse(), size)
  const all = contenders.filter(({ points }) => points.length > 0)
  return lines.length === 0 || all.length <= most
    ? lines
    : [...lines, [seg(`the first ${most} of ${all.length}`, 'dim')]]
}

function drawable(contenders: readonly Contender[]): readonly Contender[] {
  return contenders.filter(({ points }) => points.length > 0).slice(0, most)
}

const letterOf = (at: number) => String.fromCharCode('a'.charCodeAt(0) + at)
const toneOf = (at: number) => tones[at % tones.length]!
