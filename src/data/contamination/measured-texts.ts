/** The texts that a model is measured on, indexed by their n-grams, so that training texts of any number can be searched for them. */

import { Marks } from '../marks.ts'
import { NgramTable } from '../overlap/ngram-table.ts'
import { RollingHash, WordHashes } from '../overlap/word-hashes.ts'
import { Numbers } from '../sampling/numbers.ts'

/** The words of an n-gram: Llama 3 (2024, section 5.1.4) counts tokens in shared 8-grams, GPT-3 (2020, appendix C) finds texts that share a 13-gram. */
export const ngramLengths = [8, 13] as const
const [short, long] = ngramLengths

/** The stretch of one text among the n-grams of all texts: its 8-grams begin at `shorts`, its 13-grams at `longs`. */
interface Stretch {
  readonly words: number
  readonly shorts: number
  readonly longs: number
}

/** The numbers that name what was found of the measured texts: 8-grams, 13-grams and short texts. */
export interface Found {
  readonly shorts: Marks
  readonly longs: Marks
  readonly whole: Marks
}

/** How much of one text was found. */
export interface Coverage {
  /** The words that can be found: those of its texts of at least 8 words, or all of them if it has no such text. */
  readonly words: number
  /** How many of the words are in 8-grams that were found. */
  readonly covered: number
  /** The same for 13-grams. */
  readonly coveredLong: number
  /** Whether the text is too short for n-grams and was compared as a whole. */
  readonly isShort: boolean
}

export class MeasuredTexts {
  readonly #most: number
  readonly #tables = { shorts: new NgramTable(), longs: new NgramTable(), whole: new NgramTable() }
  readonly #hashes = new WordHashes()
  readonly #rolling = { shorts: new RollingHash(short), longs: new RollingHash(long) }
  /** The numbers of all n-grams, text after text. */
  readonly #shorts = new Numbers()
  readonly #longs = new Numbers()
  readonly #items: (readonly Stretch[] | { readonly whole: number; readonly words: number })[] = []
  /** The first item that has each 8-gram. */
  readonly #owners = new Numbers()
  #words = 0
  /** The number of items that were left out, because `most` words were there. */
  left = 0

  /** `most`: the number of words after which items are left out. */
  constructor(most: number) {
    this.#most = most
  }

  /** The number of items that are compared. */
  get size(): number {
    return this.#items.length
  }

