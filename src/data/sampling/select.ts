/** Dividing and drawing records by their random numbers: how many each share gets, and where the cuts are. */

import { StageError } from '../../core/failure.ts'
import type { Numbers } from './numbers.ts'

/**
 * The numbers at which the records are cut into shares: a record is of the first share whose cut is above its number. Each share
 * has its part to a record, and at least one; copies, whose numbers are equal, stay together.
 */
export function cuts(numbers: Numbers, shares: readonly number[]): number[] {
  const records = numbers.length
  if (records < shares.length) {
    throw new StageError(
      'too-few-documents',
      `${records} documents cannot be split into ${shares.length} shares`,
      'Look at what is split: is a document a whole file where it should be a paragraph?',
    )
  }
  const sorted = numbers.sorted()
  return ends(records, shares).map((end) => (end === records ? Number.POSITIVE_INFINITY : sorted[end]!))
}

/** Where each share ends, of `count` things in a row; none is empty if there are enough. */
export function ends(count: number, shares: readonly number[]): number[] {
  let sum = 0
  let last = 0
  return shares.map((share, i) => {
    sum += share
    const left = shares.length - 1 - i
    const exact = i === shares.length - 1 ? count : Math.round(sum * count)
    last = Math.min(Math.max(exact, last + 1), count - left)
    return last
  })
}

/** Says of each record, in their order, whether it is among the `wanted` with the lowest numbers. */
export function lowest(numbers: Numbers, wanted: number): (index: number) => boolean {
  if (wanted >= numbers.length) return () => true
  const cut = numbers.sorted()[wanted]!
  let spare = wanted
  for (let i = 0; i < numbers.length; i++) if (numbers.at(i) < cut) spare--
  // Of several at the cut, the first ones.
  return (index) => numbers.at(index) < cut || (numbers.at(index) === cut && spare-- > 0)
}
