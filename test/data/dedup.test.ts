/** Deduplication: against brute force on sets of n-grams, and against datatrove (python/record_minhash.py). */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import { bandingFor, chance } from '../../src/data/dedup/bands.ts'
import { Digests } from '../../src/data/dedup/digests.ts'
import { exactDigest } from '../../src/data/dedup/exact.ts'
import { Minhash, Signer } from '../../src/data/dedup/minhash.ts'
import { RepeatedParts } from '../../src/data/dedup/repeated-parts.ts'
import { Shingler } from '../../src/data/dedup/shingles.ts'
import { UnionFind } from '../../src/data/dedup/union-find.ts'
import { separateWords } from '../../src/data/words/segment.ts'
import { kinds } from '../../src/stages/index.ts'
import { openParts } from '../../src/store/parts.ts'
import { compileText, Rig } from './rig.ts'

const rig = new Rig()
const dedup = (settings: string, texts: readonly string[], shards = 1) => {
  const { program, diagnostics } = compileText(`data x = dedup(read("x"), ${settings})`)
  if (program === undefined) throw new Error(diagnostics[0]!.message)
  return rig.run(kinds.dedup!, program.calls[1]!.params, { docs: [rig.docs(texts, shards)] })
}

/** Texts and the first copy of each by datatrove, as python/record_minhash.py recorded them. */
function golden(): { readonly texts: string[]; readonly firsts: number[] } {
  return JSON.parse(readFileSync('test/data/golden/minhash.json', 'utf8'))
}

describe('exact', () => {
  it('keeps the first of copies, and shows whose copies the others are', async () => {
    const texts = ['b', 'a', 'a ', 'c', 'a', 'B', '\n\na\t', 'b']
    const { rows, report } = await dedup('exact', texts, 3)
    expect(rows.map(({ id }) => id)).toEqual(['d0', 'd1', 'd3', 'd5'])
    expect(report.metrics).toEqual({ documents: 4, bytes: 4 })
    expect(report.ledger).toMatchObject({
      in: { documents: 8 },
      out: { documents: 4, bytes: 4 },
      dropped: [
        {
          rule: 'dedup: exact copies',
          documents: 4,
          samples: [
            { id: 'd2', text: 'a ', value: 'copy of d1' },
            { id: 'd4', value: 'copy of d1' },
            { id: 'd6', value: 'copy of d1' },
            { id: 'd7', value: 'copy of d0' },
          ],
        },
      ],
    })
  })

  it('takes é for é, however composed, and records without a text for their fields', async () => {
    expect((await dedup('exact', ['e\u0301', 'é'])).texts).toEqual(['e\u0301'])
    const files = rig.files({ 'a.jsonl': '{"w":1}\n{"w":2}\n{"w":1}\n' })
    const { artefact } = await rig.program('data x = read("x")', files)
    expect((await rig.run(kinds.dedup!, { method: 'exact' }, { docs: [artefact] })).rows.map(({ w }) => w)).toEqual([
      1, 2,
    ])
  })

  it('finds the same firsts as a Map, however the table grows', () => {
    const digests = new Digests()
    const firsts = new Map<number, number>()
    const random = new Random(1, 'test')
    for (let i = 0; i < 20_000; i++) {
      const value = random.below(9_000)
      if (!firsts.has(value)) firsts.set(value, i)
      expect(digests.firstOf(exactDigest(`text ${value}`), i)).toBe(firsts.get(value))
    }
  })
})

