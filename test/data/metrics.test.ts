/** Metrics and recipes against what datatrove counts and decides; see python/record_metrics.py. */

// biome-ignore-all lint/suspicious/noControlCharactersInRegex: white space includes control characters

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { DocumentExpression } from '../../src/core/expression.ts'
import { classOf, countCharacters, lengthOf, SPACE } from '../../src/data/metrics/characters.ts'
import { compileCondition, explain } from '../../src/data/metrics/expression.ts'
import { metrics } from '../../src/data/metrics/index.ts'
import { measures } from '../../src/data/metrics/measure.ts'
import { Page, splitLines } from '../../src/data/metrics/page.ts'
import { Grams } from '../../src/data/metrics/repetition.ts'
import { hasUnspaced } from '../../src/data/words/segment.ts'
import { Rig } from './rig.ts'

interface Golden {
  readonly name: string
  readonly text: string
  readonly metrics: Readonly<Record<string, number | boolean>>
  readonly verdicts: Readonly<Record<string, boolean | string>>
}

const golden = JSON.parse(readFileSync('test/data/golden/metrics.json', 'utf8')) as readonly Golden[]
const union = readFileSync('pipelines/data/prose/union-1790-george-washington.txt', 'utf8')
const companion = union.slice(0, union.lastIndexOf('.', 4000) + 1)
const rig = new Rig()

