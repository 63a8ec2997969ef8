/**
 * Suffix arrays by induced sorting, SA-IS (Nong, Zhang and Chan 2009, "Linear Suffix Array Construction by Almost Pure Induced-Sorting"). Linear time; besides
 * the text and the array it takes an eighth of a byte for each symbol, and the tables of the alphabets.
 *
 * A suffix is of type S if it is less than the next one, else of type L. A suffix of type S after one of type L is called LMS: when these are sorted, all others
 * follow from them in two scans.
 */

type Symbols = Uint8Array | Int32Array

/** The number of places after which a step ends: about a tenth of a second where the memory is slow. */
const block = 1 << 19

/** A computation that can be given up: whoever runs it decides after each step, which takes a fraction of a second, whether to take the next. */
export type Steps<T = void> = Generator<void, T, void>

/**
 * The places of all suffixes of a text, in the order of the suffixes; a suffix that is the beginning of another comes before it. `alphabet`: all symbols
 * are less.
 */
export function* suffixArray(text: Symbols, alphabet: number): Steps<Int32Array> {
  const places = new Int32Array(text.length)
  yield* sort(text, places, alphabet)
  return places
}

/** Does work for blocks of the places from 0 to `length`, as steps. */
export function* forwards(length: number, work: (from: number, to: number) => void): Steps {
  for (let from = 0; from < length; from += block) {
    work(from, Math.min(from + block, length))
    yield
  }
}

/** Does work for blocks of the places below `length`, from the last to the first, as steps. */
export function* backwards(length: number, work: (from: number, to: number) => void): Steps {
  for (let to = length; to > 0; to -= block) {
    work(Math.max(0, to - block), to)
    yield
  }
}

/** Sorts the suffixes of `text` into `places`, which has the same length. */
function* sort(text: Symbols, places: Int32Array, alphabet: number): Steps {
  const { length } = text
  if (length === 0) return
  const types = new Types(text)
  yield* backwards(length - 1, (from, to) => types.find(from, to))
  const counts = new Int32Array(alphabet)
  yield* forwards(length, (from, to) => count(text, counts, from, to))
  const buckets = new Int32Array(alphabet)

  places.fill(-1)
  toEnds(counts, buckets)
  yield* forwards(length, (from, to) => placeLms(text, types, places, buckets, from, to))
  yield* induce(text, places, counts, buckets)

  // The LMS substrings are sorted now: they come first, and get names in their order.
  let found = 0
  yield* forwards(length, (from, to) => {
    found = gatherLms(types, places, found, from, to)
  })
  const names = yield* nameSubstrings(text, places, types, found)
  const reduced = places.subarray(length - found)
  const sorted = places.subarray(0, found)
  if (names < found) yield* sort(reduced, sorted, names)
  else yield* forwards(found, (from, to) => invert(reduced, sorted, from, to))

  // The order of the LMS suffixes is that of the suffixes of their names.
  let named = 0
  yield* forwards(length, (from, to) => {
    named = listLms(types, reduced, named, from, to)
  })
  yield* forwards(found, (from, to) => lookUp(reduced, sorted, from, to))
  places.fill(-1, found)
  toEnds(counts, buckets)
  yield* backwards(found, (from, to) => toBuckets(text, places, buckets, from, to))
  yield* induce(text, places, counts, buckets)
}

// The loops over blocks are functions of their own, which the compiler of V8 optimizes better than the body of a generator.

function count(text: Symbols, counts: Int32Array, from: number, to: number): void {
  for (let at = from; at < to; at++) counts[text[at]!]!++
}

/** Puts LMS suffixes at the ends of their buckets. */
function placeLms(
  text: Symbols,
  types: Types,
  places: Int32Array,
  buckets: Int32Array,
  from: number,
  to: number,
): void {
  for (let at = from; at < to; at++) if (types.isLms(at)) places[--buckets[text[at]!]!] = at
}

/** Moves the LMS suffixes among some places behind the `found` ones at the beginning, and returns their new number. */
function gatherLms(types: Types, places: Int32Array, found: number, from: number, to: number): number {
  for (let i = from; i < to; i++) if (types.isLms(places[i]!)) places[found++] = places[i]!
  return found
}

/** Lists the LMS suffixes in the order of the text, behind `named` others, and returns their new number. */
function listLms(types: Types, list: Int32Array, named: number, from: number, to: number): number {
  for (let at = from; at < to; at++) if (types.isLms(at)) list[named++] = at
  return named
}

function invert(names: Int32Array, sorted: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) sorted[names[i]!] = i
}

function lookUp(list: Int32Array, sorted: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) sorted[i] = list[sorted[i]!]!
}

/** Moves sorted LMS suffixes from the beginning of `places` to the ends of their buckets. */
function toBuckets(text: Symbols, places: Int32Array, buckets: Int32Array, from: number, to: number): void {
  for (let i = to - 1; i >= from; i--) {
    const at = places[i]!
    places[i] = -1
    places[--buckets[text[at]!]!] = at
  }
}

