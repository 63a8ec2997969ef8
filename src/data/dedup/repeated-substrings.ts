/**
 * Finds substrings that occurred before, exactly (Lee et al. 2021, "Deduplicating Training Data Makes Language Models Better", section 4.1, EXACTSUBSTR): all
 * windows of a given number of bytes that are equal to an earlier window of the same or another text, by a suffix array.
 */

import { Marks } from '../marks.ts'
import { backwards, forwards, type Steps, suffixArray } from './suffix-array.ts'

/** The byte after each text. UTF-8 does not have it. */
export const separator = 0xff

/** A stretch of bytes: from `start` (inclusive) to `end` (exclusive). */
export interface Stretch {
  readonly start: number
  readonly end: number
}

/**
 * Marks the place of every window of `length` bytes that is a copy: the same bytes occur at an earlier place of `bytes`, which it does not overlap. Each text
 * in `bytes` ends with `separator`, and windows do not cross texts. `mark` is called in any order, at most once for a place.
 */
export function* markCopies(bytes: Uint8Array, length: number, mark: (place: number) => void): Steps {
  if (bytes.length < 2 * length) return
  const sorted = yield* suffixArray(bytes, 256)
  const prefixes = yield* sampledPrefixes(bytes, sorted, length)
  const ends = yield* sampledEnds(bytes)
  /** Where the group of equal windows that is being read begins. */
  let from = 0
  yield* forwards(sorted.length, (start, end) => {
    for (let i = Math.max(1, start); i < end; i++) {
      if (isSame(bytes, sorted[i - 1]!, sorted[i]!, length, prefixes)) continue
      markGroup(bytes, sorted, from, i, length, ends, mark)
      from = i
    }
  })
  markGroup(bytes, sorted, from, sorted.length, length, ends, mark)
}

/** Marks the windows of a group of equal ones that do not overlap the first of them in the text. */
function markGroup(
  bytes: Uint8Array,
  sorted: Int32Array,
  from: number,
  to: number,
  length: number,
  ends: Int32Array,
  mark: (place: number) => void,
): void {
  if (to - from < 2 || crosses(bytes, sorted[from]!, length, ends)) return
  let first = sorted[from]!
  for (let k = from + 1; k < to; k++) first = Math.min(first, sorted[k]!)
  for (let k = from; k < to; k++) if (sorted[k]! >= first + length) mark(sorted[k]!)
}

/** The distance of the places at which something is known of the text, so that no window is compared as a whole. */
const every = 16

/**
 * For every 16th place, the length of the prefix that it has in common with its neighbor before it in the suffix array, as far as it matters for windows of
 * `length` bytes (Kärkkäinen, Manzini and Puglisi 2009, "Permuted Longest-Common-Prefix Array"). Of places in between it gives a lower bound, since a prefix
 * gets shorter by at most 1 from one place to the next: all comparisons together read a number of bytes in proportion to the text.
 */
function* sampledPrefixes(bytes: Uint8Array, sorted: Int32Array, length: number): Steps<Int32Array> {
  const neighbors = new Int32Array(Math.ceil(bytes.length / every)).fill(-1)
  yield* forwards(sorted.length, (from, to) => findNeighbors(sorted, neighbors, from, to))
  let common = 0
  yield* forwards(neighbors.length, (from, to) => {
    for (let sample = from; sample < to; sample++) {
      const place = sample * every
      const neighbor = neighbors[sample]!
      const most = Math.min(length + every, bytes.length - Math.max(place, neighbor))
      if (neighbor === -1) common = 0
      else while (common < most && bytes[place + common] === bytes[neighbor + common]) common++
      neighbors[sample] = common
      common = Math.max(0, common - every)
    }
  })
  return neighbors
}

function findNeighbors(sorted: Int32Array, neighbors: Int32Array, from: number, to: number): void {
  for (let i = Math.max(1, from); i < to; i++)
    if (sorted[i]! % every === 0) neighbors[sorted[i]! / every] = sorted[i - 1]!
}

/** For every 16th place, the first end of a text there or later. */
function* sampledEnds(bytes: Uint8Array): Steps<Int32Array> {
  const ends = new Int32Array(Math.ceil(bytes.length / every))
  let end = bytes.length
  yield* backwards(bytes.length, (from, to) => {
    for (let at = to - 1; at >= from; at--) {
      if (bytes[at] === separator) end = at
      if (at % every === 0) ends[at / every] = end
    }
  })
  return ends
}

