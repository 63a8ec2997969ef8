/**
 * Suffix arrays by induced sorting, SA-IS (Nong, Zhang and Chan 2009, "Linear Suffix Array Construction by Almost Pure Induced-Sorting"). Linear time; besides
 * the text and the array it takes an eighth of a byte for each symbol, and the tables of the alphabets.
 *
 * A suffix is of type S if it is less than the next one, else of type L. A suffix of type S after one of type L is called LMS: when these are sorted, all others
 * follow from them in two scans.
 */

type Symbols = Uint8Array | Int32Array

/** The places of all suffixes of a text, in the order of the suffixes; a suffix that is the beginning of another comes before it. `alphabet`: all symbols are less. */
export function suffixArray(text: Symbols, alphabet: number): Int32Array {
  const places = new Int32Array(text.length)
  sort(text, places, alphabet)
  return places
}

/** Sorts the suffixes of `text` into `places`, which has the same length. */
function sort(text: Symbols, places: Int32Array, alphabet: number): void {
  const { length } = text
  if (length === 0) return
  const types = new Types(text)
  const counts = new Int32Array(alphabet)
  for (let at = 0; at < length; at++) counts[text[at]!]!++
  const buckets = new Int32Array(alphabet)

  places.fill(-1)
  toEnds(counts, buckets)
  for (let at = 1; at < length; at++) if (types.isLms(at)) places[--buckets[text[at]!]!] = at
  induce(text, places, counts, buckets)

  // The LMS substrings are sorted now: they come first, and get names in their order.
  let found = 0
  for (let i = 0; i < length; i++) if (types.isLms(places[i]!)) places[found++] = places[i]!
  const names = nameSubstrings(text, places, types, found)
  const reduced = places.subarray(length - found)
  const sorted = places.subarray(0, found)
  if (names < found) sort(reduced, sorted, names)
  else for (let i = 0; i < found; i++) sorted[reduced[i]!] = i

  // The order of the LMS suffixes is that of the suffixes of their names.
  for (let at = 1, i = 0; at < length; at++) if (types.isLms(at)) reduced[i++] = at
  for (let i = 0; i < found; i++) sorted[i] = reduced[sorted[i]!]!
  places.fill(-1, found)
  toEnds(counts, buckets)
  for (let i = found - 1; i >= 0; i--) {
    const at = places[i]!
    places[i] = -1
    places[--buckets[text[at]!]!] = at
  }
  induce(text, places, counts, buckets)
}

/** Names the sorted LMS substrings, which are the first `found` of `places`: equal ones alike, and the names end up behind, in the order of the text. Returns their number. */
function nameSubstrings(text: Symbols, places: Int32Array, types: Types, found: number): number {
  const { length } = text
  places.fill(-1, found)
  let names = 0
  for (let i = 0; i < found; i++) {
    const at = places[i]!
    if (i === 0 || !isSameSubstring(text, types, at, places[i - 1]!)) names++
    // Two LMS suffixes are never neighbors.
    places[found + (at >> 1)] = names - 1
  }
  for (let i = length - 1, to = length - 1; i >= found; i--) if (places[i]! >= 0) places[to--] = places[i]!
  return names
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
function induce(text: Symbols, places: Int32Array, counts: Int32Array, buckets: Int32Array): void {
  const { length } = text
  toStarts(counts, buckets)
  const last = length - 1
  places[buckets[text[last]!]!++] = last
  for (let i = 0; i < length; i++) {
    const before = places[i]! - 1
    // Of the suffixes of type S only LMS suffixes are here, so that one before with the same symbol cannot be of type S.
    if (before >= 0 && text[before]! >= text[before + 1]!) places[buckets[text[before]!]!++] = before
  }
  toEnds(counts, buckets)
  for (let i = last; i >= 0; i--) {
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
  readonly #bits: Uint32Array

  constructor(text: Symbols) {
    this.#bits = new Uint32Array((text.length >>> 5) + 1)
    let isS = false
    for (let at = text.length - 2; at >= 0; at--) {
      if (text[at] !== text[at + 1]) isS = text[at]! < text[at + 1]!
      if (isS) this.#bits[at >>> 5]! |= 1 << (at & 31)
    }
  }

  isS(at: number): boolean {
    return (this.#bits[at >>> 5]! & (1 << (at & 31))) !== 0
  }

  isLms(at: number): boolean {
    return at > 0 && this.isS(at) && !this.isS(at - 1)
  }
}