describe('minhash', () => {
  it('keeps what datatrove keeps', async () => {
    const { rows } = await dedup('minhash', golden().texts, 4)
    const kept = golden().firsts.filter((first, place) => first === place)
    expect(kept.length).toBeLessThan(golden().texts.length - 100)
    expect(rows.map(({ id }) => Number(id.slice(1)))).toEqual(kept)
    expect([...runMinhash(golden().texts, undefined)]).toEqual(golden().firsts)
  })

  it('finds pairs as often as the theory says, at any similarity, and with a threshold hardly any below it', () => {
    const { pairs, texts } = pairsOfSimilarities()
    const plain = runMinhash(texts, undefined)
    const strict = runMinhash(texts, 0.8)
    for (const [similarity, group] of pairs) {
      const part = (first: Int32Array) => group.filter(([a, b]) => first[b] === a).length / group.length
      // Within three standard errors of 200 draws, and a little for similarities that are not all the same.
      const expected = chance(similarity, { bands: 14, rows: 8 })
      expect(Math.abs(part(plain) - expected), `at ${similarity}`).toBeLessThan(
        3 * Math.sqrt(0.25 / group.length) + 0.02,
      )
      if (similarity <= 0.65) expect(part(strict), `at ${similarity}`).toBeLessThan(0.02)
      if (similarity >= 0.9) expect(part(strict), `at ${similarity}`).toBeGreaterThan(0.98)
    }
  })

  it('agrees with brute force on a corpus of copies of copies', () => {
    const texts = golden().texts
    const firsts = runMinhash(texts, 0.7)
    const sets = texts.map(gramsOf)
    const clusters = new UnionFind(texts.length)
    for (let a = 0; a < texts.length; a++)
      for (let b = 0; b < a; b++) if (jaccard(sets[a]!, sets[b]!) >= 0.7) clusters.join(a, b)
    const theirs = clusters.roots()
    let wrong = 0
    for (let a = 0; a < texts.length; a++)
      for (let b = 0; b < a; b++) if ((firsts[a] === firsts[b]) !== (theirs[a] === theirs[b])) wrong++
    const together = theirs.filter((root, i) => root !== i).length
    expect(together).toBeGreaterThan(100)
    expect(wrong).toBeLessThanOrEqual(2)
  })

  it('keeps texts without a word, and compares short texts as a whole', () => {
    const firsts = runMinhash(['', '...', 'To be!', 'to   be', '', 'to be or'], undefined)
    expect([...firsts]).toEqual([0, 1, 2, 2, 4, 5])
  })

  it('gives other clusters at the margin with another seed, and the same with the same', () => {
    const { texts } = pairsOfSimilarities()
    const clusters = [1, 1, 2].map((seed) => [...runMinhash(texts, undefined, seed)].join())
    expect(clusters[0]).toBe(clusters[1])
    expect(clusters[0]).not.toBe(clusters[2])
  })

  it('chooses bands and rows for a threshold', () => {
    expect(bandingFor(undefined)).toEqual({ bands: 14, rows: 8 })
    expect(bandingFor(0.8)).toEqual({ bands: 16, rows: 7 })
    expect(bandingFor(0.5)).toEqual({ bands: 37, rows: 3 })
    expect(bandingFor(0.8, 20)).toEqual({ bands: 20, rows: 8 })
    for (let threshold = 0.05; threshold <= 1; threshold += 0.05) {
      expect(chance(threshold, bandingFor(threshold))).toBeGreaterThanOrEqual(threshold < 0.1 ? 0.9 : 0.95)
    }
  })

  it('rejects a setting of minhash for exact', () => {
    const { diagnostics } = compileText('data x = read("x") |> dedup(exact, threshold: 0.8)')
    expect(diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining('is for minhash')])
  })
})