  /** Adds an item with its texts; n-grams do not cross them. Returns whether there was room for it. */
  add(texts: readonly string[]): boolean {
    if (this.left > 0 || this.#words >= this.#most) {
      this.left++
      return false
    }
    const item = this.#items.length
    const stretches: Stretch[] = []
    for (const text of texts) {
      this.#hashes.read(text)
      this.#words += this.#hashes.length
      if (this.#hashes.length < short) continue
      stretches.push({ words: this.#hashes.length, shorts: this.#shorts.length, longs: this.#longs.length })
      this.#each('shorts', (id) => {
        this.#shorts.push(id)
        if (id === this.#owners.length) this.#owners.push(item)
      })
      this.#each('longs', (id) => this.#longs.push(id))
    }
    if (stretches.length > 0) this.#items.push(stretches)
    else {
      const whole = new WholeHash(this.#hashes, texts)
      this.#items.push({
        whole: whole.words === 0 ? -1 : this.#tables.whole.add(whole.low, whole.high),
        words: whole.words,
      })
    }
    return true
  }

  /** A search for these texts in others. */
  search(): Search {
    return new Search(this.#tables, (id) => this.#owners.at(id))
  }

  /** Empty marks, which results of searches can be added to. */
  marks(): Found {
    const { shorts, longs, whole } = this.#tables
    return { shorts: new Marks(shorts.size), longs: new Marks(longs.size), whole: new Marks(whole.size) }
  }

  /** How much of an item was found. */
  coverage(item: number, found: Found): Coverage {
    const own = this.#items[item]!
    if ('whole' in own) {
      const covered = own.whole >= 0 && found.whole.has(own.whole) ? own.words : 0
      return { words: own.words, covered, coveredLong: covered, isShort: true }
    }
    const sum = (count: (stretch: Stretch) => number) => own.reduce((all, stretch) => all + count(stretch), 0)
    return {
      words: sum(({ words }) => words),
      covered: sum(({ words, shorts }) => coveredWords(this.#shorts, shorts, words, short, found.shorts)),
      coveredLong: sum(({ words, longs }) => coveredWords(this.#longs, longs, words, long, found.longs)),
      isShort: false,
    }
  }

  /** The first item that shares the beginning of an item, or of another of its n-grams: the item itself unless it is a copy of an earlier one. */
  ownerOf(item: number): number {
    const own = this.#items[item]!
    return 'whole' in own ? item : this.#owners.at(this.#shorts.at(own[0]!.shorts))
  }

  #each(which: 'shorts' | 'longs', visit: (id: number) => void): void {
    const [table, rolling] = [this.#tables[which], this.#rolling[which]]
    rolling.start()
    for (let place = 0; place < this.#hashes.length; place++)
      if (rolling.next(this.#hashes, place)) visit(table.add(rolling.low, rolling.high))
  }
}

/** The words of a text that lie in n-grams that were found. */
function coveredWords(ids: Numbers, start: number, words: number, n: number, found: Marks): number {
  let covered = 0
  let end = 0
  for (let at = 0; at + n <= words; at++) {
    if (!found.has(ids.at(start + at))) continue
    covered += at + n - Math.max(at, end)
    end = at + n
  }
  return covered
}

/** The measured item of which a document has the most 8-grams. */
export interface Sighting {
  readonly item: number
  readonly ngrams: number
  /** The place of the first word that they share, in the text of the document that has it. */
  readonly word: number
  readonly text: number
}

/** Searches texts for the n-grams of measured texts. */
export class Search {
  readonly #tables: { readonly [K in keyof Found]: NgramTable }
  readonly #ownerOf: (id: number) => number
  readonly #hashes = new WordHashes()
  readonly #shorts = new RollingHash(short)
  readonly #longs = new RollingHash(long)
  readonly found: Found

  constructor(tables: { readonly [K in keyof Found]: NgramTable }, ownerOf: (id: number) => number) {
    this.#tables = tables
    this.#ownerOf = ownerOf
    const { shorts, longs, whole } = tables
    this.found = { shorts: new Marks(shorts.size), longs: new Marks(longs.size), whole: new Marks(whole.size) }
  }

  /** Marks all n-grams of a document that are measured. Returns the items that it shares 8-grams with, by the first item that has each. */
  read(texts: readonly string[]): readonly Sighting[] {
    const seen = new Map<number, { ngrams: number; word: number; text: number }>()
    let isShort = true
    for (const [text, own] of texts.entries()) {
      this.#hashes.read(own)
      if (this.#hashes.length >= short) isShort = false
      this.#readOne(text, seen)
    }
    if (isShort && this.#tables.whole.size > 0) {
      const whole = new WholeHash(this.#hashes, texts)
      const id = whole.words === 0 ? -1 : this.#tables.whole.find(whole.low, whole.high)
      if (id >= 0) this.found.whole.add(id)
    }
    return seen.size === 0 ? none : [...seen].map(([item, each]) => ({ item, ...each }))
  }

  #readOne(text: number, seen: Map<number, { ngrams: number; word: number; text: number }>): void {
    const [hashes, shorts, longs] = [this.#hashes, this.#shorts, this.#longs]
    const { length } = hashes
    shorts.start()
    // A 13-gram is only looked up where 8-grams were found one after the other.
    let run = 0
    for (let place = 0; place < length; place++) {
      if (!shorts.next(hashes, place)) continue
      const id = this.#tables.shorts.find(shorts.low, shorts.high)
      if (id < 0) {
        run = 0
        continue
      }
      this.found.shorts.add(id)
      const item = this.#ownerOf(id)
      const known = seen.get(item)
      if (known === undefined) seen.set(item, { ngrams: 1, word: place - short + 1, text })
      else known.ngrams++
      if (++run > long - short) this.#findLong(place, longs)
    }
  }

  /** Marks the 13-gram that ends at `place`, if it is measured. */
  #findLong(place: number, longs: RollingHash): void {
    longs.over(this.#hashes, place)
    const id = this.#tables.longs.find(longs.low, longs.high)
    if (id >= 0) this.found.longs.add(id)
  }
}

const none: readonly Sighting[] = []

/** The hash of all words of some texts together. */
class WholeHash {
  low = 0
  high = 0
  words = 0

  constructor(hashes: WordHashes, texts: readonly string[]) {
    const rolling = new RollingHash(Number.POSITIVE_INFINITY)
    for (const text of texts) {
      hashes.read(text)
      for (let place = 0; place < hashes.length; place++) rolling.next(hashes, place)
      this.words += hashes.length
    }
    this.low = rolling.low
    this.high = rolling.high
  }
}