/** The pieces of a text between white space, by a regular expression. */
function piecesOf(text: string): string[] {
  return text
    .split(/[\t-\r\x1c- \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/)
    .filter((piece) => piece !== '')
}

/** The n-grams of pieces that occur more than once, by definition: see `Grams`. */
function gramsOf(pieces: readonly string[], n: number) {
  const grams = pieces.slice(0, Math.max(0, pieces.length - n + 1)).map((_, i) => pieces.slice(i, i + n))
  const count = (gram: readonly string[]) => grams.filter((other) => other.join(' ') === gram.join(' ')).length
  const counts = grams.map(count)
  const best = grams[counts.indexOf(Math.max(...counts))]
  const seen = new Set<string>()
  let duplicated = 0
  for (let i = 0; i < grams.length; ) {
    const gram = grams[i]!.join(' ')
    if (seen.has(gram)) duplicated += [...grams[i]!.join('')].length
    i += seen.has(gram) ? n : 1
    seen.add(gram)
  }
  return { top: best === undefined ? 0 : [...best.join(' ')].length * Math.max(...counts), duplicated }
}

describe.each(golden)('$name', ({ text, metrics: theirs, verdicts }) => {
  it.each(Object.keys(theirs))('%s', (name) => {
    const ours = measures[name as keyof typeof measures](new Page(text))
    const wanted = theirs[name]
    if (typeof wanted === 'number') expect(ours).toBeCloseTo(wanted, 12)
    else expect(ours).toBe(wanted)
  })

  it.each([
    ['gopher_repetition', ''],
    // The paper's threshold is another.
    ['fineweb_quality', 'max_duplicate_lines: 0.01'],
  ] as const)('%s decides alike', async (recipe, settings) => {
    const { texts } = await rig.steps(`|> ${recipe}(${settings})`, [text, companion], `use std.clean { ${recipe} }`)
    expect(texts.length === 2).toBe(verdicts[recipe])
  })

  it('c4_lines keeps the same lines', async () => {
    const { texts } = await kept('c4_lines', text, '')
    expect(texts[0]).toBe(verdicts.c4_lines)
  })
})

/** Runs a recipe on a text, beside one that every recipe keeps. */
async function kept(recipe: string, text: string, use = `use std.clean { ${recipe} }`) {
  return rig.steps(`|> ${recipe}()`, [text, companion], use)
}

describe('recipes', () => {
  const sentences = 'This is a sentence of prose. Here is one more of them.\nAnd a third one is here.\nA fourth.'
  const c4 = async (line: string) => {
    const page = `${sentences}\n${line}\nIt goes on and on.\nIt ends at last here.`
    const { texts, report } = await rig.steps('|> c4_quality()', [page, companion], 'use std.clean { c4_quality }')
    const rules = report.ledger!.dropped.flatMap(({ rule, documents }) => (documents > 0 ? [rule] : []))
    return texts.length === 2 ? 'kept' : rules.join()
  }

  it('c4_quality drops a page by the first of its lines that says so, in the order of the code of C4', async () => {
    expect(await c4('Nothing is wrong here.')).toBe('kept')
    expect(await c4('Turn on JavaScript to read this page.')).toBe('kept')
    expect(await c4('Turn on JavaScript and lorem ipsum to read this.')).toBe('c4_lines: lorem ipsum')
    expect(await c4('Lorem ipsum without an end mark')).toBe('kept')
    expect(await c4('JavaScript is function () { return 1; } and more.')).toBe('kept')
    expect(await c4('Our privacy policy { says } so.')).toBe('c4_lines: a curly bracket')
    expect(await c4('a { menu')).toBe('kept')
  })

  it('gopher_repetition drops what has no words', async () => {
    const { texts } = await rig.steps(
      '|> gopher_repetition()',
      ['', ' \n', '—', companion],
      'use std.clean { gopher_repetition }',
    )
    expect(texts).toEqual([companion])
  })

  it('fineweb_quality drops pages of more than 10 % duplicate lines, as the paper has it', async () => {
    const lines = Array.from(
      { length: 20 },
      (_, i) => `Line number ${String(i).padStart(2, '0')} of a page that has some.`,
    )
    const page = (copies: number) => [...lines, ...lines.slice(0, copies)].join('\n')
    const keeps = async (copies: number, settings = '') => {
      const use = 'use std.clean { fineweb_quality }'
      const { texts } = await rig.steps(`|> fineweb_quality(${settings})`, [page(copies), companion], use)
      return texts.length === 2
    }
    expect([await keeps(0), await keeps(1), await keeps(2), await keeps(3)]).toEqual([true, true, true, false])
    expect(await keeps(1, 'max_duplicate_lines: 0.01')).toBe(false)
  })
})

it('gopher_quality differs from datatrove only in what a stop word is: ours may be capitals', async () => {
  for (const { text, verdicts, metrics: theirs, name } of golden) {
    const { texts } = await rig.steps(
      '|> gopher_quality()',
      [text, golden[2]!.text],
      'use std.clean { gopher_quality }',
    )
    if ((texts.length === 2) !== verdicts.gopher_quality) expect(theirs.stop_words, name).toBeGreaterThanOrEqual(2)
  }
})

describe('metrics by definition', () => {
  const value = (name: keyof typeof measures, text: string) => measures[name](new Page(text))

  it('every metric of the catalogue is measured, with the type it says, on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const page = new Page(text)
        for (const [name, spec] of Object.entries(metrics)) {
          const measured = measures[name as keyof typeof measures](page)
          expect(typeof measured).toBe(spec.type)
          if (spec.type === 'number') expect(measured).toBeGreaterThanOrEqual(0)
          if (spec.unit === 'fraction' && !/symbol|newline|top_/.test(name)) expect(measured).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('counts are those of plain code, on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const counts = countCharacters(text)
        const characters = [...text]
        const count = (pattern: RegExp) => characters.filter((character) => pattern.test(character)).length
        const pieces = piecesOf(text)
        const words = pieces.filter((piece) => /[\p{L}\p{M}\p{N}]/u.test(piece))
        expect(counts).toEqual({
          characters: characters.length,
          letters: count(/\p{L}/u),
          digits: count(/\p{Nd}/u),
          upper: count(/[\p{Lu}\p{Lt}]/u),
          pieces: pieces.length,
          words: words.length,
          wordCharacters: words.reduce((sum, word) => sum + [...word].length, 0),
          alphaPieces: pieces.filter((piece) => /\p{L}/u.test(piece)).length,
          isUnspaced: hasUnspaced(text),
        })
        expect(lengthOf(text)).toBe(characters.length)
      }),
    )
  })

  it('n-grams are those of plain code, on any text and in any order of questions', () => {
    const unit = fc.constantFrom('a', 'b', 'é', '𝄞', '\ud800', ' ', ' ', '\n', '\u3000')
    const orders = fc.shuffledSubarray([1, 2, 3, 4, 5, 10], { minLength: 2 })
    const texts = fc.oneof(fc.string({ unit, maxLength: 120 }), fc.string({ unit: 'binary' }))
    fc.assert(
      fc.property(texts, texts, orders, (text, other, order) => {
        const pieces = piecesOf(text)
        const grams = new Grams(text, pieces.length)
        for (const n of order) {
          // Another text in between takes the table.
          if (n === 3) new Grams(other, piecesOf(other).length).top(2)
          expect({ top: grams.top(n), duplicated: grams.duplicated(n) }).toEqual(gramsOf(pieces, n))
        }
      }),
      { numRuns: 500 },
    )
  })

  it('white space and line ends are those of Python', () => {
    // "".join(map(chr, range(0x110000))) filtered by str.isspace, and by what str.splitlines splits at.
    const spaces = [
      9, 10, 11, 12, 13, 28, 29, 30, 31, 32, 133, 160, 5760, 8192, 8193, 8194, 8195, 8196, 8197, 8198, 8199, 8200, 8201,
      8202, 8232, 8233, 8239, 8287, 12288,
    ]
    const ends = [10, 11, 12, 13, 28, 29, 30, 133, 8232, 8233]
    const all = Array.from({ length: 0x3100 }, (_, code) => code)
    expect(all.filter((code) => (classOf(code) & SPACE) !== 0)).toEqual(spaces)
    expect(all.filter((code) => piecesOf(`a${String.fromCharCode(code)}b`).length === 2)).toEqual(spaces)
    expect(all.filter((code) => splitLines(`a${String.fromCharCode(code)}b`).length === 2)).toEqual(ends)
  })

  it('sentences end at marks and at line ends, not at initials, abbreviations and points within words', () => {
    expect(value('sentences', 'Mr. Smith paid 3.50 to J. R. Jones, Dr. of law. He left! “Why?” she asked.')).toBe(4)
    expect(value('sentences', 'A title\nOne sentence. Two (in brackets.) Three...')).toBe(4)
    expect(value('sentences', '今日は。元気ですか？はい。')).toBe(3)
    expect(value('sentences', '...\n\n?!')).toBe(0)
  })

  it('paragraphs, lines, capitals', () => {
    expect(value('paragraphs', '\nA\nB\n \nC\n\n\nD')).toBe(3)
    expect(value('lines', '\nA\n \nB')).toBe(2)
    expect(value('uppercase_ratio', 'ABcd 12 ÄÖ')).toBe(4 / 6)
  })
})