describe('dedup against other documents', () => {
  const old = [
    'A voyage of a whale and of its captain around the whole world.',
    'Another text about houses and their gardens by the sea.',
  ]
  const fresh = [
    'A voyage of a whale and of its captain around the whole world!',
    'Something that nobody has written before, about the weather of tomorrow.',
    'Something that nobody has written before, about the weather of tomorrow?',
    'Houses.',
  ]
  const against = async (settings: string, earlier: readonly (readonly string[])[]) => {
    const { program } = compileText(`data x = dedup(read("x"), ${settings})`)
    const inputs = { docs: [rig.docs(fresh)], against: earlier.map((texts) => rig.docs(texts)) }
    return rig.run(kinds.dedup!, program!.calls[1]!.params, inputs)
  }

  it.each(['minhash', 'minhash, threshold: 0.8'])(
    'drops copies of them and of each other, and names the ones that stayed: %s',
    async (settings) => {
      const { texts, report } = await against(settings, [[old[1]!], [old[0]!]])
      expect(texts).toEqual([fresh[1], fresh[3]])
      expect(report.ledger).toMatchObject({
        in: { documents: 4 },
        dropped: [
          { rule: 'dedup: near copies', documents: 1, samples: [{ id: 'd2', value: 'copy of d1' }] },
          { rule: 'dedup: near copies of `against`', documents: 1, samples: [{ id: 'd0', value: 'copy of d0' }] },
        ],
      })
    },
  )

  it('finds exact copies of them, and keeps all if nothing is alike', async () => {
    expect((await against('exact', [[fresh[3]!]])).texts).toEqual(fresh.slice(0, 3))
    expect((await against('exact', [old])).texts).toEqual(fresh)
  })

  it.each(['exact', 'minhash', 'lines'])('drops everything if it is compared with itself: %s', async (method) => {
    const docs = [rig.docs(fresh)]
    const { rows } = await rig.run(kinds.dedup!, { method }, { docs, against: docs })
    expect(rows).toEqual([])
  })

  it('decides as one deduplication of all would', async () => {
    const { texts, firsts } = golden()
    const cut = Math.floor(texts.length / 2)
    const inputs = { docs: [rig.docs(texts.slice(cut), 3)], against: [rig.docs(texts.slice(0, cut), 2)] }
    const { rows } = await rig.run(kinds.dedup!, { method: 'minhash' }, inputs)
    const kept = firsts.flatMap((first, place) => (first === place && place >= cut ? [texts[place]] : []))
    expect(rows.map(({ text }) => text)).toEqual(kept)
  })

  it('computes the signatures of changed documents only', async () => {
    const parts = openParts(rig.folder(), '')
    const texts = Array.from(
      { length: 3000 },
      (_, i) => `${i} ${'words of a document that is long enough '.repeat(60)} ${i * 7}`,
    )
    const dedupOf = (docs: readonly string[]) =>
      rig.run(kinds.dedup!, { method: 'minhash', threshold: 0.99 }, { docs: [rig.docs(docs)] }, [], undefined, parts)
    const first = await dedupOf(texts)
    expect(first.report.reused).toBeUndefined()
    const { reused } = (await dedupOf([...texts, 'One more document.'])).report
    expect(reused!.of - reused!.parts).toBe(1)
    expect(reused!.parts).toBeGreaterThan(0)
  })
})

describe('dedup of lines and paragraphs', () => {
  const menu = 'Home | News | Contact'
  it('removes those that occurred before, counts them, and drops what is empty then', async () => {
    const { texts, report } = await dedup(
      'lines',
      [`${menu}\nOne.\n\nTwo.`, `${menu}\nThree.\n ${menu}\n\nTwo.\nFour.`, menu],
      2,
    )
    expect(texts).toEqual([`${menu}\nOne.\n\nTwo.`, 'Three.\n\nFour.'])
    expect(report.ledger).toMatchObject({
      dropped: [{ rule: 'dedup: documents of repeated lines only', documents: 1 }],
      changed: [{ step: 'dedup', documents: 1, note: `3 repeated lines, first “${menu}”` }],
    })
  })

  it('takes paragraphs as a whole, and spares short ones', async () => {
    const long = 'A notice of several words\nthat every page of the site has.'
    const texts = [`${long}\n\nYes.\n\nOne.`, `Two.\n\n${long}\n\nYes.`]
    expect((await dedup('paragraphs', texts)).texts).toEqual([texts[0], 'Two.'])
    expect((await dedup('paragraphs, min_words: 3', texts)).texts).toEqual([texts[0], 'Two.\n\nYes.'])
  })

  it('leaves the first of each, whatever the texts', () => {
    const line = fc.constantFrom('a', 'b ', ' c', '', 'd e')
    fc.assert(
      fc.property(fc.array(fc.array(line), { maxLength: 8 }), (documents) => {
        const repeated = new RepeatedParts('lines', 1)
        const seen = new Set<string>()
        for (const lines of documents) {
          const expected = lines
            .map((each) => each.trim())
            .filter((each) => each !== '' && !seen.has(each) && seen.add(each))
          const { text } = repeated.reduce(lines.join('\n'))
          expect(
            text
              .split('\n')
              .map((each) => each.trim())
              .filter((each) => each !== ''),
          ).toEqual(expected)
        }
      }),
    )
  })

  it('rejects settings of other methods', () => {
    const messages = (settings: string) =>
      compileText(`data x = read("x") |> dedup(${settings})`).diagnostics.map(({ message }) => message)
    expect(messages('lines, threshold: 0.8')).toEqual([expect.stringContaining('no meaning for lines')])
    expect(messages('exact, min_words: 3')).toEqual([expect.stringContaining('for lines and paragraphs')])
  })
})

