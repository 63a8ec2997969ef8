/** Axes of a curve: the range of values that is drawn, and ticks that are few, round and labeled without repeats. */

import { count, scalar, short } from '../format.ts'
import type { Point } from './series.ts'

export interface Tick {
  readonly at: number
  readonly label: string
}

export interface Range {
  readonly low: number
  readonly high: number
}

/**
 * The range of values to draw, never empty. A few spikes far above the rest (less than 2% of more than 50 points) are cut off rather than
 * allowed to flatten the curve.
 */
export function valueRange(points: readonly Point[]): Range {
  const sorted = points.map((p) => p.value).sort((a, b) => a - b)
  const low = sorted[0]!
  let high = sorted.at(-1)!
  const bulk = sorted[Math.floor((sorted.length - 1) * 0.98)]!
  if (sorted.length > 50 && high - low > 4 * (bulk - low) && bulk > low) high = bulk + (bulk - low) * 0.5
  if (high - low < 1e-9 * Math.max(1, Math.abs(high))) return { low: low - 0.5, high: high + 0.5 }
  return { low, high }
}

/** The smallest distance between ticks that divides `span` into at most `gaps` gaps: 1, 2 or 5 times a power of ten. */
function roundStep(span: number, gaps: number): number {
  const power = 10 ** Math.floor(Math.log10(span / gaps))
  return power * [1, 2, 5, 10].find((factor) => span / (power * factor) <= gaps * (1 + 1e-9))!
}

/** The multiples of `step` from `low` to `high`. */
function multiples(step: number, low: number, high: number): number[] {
  const [from, to] = [Math.ceil(low / step - 1e-9), Math.floor(high / step + 1e-9)]
  // Rounded, since 3 × 0.1 is 0.30000000000000004.
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => Number(((from + i) * step).toPrecision(12)))
}

/** Ticks at round values in the range, over at most `gaps` gaps. */
export function roundTicks({ low, high }: Range, gaps: number): Tick[] {
  return labeled(multiples(roundStep(high - low, gaps), low, high))
}

/**
 * Ticks from `first` to `last`, both included, with round steps between them. Labels are short (`1.5k`) if that tells them apart, and
 * else in full (`1,501`).
 */
export function stepTicks(first: number, last: number, gaps: number): Tick[] {
  const step = Math.max(1, roundStep(last - first, gaps))
  // The label of a step close to an end would touch the label of that end.
  const inner = multiples(step, first, last).filter((at) => at - first > step / 2 && last - at > step / 2)
  return labeled([first, ...inner, last], [tersely, count])
}

/** Ticks of a logarithmic axis: at 1, 2 and 5 times the powers of ten in the range, or only at the powers of ten if those are many. */
export function logTicks({ low, high }: Range): Tick[] {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))]
  const factors = to - from > 3 ? [1] : [1, 2, 5]
  const every = Math.max(1, Math.ceil((to - from) / 8))
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i).filter((power) => power % every === 0)
  const values = powers.flatMap((power) => factors.map((factor) => Number((factor * 10 ** power).toPrecision(1))))
  const inside = values.filter((value) => value >= low && value <= high)
  return labeled(inside.length > 1 ? inside : [low, high], [scalar])
}

/** A tick at each of `values`. */
export function valueTicks(values: readonly number[]): Tick[] {
  return labeled(values, [scalar])
}

/** `1k`, `1.5k`, `100k`, `250`. */
function tersely(n: number): string {
  return short(n).replace(/\.(\d*?)0+(?=[kMBT])/, (_, digits: string) => (digits === '' ? '' : `.${digits}`))
}

/** `0.25`, `-1.5`, `12`; very large and very small values as elsewhere. */
function plainly(value: number): string {
  return Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-4) ? scalar(value) : String(value)
}

/** With 3, 4, … decimals. */
const exactly = Array.from({ length: 12 }, (_, i) => (value: number) => value.toFixed(i + 3))

/** Labels `values` with the first of `writings` that tells all of them apart, or else with as many digits as that takes. */
function labeled(values: readonly number[], writings: readonly ((value: number) => string)[] = [plainly]): Tick[] {
  const distinct = new Set(values).size
  const tellsApart = (write: (value: number) => string) => new Set(values.map(write)).size === distinct
  const write = [...writings, ...exactly].find(tellsApart) ?? String
  return values.map((at) => ({ at, label: write(at) }))
}
