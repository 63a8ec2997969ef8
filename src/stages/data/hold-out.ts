/** Which examples are kept aside to measure on: a share of the prompts, with all that answers them. */

import { Random } from '../../core/random.ts'
import type { StageContext } from '../../core/stage.ts'

/** What learns from one conversation or ranking, perhaps several sequences. */
export type Group<T> = readonly T[]

export interface HeldOut<T> {
  readonly train: readonly Group<T>[]
  readonly heldOut: readonly Group<T>[]
}

export interface HoldOutOptions {
  /** How many of `count` are kept aside. */
  readonly share: (count: number) => number
  readonly seed: number
  /** What they are called: `pairs`, `rankings`. */
  readonly noun: string
}

/**
 * Splits what is grouped by prompt: a prompt is on one side only. All with one prompt cannot be split so: they are split one by
 * one then, and the run says so. The last one is never kept aside.
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
  else if (single) warn(`there is one of the ${noun}: nothing is held out, and nothing is measured on`)
  const aside = new Set(new Random(seed, 'held out').permutation(groups.length).subarray(0, count))
  return {
    train: groups.filter((_, i) => !aside.has(i)).flat(),
    heldOut: groups.filter((_, i) => aside.has(i)).flat(),
  }
}

/** Collects groups by their prompt, in the order of first sight. */
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
