/**
 * MinHash with locality-sensitive hashing (Broder 1997; Leskovec, Rajaraman and Ullman, chapter 3). For each of several permutations of
 * all shingles, a text's signature has its lowest shingle. Two texts agree in one place of their signatures with the probability of
 * their Jaccard similarity s. A band is `rows` places; texts that agree in all places of at least one band are candidates, with the
 * probability 1 − (1 − s^rows)^bands.
 */

import { Random } from '../../core/values/random.ts'
import { kernelsIn, memoryOf } from '../../core/web-assembly.ts'
import { Numbers } from '../sampling/numbers.ts'
import { kernels } from './minhash.generated.ts'
import { Shingler } from './shingles.ts'
import { UnionFind } from './union-find.ts'

export interface MinhashSettings {
  /** The number of words of a shingle. */
  readonly words: number
  readonly bands: number
  readonly rows: number
  readonly seed: number
  /** Candidates are copies if they agree in at least this fraction of their signatures; without a threshold, all candidates are copies. */
  readonly threshold?: number
}

/** The number of places of a signature that the kernel takes at once. */
const lanes = 16

/** The number of shingles that the kernel takes at once. They stay in the fastest cache of a core. */
const block = 4096

interface Kernels {
  lower(shingles: number, count: number, factors: number, offsets: number, signature: number, places: number): void
}

/** Computes the signature of one text after the other. */
export class Signer {
  readonly #shingler: Shingler
  /** In the memory of the kernel: a block of shingles, and for each permutation its factor, its offset and the lowest shingle. */
  readonly #shingles: Int32Array
  readonly #factors: Int32Array
  readonly #offsets: Int32Array
  readonly #lowest: Int32Array
  readonly #signature: Int32Array
  readonly #kernels: Kernels

  constructor({ words, bands, rows, seed }: Omit<MinhashSettings, 'threshold'>) {
    const permutations = bands * rows
    const places = Math.ceil(permutations / lanes) * lanes
    const random = new Random(seed, 'minhash')
    const memory = memoryOf(4 * (block + 3 * places))
    this.#shingler = new Shingler(words)
    this.#shingles = new Int32Array(memory.buffer, 0, block)
    const arrayAt = (index: number) => new Int32Array(memory.buffer, 4 * (block + index * places), places)
    this.#factors = arrayAt(0)
    this.#offsets = arrayAt(1)
    this.#lowest = arrayAt(2)
    // Multiplication by an odd number and addition permute the integers modulo 2^32.
    for (let i = 0; i < permutations; i++) this.#factors[i] = random.bits() | 1
    for (let i = 0; i < permutations; i++) this.#offsets[i] = random.bits() | 0
    this.#signature = this.#lowest.subarray(0, permutations)
    this.#kernels = kernelsIn(kernels, memory)
  }

  /** The signature of a text, in an array that the next call overwrites; `undefined` for a text without a word. */
  of(text: string): Int32Array | undefined {
    const shingles = this.#shingler.of(text)
    if (shingles.length === 0) return undefined
    const [factors, offsets, lowest] = [this.#factors, this.#offsets, this.#lowest]
    lowest.fill(0x7fffffff)
    for (let at = 0; at < shingles.length; at += block) {
      const some = shingles.subarray(at, at + block)
      this.#shingles.set(some)
      this.#kernels.lower(0, some.length, factors.byteOffset, offsets.byteOffset, lowest.byteOffset, lowest.length)
    }
    return this.#signature
  }
}

export class Minhash {
  readonly #settings: MinhashSettings
  /** The hashes of each band, one for each text. */
  readonly #bands: Numbers[]
  /** The signatures of all texts, if candidates are compared. */
  #signatures: Int32Array
  readonly #length: number
  #texts = 0
  /** Texts without a word: they are not copies of each other. */
  readonly #blank = new Set<number>()

  constructor(settings: MinhashSettings) {
    const { bands, rows, threshold } = settings
    this.#settings = settings
    this.#length = bands * rows
    this.#bands = Array.from({ length: bands }, () => new Numbers())
    this.#signatures = new Int32Array(threshold === undefined ? 0 : 256 * this.#length)
  }

  /** Adds the next text by its signature; `undefined` for a text without a word. */
  add(signature: Int32Array | undefined): void {
    const { bands, rows, threshold } = this.#settings
    if (signature === undefined) this.#blank.add(this.#texts)
    const own = signature ?? new Int32Array(this.#length)
    for (let band = 0; band < bands; band++) this.#bands[band]!.push(hashOf(own, band * rows, rows))
    if (threshold !== undefined) this.#keep(own)
    this.#texts++
  }

  #keep(signature: Int32Array): void {
    const at = this.#texts * signature.length
    if (at + signature.length > this.#signatures.length) {
      const larger = new Int32Array(this.#signatures.length * 2)
      larger.set(this.#signatures)
      this.#signatures = larger
    }
    this.#signatures.set(signature, at)
  }

  /** For each text the first text of its cluster, in which copies of copies are copies; the text itself if it is the first. */
  firsts(): Int32Array {
    const clusters = new UnionFind(this.#texts)
    const buckets = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, this.#texts * 2))))
    // The index of the previous text in the same bucket, + 1.
    const before = new Int32Array(this.#texts)
    for (const hashes of this.#bands) {
      buckets.fill(0)
      before.fill(0)
      for (let text = 0; text < this.#texts; text++) {
        if (this.#blank.has(text)) continue
        const slot = findBucket(buckets, hashes, hashes.at(text))
        const latest = buckets[slot]!
        if (latest !== 0) this.#join(text, latest, before, clusters)
        before[text] = latest
        buckets[slot] = text + 1
      }
    }
    return clusters.roots()
  }

  /** Joins a text with the texts of its bucket that are similar enough. */
  #join(text: number, latest: number, before: Int32Array, clusters: UnionFind): void {
    for (let other = latest, tries = 0; other !== 0 && tries < 64; other = before[other - 1]!, tries++) {
      if (clusters.find(other - 1) === clusters.find(text)) return
      if (!this.#areAlike(text, other - 1)) continue
      clusters.join(text, other - 1)
      return
    }
  }

  #areAlike(a: number, b: number): boolean {
    const { threshold } = this.#settings
    if (threshold === undefined) return true
    const length = this.#length
    let equal = 0
    for (let i = 0; i < length; i++) {
      if (this.#signatures[a * length + i] === this.#signatures[b * length + i]) equal++
    }
    return equal >= threshold * length
  }
}

/** A 53-bit hash of a range of a signature, from two 32-bit hashes. */
function hashOf(signature: Int32Array, from: number, count: number): number {
  let high = 0x2545f491
  let low = 0x27220a95
  for (let i = from; i < from + count; i++) {
    high = Math.imul(high ^ signature[i]!, 0x9e3779b1)
    high ^= high >>> 15
    low = Math.imul(low ^ signature[i]!, 0x85ebca77)
    low ^= low >>> 13
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0)
}

/** The slot of a hash: the one that holds its latest text, or an empty slot. */
function findBucket(buckets: Int32Array, hashes: Numbers, hash: number): number {
  const mask = buckets.length - 1
  let slot = ((hash % 2 ** 32) ^ (hash / 2 ** 32)) & mask
  while (buckets[slot] !== 0 && hashes.at(buckets[slot]! - 1) !== hash) slot = (slot + 1) & mask
  return slot
}
