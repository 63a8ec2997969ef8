/** Measured texts among learned ones: hashes of words against their definition, n-grams against sets of texts, laws of coverage. */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { comparedOf, passageAt } from '../../src/data/contamination/compared.ts'
import { type Found, MeasuredTexts } from '../../src/data/contamination/measured-texts.ts'
import { NgramTable } from '../../src/data/overlap/ngram-table.ts'
import { mixed, RollingHash, WordHashes } from '../../src/data/overlap/word-hashes.ts'
import { wordsOf } from '../../src/data/overlap/words.ts'

/** Texts of all planes, with many word characters whose neighbors matter. */
const anyText = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc
    .array(
      fc.constantFrom(...'aB é É e\u0301 Σ ς σ ß İ ª ½ ² — ’ … ‗ ´ ǅ ﬁ 中文 ไทย 7 _ \u00a0'.split(' '), ' ', '.'),
      {
        maxLength: 30,
      },
    )
    .map((units) => units.join('')),
)

/** The two hashes of each word of a text. */
function hashesOf(text: string): string[] {
  const hashes = new WordHashes()
  hashes.read(text)
  return Array.from({ length: hashes.length }, (_, i) => `${hashes.low[i]} ${hashes.high[i]}`)
}

/** The hashes of a word: FNV-1a over its units in two lanes, and the last step of MurmurHash3. */
function hashesOfWord(text: string): string {
  let [low, high] = [0x811c9dc5, 0xcbf29ce4 | 0]
  for (const unit of text.split('').map((each) => each.charCodeAt(0))) {
    low = Math.imul(low ^ unit, 0x01000193)
    high = Math.imul(high ^ unit, 0x01000193) ^ (high >>> 15)
  }
  return `${mixed(low)} ${mixed(high)}`
}

describe('hashes of words', () => {
  test('there is one for each word of any text, as the definition has it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(hashesOf(text)).toEqual(wordsOf(text).map(hashesOfWord))
      }),
      { numRuns: 2000 },
    )
  })

  test('every unit of the table has the words of the definition', () => {
    for (let unit = 0; unit < 0x2030; unit++) {
      const text = `x${String.fromCharCode(unit)}y`
      expect(hashesOf(text), unit.toString(16)).toEqual(wordsOf(text).map(hashesOfWord))
    }
  })

  test('of n words in a row are the same wherever they stand, and those of other words differ', () => {
    const at = (text: string, n: number) => {
      const [hashes, rolling] = [new WordHashes(), new RollingHash(n)]
      hashes.read(text)
      const found: string[] = []
      for (let place = 0; place < hashes.length; place++) {
        const isFull = rolling.next(hashes, place)
        if (!isFull) continue
        const again = new RollingHash(n)
        again.over(hashes, place)
        expect([again.low, again.high]).toEqual([rolling.low, rolling.high])
        found.push(`${rolling.low} ${rolling.high}`)
      }
      return found
    }
    const words = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 5 }), (text, n) => {
        const expected = text.slice(n - 1).map((_, i) => text.slice(i, i + n).join(' '))
        const hashes = at(text.join(' '), n)
        expect(hashes.length).toBe(expected.length)
        // Equal exactly where the words are equal.
        for (const [i, one] of expected.entries())
          for (const [j, other] of expected.entries()) expect(hashes[i] === hashes[j]).toBe(one === other)
      }),
    )
  })
})

test('a table numbers n-grams in their order and finds no other', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.integer(), fc.integer()), { maxLength: 3000 }), (pairs) => {
      const [table, known] = [new NgramTable(), new Map<string, number>()]
      for (const [low, high] of pairs) {
        const key = `${low | 0} ${high | 0}`
        if (!known.has(key)) known.set(key, known.size)
        expect(table.add(low | 0, high | 0)).toBe(known.get(key))
      }
      for (const [low, high] of pairs) {
        expect(table.find(low | 0, high | 0)).toBe(known.get(`${low | 0} ${high | 0}`))
        expect(table.find(low | 0, (high + 1) | 0)).toBe(known.get(`${low | 0} ${(high + 1) | 0}`) ?? -1)
      }
    }),
    { numRuns: 30 },
  )
})

/** The coverage of each item after a search. */
function coverages(items: readonly (readonly string[])[], learned: readonly (readonly string[])[]) {
  const measured = new MeasuredTexts(1e9)
  for (const item of items) measured.add(item)
  const search = measured.search()
  for (const texts of learned) search.read(texts)
  return items.map((_, i) => measured.coverage(i, search.found))
}

/** The definition of coverage, from sets of n-grams as texts. */
function definition(texts: readonly string[], learned: readonly (readonly string[])[], n: number): number {
  const known = new Set(
    learned.flat().flatMap((text) => {
      const words = wordsOf(text)
      return words.slice(n - 1).map((_, i) => words.slice(i, i + n).join(' '))
    }),
  )
  let covered = 0
  for (const text of texts) {
    const words = wordsOf(text)
    const is = words.map(() => false)
    for (let i = 0; i + n <= words.length; i++) if (known.has(words.slice(i, i + n).join(' '))) is.fill(true, i, i + n)
    covered += is.filter(Boolean).length
  }
  return covered
}

