/** Identification of languages against fastText with the same model (see python/record_languages.py), and the step that adds it as fields. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FastText } from '../../src/data/language/fasttext.ts'
import { languageOf, modelFile } from '../../src/data/language/identify.ts'
import { compileText, Rig } from './rig.ts'

interface Golden {
  readonly text: string
  readonly language: string
  readonly score: number
}

const golden = JSON.parse(readFileSync('test/data/golden/languages.json', 'utf8')) as readonly Golden[]
const rig = new Rig()

describe('the language of a text', () => {
  it.each(golden.map((each) => [each.text.slice(0, 40), each] as const))('is that of fastText: %s', (_, each) => {
    const { language, score } = languageOf(each.text)
    expect(language).toBe(each.language)
    // fastText adds 32-bit numbers.
    expect(score).toBeCloseTo(each.score, 3)
  })

  it.each(['', ' \n', '1234 – 5678', '😀 … !'])('is undetermined without a letter: %j', (text) => {
    expect(languageOf(text)).toEqual({ language: 'und', score: 0 })
  })

  it('does not depend on the texts before, and takes line ends for spaces', () => {
    const model = new FastText(readFileSync(modelFile()))
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
        const fresh = model.predict(text)
        model.predict('another text between them')
        expect(model.predict(text.replaceAll(' ', '\n'))).toEqual(fresh)
      }),
      { numRuns: 200 },
    )
  })

  it('is one of the 176 labels of the model', () => {
    const model = new FastText(readFileSync(modelFile()))
    expect(new Set(model.labels).size).toBe(176)
    expect(model.labels).toEqual(expect.arrayContaining(['en', 'zh', 'ceb']))
  })

  it('is refused for a file that is not a model of fastText', () => {
    expect(() => new FastText(Buffer.alloc(64))).toThrow('not a model of fastText')
  })
})

describe('identify_language', () => {
  const texts = [
    'The house stands near the river.',
    'Das Haus steht am Ufer des Flusses.',
    'Le livre est sur la table.',
    '42',
  ]

  it('adds fields that the conditions behind it in the same pass read', async () => {
    const {
      texts: kept,
      rows,
      report,
    } = await rig.steps(
      '|> identify_language() |> keep(where: language in ["en", "de"] and language_score > 0.65)',
      texts,
    )
    expect(kept).toEqual(texts.slice(0, 2))
    expect(rows.map(({ language }) => language)).toEqual(['en', 'de'])
    expect(rows[0]!.language_score).toBeGreaterThan(0.65)
    expect(report.ledger!.changed[0]).toMatchObject({ documents: 4, note: 'de 1, en 1, fr 1, und 1' })
  })

  it('names the fields as the program says, also behind a step that keeps other fields only', async () => {
    const pipe = '|> map(keep_fields: []) |> identify_language(as: "lid") |> keep(where: lid == "fr" and lid_score > 0)'
    const { rows } = await rig.steps(pipe, texts)
    expect(rows).toEqual([expect.objectContaining({ text: texts[2], lid: 'fr', lid_score: expect.any(Number) })])
    expect(rows[0]).not.toHaveProperty('language')
  })

  it('replaces fields of the record, and the run warns', async () => {
    const line = `{"text":${JSON.stringify(texts[0])},"language":"xx","language_score":1.00,"n":1.00}`
    const { rows } = await rig.program(
      'data x = read("a.jsonl") |> identify_language()',
      rig.files({ 'a.jsonl': line }),
    )
    expect(rows[0]).toMatchObject({ language: 'en', n: 1 })
    expect(rows[0]!.language_score).toBeLessThan(1)
    expect(rig.events).toContainEqual({
      event: 'log',
      level: 'warning',
      message: 'In 1 of 1 documents identify_language replaces `language` and `language_score` of the record.',
    })
  })

  it('refuses the names of the text and the id', () => {
    const { diagnostics } = compileText('data x = read("x") |> identify_language(as: "text")')
    expect(diagnostics.map(({ message }) => message)).toEqual(['`text` is the text of the document itself.'])
  })

  it('is named by the error of a condition that misses its field', async () => {
    await expect(rig.steps('|> keep(where: language == "en")', texts)).rejects.toMatchObject({
      code: 'missing-field',
      help: expect.stringMatching(/^`\|> identify_language\(\)` adds it\. /),
    })
  })
})