describe('expressions', () => {
  const page = new Page('Three words here, 42 too.')
  const literal = (value: number | string | boolean): DocumentExpression => ({ op: 'literal', value })
  const metric = (name: string): DocumentExpression => ({ op: 'metric', name })

  it('evaluate to the expected values', () => {
    const words = metric('words')
    const holds = (expression: DocumentExpression) => compileCondition(expression)(page)
    expect(holds({ op: '==', left: words, right: literal(5) })).toBe(true)
    expect(holds({ op: '!=', left: words, right: literal(5) })).toBe(false)
    expect(holds({ op: 'between', of: words, from: literal(5), to: literal(9) })).toBe(true)
    expect(holds({ op: 'between', of: words, from: literal(1), to: literal(4) })).toBe(false)
    expect(holds({ op: 'among', of: words, list: [4, 5] })).toBe(true)
    expect(holds({ op: 'not', of: metric('lorem_ipsum') })).toBe(true)
    const sum: DocumentExpression = {
      op: '+',
      left: { op: '*', left: words, right: literal(2) },
      right: { op: 'negate', of: literal(3) },
    }
    expect(holds({ op: '==', left: sum, right: literal(7) })).toBe(true)
    expect(
      holds({
        op: 'or',
        left: { op: '>', left: words, right: literal(5) },
        right: { op: '>=', left: { op: '/', left: words, right: literal(5) }, right: literal(1) },
      }),
    ).toBe(true)
    expect(
      holds({
        op: 'and',
        left: { op: '<', left: words, right: literal(6) },
        right: { op: '<=', left: { op: '-', left: words, right: literal(1) }, right: literal(3) },
      }),
    ).toBe(false)
  })

  it('explain themselves by the values of their metrics', () => {
    const expression: DocumentExpression = {
      op: 'and',
      left: { op: '>', left: metric('words'), right: literal(8) },
      right: { op: 'not', of: { op: '>', left: metric('digit_ratio'), right: metric('words') } },
    }
    expect(explain(expression)(page)).toBe('words = 5, digit_ratio = 0.08')
  })

  it('compute only what is needed to decide', () => {
    const text = new Page('a')
    let asked = 0
    Object.defineProperty(text, 'grams', { get: () => asked++ })
    const expression: DocumentExpression = {
      op: 'and',
      left: { op: '>', left: metric('words'), right: literal(8) },
      right: { op: '>', left: metric('top_2gram_ratio'), right: literal(0) },
    }
    expect(compileCondition(expression)(text)).toBe(false)
    expect(asked).toBe(0)
  })
})