const word = fc.constantFrom('one', 'two', 'three', 'four')
const words = (least: number) => fc.array(word, { minLength: least, maxLength: 40 }).map((all) => all.join(' '))
const items = fc.array(fc.array(words(0), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 5 })

describe('coverage', () => {
  test('is that of the definition, with 8 and with 13 words in a row', () => {
    fc.assert(
      fc.property(items, items, (measured, learned) => {
        for (const [i, found] of coverages(measured, learned).entries()) {
          if (found.isShort) continue
          const texts = measured[i]!.filter((text) => wordsOf(text).length >= 8)
          expect(found.words).toBe(texts.flatMap(wordsOf).length)
          expect(found.covered).toBe(definition(texts, learned, 8))
          expect(found.coveredLong).toBe(definition(texts, learned, 13))
        }
      }),
      { numRuns: 500 },
    )
  })

  test('of a copied question is always 1, whatever stands around it, in any case and punctuation', () => {
    const question = fc.array(anyText, { minLength: 1, maxLength: 6 }).map((parts) => `${parts.join(' ')} end.`)
    fc.assert(
      fc.property(question, anyText, anyText, (text, before, after) => {
        fc.pre(wordsOf(text).length >= 8)
        const [found] = coverages([[text]], [[`${before}. ${text} . ${after}`]])
        expect(found!.covered).toBe(found!.words)
      }),
    )
    const [found] = coverages(
      [['Which whale, of all whales, is the largest one?']],
      [['WHICH WHALE OF ALL WHALES IS THE LARGEST ONE']],
    )
    expect(found).toMatchObject({ words: 9, covered: 9 })
  })

  test('of texts of other words is always 0', () => {
    const other = fc.array(fc.constantFrom('five', 'six', 'seven'), { minLength: 1, maxLength: 40 })
    fc.assert(
      fc.property(items, fc.array(other), (measured, learned) => {
        for (const found of coverages(
          measured,
          learned.map((all) => [all.join(' ')]),
        ))
          expect([found.covered, found.coveredLong]).toEqual([0, 0])
      }),
    )
  })

  test('of short texts is all or nothing: the whole text, alone in what was learned', () => {
    const short = ['Who is Ahab?']
    expect(coverages([short], [['WHO is ahab']])[0]).toMatchObject({ words: 3, covered: 3, isShort: true })
    expect(coverages([short], [['Who is Ahab the captain?']])[0]).toMatchObject({ covered: 0, isShort: true })
    expect(coverages([['Who is', 'Ahab?']], [['Who', 'is Ahab']])[0]).toMatchObject({ covered: 3 })
    expect(coverages([['…']], [['?']])[0]).toMatchObject({ words: 0, covered: 0 })
  })

  test('does not join the messages of a conversation', () => {
    const [found] = coverages([['a b c d e f g h']], [['a b c d', 'e f g h']])
    expect(found).toMatchObject({ words: 8, covered: 0 })
  })

  test('counts words of Chinese, Japanese and Thai as ICU finds them', () => {
    const texts = [
      '我们今天在图书馆学习中文语法和历史文化知识',
      '昨日は友達と一緒に新しい映画を見に行きました',
      'วันนี้เราเรียนภาษาไทยที่ห้องสมุดกับเพื่อนใหม่',
    ]
    for (const text of texts) {
      expect(wordsOf(text).length, text).toBeGreaterThanOrEqual(8)
      const [found] = coverages([[text]], [[`(${text})`]])
      expect(found!.covered, text).toBe(wordsOf(text).length)
    }
  })

  test('is the sum of what several sources have', () => {
    const text = 'a b c d e f g h i j k l m n o p'
    const measured = new MeasuredTexts(1e9)
    measured.add([text])
    const [first, second] = ['a b c d e f g h', 'i j k l m n o p'].map((each) => {
      const search = measured.search()
      search.read([each])
      return search.found
    }) as [Found, Found]
    const union = measured.marks()
    for (const found of [first, second]) for (const number of found.shorts.all()) union.shorts.add(number)
    expect([first, second, union].map((found) => measured.coverage(0, found).covered)).toEqual([8, 8, 16])
  })
})

test('texts after the most words are left out and counted', () => {
  const measured = new MeasuredTexts(10)
  const added = ['a b c d e f', 'a b c d e f', 'a'].map((text) => measured.add([text]))
  expect([added, measured.size, measured.left]).toEqual([[true, true, false], 2, 1])
})

test('a question without a text is compared by the texts in its fields', () => {
  const line = JSON.stringify({ id: 'q', text: '', question: 'Who?', choices: ['He', 'She'], answer: 1 })
  expect(comparedOf(line, 'Docs', 'x').texts).toEqual(['Who?', 'He', 'She'])
})

test('a passage begins at its word', () => {
  expect(passageAt('One, two — three.', 2)).toBe('…three.')
  expect(passageAt('One', 0)).toBe('One')
  // Words of scripts without spaces are those that are compared: 我们 的 天气 很好.
  expect(passageAt('我们的天气很好。', 2)).toBe('…天气很好。')
  expect(passageAt('GPT我们的天气, 我们 的天气很好', 6)).toBe('…天气很好')
})
