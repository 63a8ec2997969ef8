/** Splits and samples records by their random numbers. */

import { StageError } from '../../core/failure.ts'
import type { Numbers } from './numbers.ts'

/**
 * The cuts between shares: a record belongs to the first share whose cut is greater than its number. The size of a share is exact to one
 * record, and at least 1. Copies have equal numbers and stay together. Throws a StageError `too-few-documents`.
 */
export function cuts(numbers: Numbers, shares: readonly number[]): number[] {
  const records = numbers.length
  if (records < shares.length) {
    throw new StageError(
      'too-few-documents',
      `${records} documents cannot be split into ${shares.length} shares`,
      'Is each document a whole file? Read paragraphs or lines instead: read(…, split: paragraphs).',
    )
  }
  const sorted = numbers.sorted()
  return ends(records, shares).map((end) => (end === records ? Number.POSITIVE_INFINITY : sorted[end]!))
}

/** The ends of the shares of `count` records. No share is empty if there are enough records. */
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

/** A function that decides whether a record is among the `wanted` lowest numbers. Call it once for each record, in order. */
export function lowest(numbers: Numbers, wanted: number): (index: number) => boolean {
  if (wanted >= numbers.length) return () => true
  const cut = numbers.sorted()[wanted]!
  let spare = wanted
  for (let i = 0; i < numbers.length; i++) if (numbers.at(i) < cut) spare--
  // Of the records whose number equals the cut, the first ones are taken.
  return (index) => numbers.at(index) < cut || (numbers.at(index) === cut && spare-- > 0)
}
