/** Variants as the drawings of a sweep see them, and the positions of their values and metrics on an axis. */

import { goalOf } from '../core/kind/goal.ts'
import type { Contender } from '../view/variants.ts'

export type Variation = Contender

/** The values of a variable, numbers in their order and other values as they come. */
export function valuesOf(variations: readonly Variation[], variable: string): readonly string[] {
  const values = [...new Set(variations.flatMap(({ values }) => values[variable] ?? []))]
  return values.every((value) => value !== '' && Number.isFinite(Number(value)))
    ? values.toSorted((a, b) => Number(a) - Number(b))
    : values
}

/** The variables that have several values, those with the most values first, and a seed last: people ask what it does only after all others. */
export function variablesOf(variations: readonly Variation[]): readonly string[] {
  const names = [...new Set(variations.flatMap(({ values }) => Object.keys(values)))]
  const several = names.filter((name) => valuesOf(variations, name).length > 1)
  const rank = (name: string) => (name === 'seed' ? 0 : valuesOf(variations, name).length)
  return several.toSorted((a, b) => rank(b) - rank(a))
}

/** How good a value of a metric is among those of all: 1 for the best, 0 for the worst. `undefined` if the value is not finite. */
export function goodness(value: number, all: readonly number[], metric: string): number | undefined {
  const finite = all.filter(Number.isFinite)
  if (!Number.isFinite(value) || finite.length === 0) return undefined
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  const share = high === low ? 1 : (value - low) / (high - low)
  return goalOf(metric) === 'max' || high === low ? share : 1 - share
}