/**
 * Names the sorted LMS substrings, which are the first `found` of `places`: equal ones alike, and the names end up behind, in the order of the text.
 * Returns their number.
 */
function* nameSubstrings(text: Symbols, places: Int32Array, types: Types, found: number): Steps<number> {
  const { length } = text
  places.fill(-1, found)
  let names = 0
  yield* forwards(found, (from, to) => {
    names = name(text, places, types, found, names, from, to)
  })
  let to = length
  yield* backwards(length, (from, end) => {
    to = gatherNames(places, Math.max(from, found), end, to)
  })
  return names
}

function name(
  text: Symbols,
  places: Int32Array,
  types: Types,
  found: number,
  names: number,
  from: number,
  to: number,
): number {
  for (let i = from; i < to; i++) {
    const at = places[i]!
    if (i === 0 || !isSameSubstring(text, types, at, places[i - 1]!)) names++
    // Two LMS suffixes are never neighbors.
    places[found + (at >> 1)] = names - 1
  }
  return names
}

/** Moves the names among some places before the place `to`, and returns the place of the first. */
function gatherNames(places: Int32Array, from: number, end: number, to: number): number {
  for (let i = end - 1; i >= from; i--) if (places[i]! >= 0) places[--to] = places[i]!
  return to
}

function isSameSubstring(text: Symbols, types: Types, one: number, other: number): boolean {
  const { length } = text
  for (let i = 0; ; i++) {
    const [a, b] = [one + i, other + i]
    if (a === length || b === length) return false
    if (text[a] !== text[b] || types.isS(a) !== types.isS(b)) return false
    if (i > 0 && (types.isLms(a) || types.isLms(b))) return types.isLms(a) && types.isLms(b)
  }
}

/** Places all suffixes, from LMS suffixes at the ends of their buckets. */
function* induce(text: Symbols, places: Int32Array, counts: Int32Array, buckets: Int32Array): Steps {
  const { length } = text
  toStarts(counts, buckets)
  const last = length - 1
  places[buckets[text[last]!]!++] = last
  yield* forwards(length, (from, to) => induceL(text, places, buckets, from, to))
  toEnds(counts, buckets)
  yield* backwards(length, (from, to) => induceS(text, places, buckets, from, to))
}

function induceL(text: Symbols, places: Int32Array, buckets: Int32Array, from: number, to: number): void {
  for (let i = from; i < to; i++) {
    const before = places[i]! - 1
    // Of the suffixes of type S only LMS suffixes are here, so that one before with the same symbol cannot be of type S.
    if (before >= 0 && text[before]! >= text[before + 1]!) places[buckets[text[before]!]!++] = before
  }
}

function induceS(text: Symbols, places: Int32Array, buckets: Int32Array, from: number, to: number): void {
  for (let i = to - 1; i >= from; i--) {
    const before = places[i]! - 1
    if (before < 0) continue
    const symbol = text[before]!
    const next = text[before + 1]!
    // With the same symbol, one before is of the type of the suffix here, which is S if it is behind the place where its bucket has got to.
    if (symbol < next || (symbol === next && buckets[symbol]! <= i)) places[--buckets[symbol]!] = before
  }
}

function toStarts(counts: Int32Array, buckets: Int32Array): void {
  for (let symbol = 0, sum = 0; symbol < counts.length; symbol++) {
    buckets[symbol] = sum
    sum += counts[symbol]!
  }
}

function toEnds(counts: Int32Array, buckets: Int32Array): void {
  for (let symbol = 0, sum = 0; symbol < counts.length; symbol++) {
    sum += counts[symbol]!
    buckets[symbol] = sum
  }
}

/** The types of the suffixes of a text, as bits. The end of the text is less than every symbol. */
class Types {
  readonly #text: Symbols
  readonly #bits: Uint32Array
  #isS = false

  constructor(text: Symbols) {
    this.#text = text
    this.#bits = new Uint32Array((text.length >>> 5) + 1)
  }

  /** Finds the types of the suffixes from `from` to `to`. To be called for the last ones first; the very last one is of type L. */
  find(from: number, to: number): void {
    const [text, bits] = [this.#text, this.#bits]
    let isS = this.#isS
    for (let at = to - 1; at >= from; at--) {
      if (text[at] !== text[at + 1]) isS = text[at]! < text[at + 1]!
      if (isS) bits[at >>> 5]! |= 1 << (at & 31)
    }
    this.#isS = isS
  }

  isS(at: number): boolean {
    return (this.#bits[at >>> 5]! & (1 << (at & 31))) !== 0
  }

  isLms(at: number): boolean {
    return at > 0 && this.isS(at) && !this.isS(at - 1)
  }
}
