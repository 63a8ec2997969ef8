/** Labels of the axes of a curve: few, and no two alike. */

import { count, scalar, short } from './format.ts'

export interface Tick {
  readonly at: number
  readonly label: string
}

/**
 * Whole steps from `first` to `last`, both included, evenly spread over at most `gaps` gaps. Labels are short (`1.50k`) where that
 * tells them apart, else in full (`1,501`).
 */
export function stepTicks(first: number, last: number, gaps: number): Tick[] {
  const between = Math.max(1, Math.min(gaps, last - first))
  const steps = Array.from({ length: between + 1 }, (_, i) => Math.round(first + ((last - first) * i) / between))
  return labelled(steps, [short, count])
}

/** The labels of `values`, with as many digits as tell them apart. */
export function valueTicks(values: readonly number[]): Tick[] {
  const moreDigits = Array.from({ length: 12 }, (_, i) => (value: number) => value.toFixed(i + 3))
  return labelled(values, [scalar, ...moreDigits, String])
}

/** `values` with the labels of the first of `writings` that tells all of them apart; of the last, if none does. */
function labelled(values: readonly number[], writings: readonly ((value: number) => string)[]): Tick[] {
  const distinct = new Set(values).size
  const chosen = writings.find((write) => new Set(values.map(write)).size === distinct) ?? writings.at(-1)!
  return values.map((at) => ({ at, label: chosen(at) }))
}
