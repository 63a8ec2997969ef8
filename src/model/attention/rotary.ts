/** The angles of rotary positions (Su et al. 2021), and how they are scaled for longer texts. */

import type { Attributes, RotaryScaling } from '../ops.ts'

/** The angle in radians by which each pair of numbers of a head is rotated at position p is p · rate, and the results are multiplied by `gain`. */
export interface Rotation {
  /** [size / 2]. */
  readonly rates: readonly number[]
  readonly gain: number
}

/** The rotation of heads of `size` numbers. */
export function rotationOf(size: number, { base, scaling }: Pick<Attributes['rope'], 'base' | 'scaling'>): Rotation {
  const half = size / 2
  const rates = Array.from({ length: half }, (_, i) => base ** (-i / half))
  if (scaling === undefined) return { rates, gain: 1 }
  const kept = keptShares(size, base, scaling)
  return {
    rates: rates.map((rate, i) => rate * (kept[i]! + (1 - kept[i]!) / scaling.factor)),
    gain: scaling.type === 'yarn' ? scaling.gain : 1,
  }
}

/**
 * The share of each pair that keeps its rate; the rest of it is slowed down by the factor.
 *
 * - `linear`: no pair keeps its rate (Chen et al. 2023, position interpolation).
 * - `llama3`: by how often a pair turns within the original context, between `low` and `high` (Llama 3.1, `apply_scaling` of its code).
 * - `yarn`: by the index of a pair, between those that turn `fast` and `slow` times (Peng et al. 2023, section 3.2).
 */
function keptShares(size: number, base: number, scaling: RotaryScaling): number[] {
  const pairs = Array.from({ length: size / 2 }, (_, i) => i)
  switch (scaling.type) {
    case 'linear':
      return pairs.map(() => 0)
    case 'llama3': {
      const { original, low, high } = scaling
      return pairs.map((i) => {
        const turns = (original * base ** ((-2 * i) / size)) / (2 * Math.PI)
        return within01((turns - low) / (high - low))
      })
    }
    case 'yarn': {
      const [first, last] = yarnRange(size, base, scaling)
      return pairs.map((i) => 1 - within01((i - first) / (last - first)))
    }
  }
}

const within01 = (x: number) => Math.min(1, Math.max(0, x))

/** The indices of the pairs between which YaRN goes over from the old rates to the slower ones. */
export function yarnRange(
  size: number,
  base: number,
  { original, fast, slow }: Extract<RotaryScaling, { type: 'yarn' }>,
): readonly [number, number] {
  const pairOf = (turns: number) => (size * Math.log(original / (turns * 2 * Math.PI))) / (2 * Math.log(base))
  const first = Math.max(0, Math.floor(pairOf(fast)))
  const last = Math.min(size - 1, Math.ceil(pairOf(slow)))
  return [first, first === last ? last + 0.001 : last]
}

/** The gain that YaRN recommends for a factor (Peng et al. 2023, equation 22, for both queries and keys). */
export function yarnGain(factor: number): number {
  return factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1
}