/** Whether two windows have the same bytes. `one` is before `other` in the suffix array, as its neighbor. */
function isSame(bytes: Uint8Array, one: number, other: number, length: number, prefixes: Int32Array): boolean {
  if (Math.max(one, other) + length > bytes.length) return false
  const known = prefixes[Math.floor(other / every)]! - (other % every)
  // Neighbors in the suffix array begin alike, so they differ at the end first.
  for (let i = length - 1; i >= known && i >= 0; i--) if (bytes[one + i] !== bytes[other + i]) return false
  return true
}

/** Whether a window has the end of a text in it. */
function crosses(bytes: Uint8Array, place: number, length: number, ends: Int32Array): boolean {
  const sample = Math.ceil(place / every)
  for (let at = place; at < sample * every && at < place + length; at++) if (bytes[at] === separator) return true
  return sample < ends.length && ends[sample]! < place + length
}

/** Pieces of a corpus of bytes that end with a text, and are compared two by two if they do not fit in one suffix array. */
export interface Piece extends Stretch {
  /** Reads its bytes. */
  read(): Uint8Array
}

/**
 * The places of all copies in pieces that lie one after the other. Two windows that are equal are in one pair of pieces, so that the result is that of one suffix
 * array over all. `onStep` is called several times a second: with the number of pairs that are done, and of all.
 */
export async function copiesIn(
  pieces: readonly Piece[],
  length: number,
  onStep: (done: number, all: number) => Promise<void>,
): Promise<Marks> {
  const marks = new Marks(pieces.at(-1)?.end ?? 0)
  const [only] = pieces
  if (only !== undefined && pieces.length === 1) {
    await finish(
      markCopies(only.read(), length, (place) => marks.add(only.start + place)),
      () => onStep(0, 1),
    )
    return marks
  }
  const all = (pieces.length * (pieces.length - 1)) / 2
  let done = 0
  for (const [i, one] of pieces.entries()) {
    const first = pieces.length - i > 1 ? one.read() : undefined
    for (const other of pieces.slice(i + 1)) {
      const pair = done++
      const second = other.read()
      const both = new Uint8Array(first!.length + second.length)
      both.set(first!)
      both.set(second, first!.length)
      const mark = (place: number) =>
        marks.add(place < first!.length ? one.start + place : other.start + place - first!.length)
      await finish(markCopies(both, length, mark), () => onStep(pair, all))
    }
  }
  return marks
}

/** Takes all steps, and calls `onStep` before each. */
async function finish(steps: Steps, onStep: () => Promise<void>): Promise<void> {
  do await onStep()
  while (steps.next().done !== true)
}

/** The stretches of a text that are covered by copies of `length` bytes. The text has `size` bytes and is at `start` of the marked bytes. */
export function cutsOf(size: number, start: number, marks: Marks, length: number): Stretch[] {
  const cuts: { start: number; end: number }[] = []
  for (let at = 0; at + length <= size; at++) {
    if (!marks.has(start + at)) continue
    const last = cuts.at(-1)
    if (last !== undefined && at <= last.end) last.end = at + length
    else cuts.push({ start: at, end: at + length })
  }
  return cuts
}

/** The text without some stretches of its bytes in UTF-8. A character of which a stretch has only a part stays. */
export function withoutStretches(text: string, cuts: readonly Stretch[]): string {
  let kept = ''
  let from = 0
  let at = 0
  let byte = 0
  const pass = () => {
    const { units, bytes } = sizeOfCharacter(text, at)
    at += units
    byte += bytes
  }
  for (const { start, end } of cuts) {
    while (byte < start) pass()
    kept += text.slice(from, at)
    while (at < text.length && byte + sizeOfCharacter(text, at).bytes <= end) pass()
    from = at
  }
  return kept + text.slice(from)
}

/** The size of a character in UTF-16 units and in bytes of UTF-8; half a pair is written as U+FFFD. */
function sizeOfCharacter(text: string, at: number): { readonly units: number; readonly bytes: number } {
  const code = text.codePointAt(at)!
  return code > 0xffff ? { units: 2, bytes: 4 } : { units: 1, bytes: code < 0x80 ? 1 : code < 0x800 ? 2 : 3 }
}