describe('shingles', () => {
  const of = (text: string, size = 2) => [...new Shingler(size).of(text)]

  it('see words as datatrove simplifies them', () => {
    const plain = of('it cost 5 at the cafe')
    expect(of('It cost, 1,234 -- at THE "Café".')).toEqual(plain)
    expect(of('it cost 5 at the cafe\u0301')).toEqual(plain)
    expect(of('it cost five at the cafe')).not.toEqual(plain)
    expect(of('abc123def x')).toEqual(of('ABC9def X'))
  })

  it('of a text are those of the text in lower case and without accents', () => {
    const unit = fc.constantFrom(...'aAéÉσΣςßİıﬁ各ก한,.1９٫ ’—“', '\u0301', '\u0903', '\u302e', '𝄞', '\ud800', '\u212a')
    const texts = fc.oneof(fc.string({ unit, maxLength: 40 }), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(texts, (text) => {
        const simple = separateWords(text)
          .toLowerCase()
          .normalize('NFD')
          .replace(/\p{Mn}+/gu, '')
        const words = simple
          .replace(/\p{Nd}+(?:[.,٫،]\p{Nd}+)?/gu, '0')
          .match(/(?:[\p{L}\p{M}\p{N}\p{Co}]|(?![\0-\x7f])\p{S})+/gu)
        expect(of(text, 1)).toHaveLength(words?.length ?? 0)
        expect(of(text)).toEqual(of(simple))
      }),
      { numRuns: 1000 },
    )
  })

  it('count the words of Chinese', () => {
    expect(of('我能吞下玻璃。')).toEqual(of('我能 吞下，玻璃'))
    expect(of('我能吞下玻璃')).toHaveLength(of('one two three').length)
  })

  it('are as many as n-grams, and equal for equal n-grams', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c', 'ä'), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 6 }), (list, size) => {
        const hashes = of(list.join(' '), size)
        const grams =
          list.length < size ? [list.join(' ')] : list.slice(size - 1).map((_, i) => list.slice(i, i + size).join(' '))
        // ä is a without its marks.
        const plain = grams.map((gram) => gram.replaceAll('ä', 'a'))
        expect(hashes).toHaveLength(grams.length)
        expect(new Set(hashes).size).toBe(new Set(plain).size)
        for (let i = 0; i < plain.length; i++) expect(hashes.indexOf(hashes[i]!)).toBe(plain.indexOf(plain[i]!))
      }),
    )
  })
})

function runMinhash(texts: readonly string[], threshold: number | undefined, seed = 1): Int32Array {
  const settings = { words: 5, seed, ...bandingFor(threshold) }
  const signer = new Signer(settings)
  const minhash = new Minhash({ ...settings, ...(threshold === undefined ? {} : { threshold }) })
  for (const text of texts) minhash.add(signer.of(text))
  return minhash.firsts()
}

function gramsOf(text: string): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []
  return new Set(words.slice(4).map((_, i) => words.slice(i, i + 5).join(' ')))
}

function jaccard(a: Set<string>, b: Set<string>): number {
  let common = 0
  for (const gram of a) if (b.has(gram)) common++
  return common / (a.size + b.size - common)
}

/** For each similarity 200 pairs of texts of 100 n-grams, each pair of words of its own. */
function pairsOfSimilarities() {
  const texts: string[] = []
  const pairs = new Map<number, [number, number][]>()
  let word = 0
  for (const similarity of [0.3, 0.5, 0.65, 0.72, 0.8, 0.9, 0.95]) {
    const group: [number, number][] = []
    for (let pair = 0; pair < 200; pair++) {
      // Two texts of 104 words with a common beginning: c of 100 n-grams in common is a similarity of c / (200 − c).
      const common = Math.round((200 * similarity) / (1 + similarity))
      const fresh = (count: number) => Array.from({ length: count }, () => inLetters(word++))
      const beginning = fresh(common + 4)
      group.push([texts.length, texts.length + 1])
      texts.push([...beginning, ...fresh(100 - common)].join(' '), [...beginning, ...fresh(100 - common)].join(' '))
    }
    pairs.set(similarity, group)
  }
  return { texts, pairs }
}

/** A word of letters alone, another for every number: digits would be taken for one number. */
function inLetters(number: number): string {
  return [...number.toString(26)].map((digit) => 'abcdefghijklmnopqrstuvwxyz'[Number.parseInt(digit, 26)]).join('')
}
