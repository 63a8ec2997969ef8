/** Words of scripts without spaces, in metrics, shingles and n-grams alike; stop words by language. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { Shingler } from '../../src/data/dedup/shingles.ts'
import lists from '../../src/data/language/stop-words.json' with { type: 'json' }
import { stopWordsIn } from '../../src/data/language/stop-words.ts'
import { measures } from '../../src/data/metrics/measure.ts'
import { Page } from '../../src/data/metrics/page.ts'
import { metrics } from '../../src/data/metrics/specs.ts'
import { NgramIndex } from '../../src/data/overlap/ngrams.ts'
import { wordsOf } from '../../src/data/overlap/words.ts'
import { separateWords } from '../../src/data/words/segment.ts'
import { versionWithWords } from '../../src/data/words/segmentation.ts'
import { compileText, Rig } from './rig.ts'

const golden = JSON.parse(readFileSync('test/data/golden/words.json', 'utf8')) as Readonly<Record<string, string[]>>
const rig = new Rig()

describe('words of scripts without spaces', () => {
  it.each(Object.entries(golden))('are the same with every Node: %s', (_, sentences) => {
    for (const separated of sentences) expect(separateWords(separated.replaceAll(' ', ''))).toBe(separated)
  })

  it('stand apart from letters and numbers that they touch, and other text stays as it is', () => {
    expect(separateWords('第1章 GPT模型、iPhone手机abc。한국어 text')).toBe(
      '第 1 章 GPT 模型、iPhone 手机 abc。한국어 text',
    )
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aé我们ภาษา1 .\n😀か') }), (text) => {
        const separated = separateWords(text)
        expect(separated.replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
        expect(separateWords(separated)).toBe(separated)
      }),
    )
  })

  it('count in the metrics', () => {
    const measure = (name: keyof typeof measures, text: string) => measures[name](new Page(text))
    const thai = 'ภาษาไทยเป็นภาษาที่สวยงาม'
    expect(measure('words', '我们的天气很好。')).toBe(4)
    expect(measure('words', thai)).toBe(6)
    expect(measure('mean_word_length', thai)).toBe(4)
    expect(measure('characters', thai)).toBe(24)
    expect(measure('alpha_word_ratio', `${thai} 12 34`)).toBe(6 / 8)
    expect(measure('top_2gram_ratio', '天气很好 天气很好 天气很好')).toBeGreaterThan(0.9)
    expect(measure('words', 'An English text of 7 words. —')).toBe(6)
  })

  it('make the shingles and n-grams', () => {
    const shingles = (text: string) => new Shingler(2).of(text).length
    expect(shingles('ภาษาไทยเป็นภาษาที่สวยงาม')).toBe(5)
    expect(shingles('我们的天气很好')).toBe(shingles('我们 的 天气 很好'))
    expect(wordsOf('GPT模型很好')).toEqual(['gpt', '模型', '很好'])
    const index = new NgramIndex(4)
    index.add('我们的天气很好')
    expect(index.find('他说：我们的天气很好，是吗？')).toBe('我们 的 天气 很好')
  })

  it('are part of the key by the ICU that finds them, if it was not compared', () => {
    expect(versionWithWords(2)).toBe(2)
    expect(versionWithWords(2, '99.1')).toBe('2, ICU 99.1')
    const params = compileText('data x = read("x") |> keep(where: words > 3)').program!.calls[1]!.params
    expect(params.where).toMatchObject({ left: { op: 'metric', name: 'words', version: 2 } })
  })
})

it('the kinds whose results depend on words name an ICU that was not compared', async () => {
  const versions = Object.getOwnPropertyDescriptor(process, 'versions')!
  try {
    Object.defineProperty(process, 'versions', { ...versions, value: { ...process.versions, icu: '99.1' } })
    vi.resetModules()
    const { kinds: all } = await import('../../src/stages/index.ts')
    const naming = Object.values(all).filter(({ version }) => String(version).endsWith(', ICU 99.1'))
    expect(naming.map(({ name }) => name).sort()).toEqual([
      'c4_lines',
      'classifier',
      'contamination',
      'decontaminate',
      'dedup',
      'rank',
      'score',
    ])
  } finally {
    Object.defineProperty(process, 'versions', versions)
    vi.resetModules()
  }
})

describe('stop words', () => {
  it.each([
    ['de', 'Der Hund und die Katze', 3],
    ['en', 'The dog and the cat', 2],
    ['fr', "L'eau d'une rivière est claire", 4],
    ['zh', '我们的天气很好，他和你', 3],
    ['th', 'ภาษาไทยเป็นภาษาที่สวยงาม', 2],
    ['ru', 'Он был в городе', 3],
  ])('of %s', (language, text, count) => expect(stopWordsIn(separateWords(text), language)).toBe(count))

  it('are those that a regular expression finds, in any text', () => {
    const languages = ['en', 'de', 'tr', 'el', 'zh', 'th', 'hi'] as const
    const words = languages.flatMap((language) => lists[language])
    const piece = fc.oneof(
      fc.constantFrom(...words, 'İ', 'ΣΑΣ', '_', '.', '\ud83d', '𐐀', '𝄞'),
      fc.constantFrom(...words).map((word) => word.toUpperCase()),
      fc.string({ unit: 'binary', maxLength: 3 }),
    )
    fc.assert(
      fc.property(
        fc.array(piece),
        fc.constantFrom(' ', ''),
        fc.constantFrom(...languages),
        (pieces, between, language) => {
          const text = separateWords(pieces.join(between))
          const found = (text.match(/[\p{L}\p{M}\p{N}_]+/gu) ?? []).map((word) => word.toLowerCase())
          expect(stopWordsIn(text, language)).toBe(new Set(found.filter((word) => lists[language].includes(word))).size)
        },
      ),
      { numRuns: 500 },
    )
  })

  it('of English are those of the metric', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('The', 'to', 'toe', "that's", 'HAVE', 'with_', 'of', '.', 'é')), (words) => {
        const text = words.join(' ')
        expect(stopWordsIn(separateWords(text), 'en')).toBe(measures.stop_words(new Page(text)))
      }),
    )
  })

  it('are counted in lines of C4', async () => {
    const kept = await rig.steps('|> c4_lines()', ['我们的天气很好.\n天气.', 'One two three.\nOne two.'])
    expect(kept.texts).toEqual(['我们的天气很好.', 'One two three.'])
  })

  const texts = ['Der Hund und die Katze', 'The dog and the cat']
  it('count by the language of a document, or by one for all', async () => {
    const by = async (condition: string) =>
      (await rig.steps(`|> identify_language() |> keep(where: ${condition})`, texts)).texts
    expect(await by('stop_words(language) >= 2')).toEqual(texts)
    expect(await by('stop_words("de") >= 2')).toEqual(texts.slice(0, 1))
    const { report } = await rig.steps('|> keep(where: stop_words("de") >= 2)', texts)
    expect(report.ledger!.dropped[0]!.samples[0]!.value).toBe('stop_words("de") = 0')
  })

  it('are not explained for a document that was dropped before they were needed', async () => {
    const where = 'language == "en" and stop_words(language) >= 1'
    const { report } = await rig.steps(`|> identify_language() |> keep(where: ${where})`, ['42', ...texts])
    expect(report.ledger!.dropped[0]!.samples.map(({ value }) => value)).toEqual([
      'language = "und"',
      'stop_words(language) = 3, language = "de"',
    ])
    await expect(rig.steps('|> keep(where: has(language) and stop_words(language) > 1)', texts)).rejects.toMatchObject({
      code: 'empty-corpus',
    })
  })

  it('of a language without a list are an error', async () => {
    await expect(
      rig.steps('|> identify_language() |> keep(where: stop_words(language) >= 2)', ['42']),
    ).rejects.toMatchObject({ message: expect.stringMatching(/for the language "und" of the document \w+/) })
    const { diagnostics } = compileText('data x = read("x") |> keep(where: stop_words(3) > 1)')
    expect(diagnostics.map(({ code }) => code)).toEqual(['E0661'])
  })

  it.each([
    'keep(where: stop_words("xx") >= 2)',
    'keep(where: stop_words(default(language, "xx")) >= 2)',
    'gopher_quality(language: "xx")',
  ])('of a language without a list are an error before the run: %s', (step) => {
    const { program, diagnostics } = compileText(`use std.clean { gopher_quality }\ndata x = read("x") |> ${step}`)
    expect(program).toBeUndefined()
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([
      expect.objectContaining({
        code: 'E0661',
        label: '"xx" has none',
        help: expect.stringMatching(/^Languages that have one: af, .*, de, .*, zh\.$/),
      }),
    ])
  })

  it('have a list for every language that the checker knows, and for no other', () => {
    expect(metrics.stop_words.languages?.names).toEqual(Object.keys(lists))
  })
})
