/** Holds out a share of the prompts, with all their answers, to measure on. */

import type { StageContext } from '../../core/kind/stage.ts'
import { Random } from '../../core/values/random.ts'

/** The sequences of one conversation or ranking. */
export type Group<T> = readonly T[]

export interface HeldOut<T> {
  readonly train: readonly Group<T>[]
  readonly heldOut: readonly Group<T>[]
}

export interface HoldOutOptions {
  /** The number of groups to hold out, of `count`. */
  readonly share: (count: number) => number
  readonly seed: number
  /** The plural of the examples: `pairs`, `rankings`. */
  readonly noun: string
}

/**
 * Splits groups by their prompts, each of which is on one side only. If all groups have the same prompt, they are split one by one, and
 * the run warns. At least one group remains to learn from.
 */
export function holdOut<T>(
  byPrompt: readonly (readonly Group<T>[])[],
  { share, seed, noun }: HoldOutOptions,
  { emit }: Pick<StageContext, 'emit'>,
): HeldOut<T> {
  const [only] = byPrompt
  const single = byPrompt.length === 1 && share(byPrompt.length) > 0
  const groups = single ? only!.map((group) => [group]) : byPrompt
  const count = single ? Math.min(share(groups.length), groups.length - 1) : share(groups.length)
  const warn = (message: string) => emit({ event: 'log', level: 'warning', message })
  if (single && count > 0)
    warn(`all ${noun} have one prompt: ${count} of ${groups.length} ${noun} are held out, not a share of the prompts`)
  else if (single) warn(`only one of the ${noun} is left: none is held out, so none is measured on`)
  const aside = new Set(new Random(seed, 'held out').permutation(groups.length).subarray(0, count))
  return {
    train: groups.filter((_, i) => !aside.has(i)).flat(),
    heldOut: groups.filter((_, i) => aside.has(i)).flat(),
  }
}

/** Collects groups by their prompts, in the order of the first group of each. */
export class ByPrompt<T> {
  readonly #groups = new Map<string, Group<T>[]>()

  add(prompt: string, group: Group<T>): void {
    const there = this.#groups.get(prompt)
    if (there === undefined) this.#groups.set(prompt, [group])
    else there.push(group)
  }

  all(): readonly (readonly Group<T>[])[] {
    return [...this.#groups.values()]
  }
}
