/** Conditions over fields of records and patterns: nothing is silently false. */

import { describe, expect, it } from 'vitest'
import { compileText, Rig } from './rig.ts'

const rig = new Rig()

const records = [
  {
    id: 'a',
    text: 'One 1.',
    lang: 'en',
    url: 'https://News.Example.org/x.html',
    meta: { score: 0.9, 'a b': true },
    date: '2024-05-01',
  },
  {
    id: 'b',
    text: 'Two 22, 3.',
    lang: 'de',
    url: 'https://other.example/y',
    meta: { score: 0.2, 'a b': false },
    date: '2023-01-01',
  },
  {
    id: 'c',
    text: 'Three',
    lang: 'en',
    url: 'https://news.example.org/z',
    meta: { score: 0.4, 'a b': false },
    date: '2025-01-01',
  },
]

const run = (where: string, rows: readonly object[] = records) =>
  rig.program(
    `data x = read("a.jsonl") |> keep(where: ${where})`,
    rig.files({ 'a.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') }),
  )
const kept = async (where: string, rows?: readonly object[]) =>
  (await run(where, rows)).rows.map(({ id }) => id).join('')
const failure = (where: string, rows?: readonly object[]) =>
  run(where, rows).then(
    () => 'no error',
    (error) => error,
  )

describe('a condition', () => {
  it.each([
    ['read("a.jsonl", keep_fields: ["lang"])', 'read'],
    ['read("a.jsonl") |> map(keep_fields: ["lang"])', 'map'],
  ])('over a field that an earlier step left out is an error: %s', async (source, keeper) => {
    const files = () => rig.files({ 'a.jsonl': JSON.stringify(records[0]) })
    const program = (where: string) => rig.program(`data x = ${source} |> keep(where: ${where})`, files())
    await expect(program('default(meta.score, 1) > 0.5')).rejects.toMatchObject({
      code: 'missing-field',
      message: `a condition of keep reads the field \`meta.score\`, which ${keeper} leaves out`,
      help: `Add "meta" to keep_fields of ${keeper}.`,
    })
    expect((await program('lang == "en" and text != "" and id == "a"')).rows).toHaveLength(1)
  })

  it.each([
    ['|> map(keep_fields: ["lang", "meta"]) |> keep(where: default(meta.score, 0) > 0.5)', 'a condition of keep'],
    ['|> map(text: "{meta.score}")', 'the text of map'],
  ])('over a field that the first of several steps left out is an error: %s', async (steps, reader) => {
    const files = rig.files({ 'a.jsonl': JSON.stringify(records[0]) })
    const program = rig.program(`data x = read("a.jsonl", keep_fields: ["lang"]) ${steps}`, files)
    await expect(program).rejects.toMatchObject({
      code: 'missing-field',
      message: `${reader} reads the field \`meta.score\`, which read leaves out`,
    })
  })

  it('finds a field whose name has a dot, as tables of flattened records have', async () => {
    expect(await kept('meta.score > 0.5', [{ id: 'a', text: 'a', 'meta.score': 0.9 }])).toBe('a')
  })

  it.each([
    ['lang == "en"', 'ac'],
    ['lang == "en" and meta.score > 0.5', 'a'],
    ['lang in ["de", "fr"] or meta["a b"]', 'ab'],
    ['not (lang == "en") or words > 1', 'ab'],
    ['meta.score in 0.1..0.5', 'bc'],
    ['meta.score * 2 + words >= 2.2', 'ab'],
    ['date >= "2024"', 'ac'],
    ['url.host == "news.example.org"', 'ac'],
    ['id == "b"', 'b'],
    ['text == "Three"', 'c'],
    ['matches(text, r"\\d\\d")', 'b'],
    ['matches(url, r"^https://[^/]*\\.org/") and not matches(url, r"html$")', 'c'],
    ['matches(text, r"(?i)THREE|one")', 'ac'],
    ['count(r"\\d+") >= 2', 'b'],
    ['count(url, r"/") == 3', 'abc'],
    ['has(meta.score) and not has(meta.other)', 'abc'],
    ['default(meta.other, 0.3) < 0.5', 'abc'],
    ['number(default(digits, "7")) > 5', 'abc'],
  ])('%s', async (where, ids) => {
    expect(await kept(where)).toBe(ids)
  })

  it('sees fields that share a name with a metric as `fields.words`', async () => {
    expect(
      await kept('fields.words > 3 and words < 3', [
        { id: 'a', text: 'One two', words: 5 },
        { id: 'b', text: 'One', words: 1 },
      ]),
    ).toBe('a')
  })

  it('sees names that every object has as missing fields', async () => {
    expect(await kept('default(constructor, "none") == "none" and not has(__proto__.x)')).toBe('abc')
  })

  it('takes null for a missing field', async () => {
    const rows = [
      { id: 'a', text: 'x', score: null },
      { id: 'b', text: 'y', score: 1 },
    ]
    expect(await kept('default(score, 2) == 2', rows)).toBe('a')
    expect(await failure('score > 0', rows)).toMatchObject({ code: 'missing-field' })
  })

  it('shows the values of fields in the samples of the ledger', async () => {
    const { report } = await run('lang == "en" and default(meta.none, 1) > 0')
    expect(report.ledger!.dropped[0]!.samples).toMatchObject([{ id: 'b', value: 'lang = "de", meta.none = missing' }])
  })
})

describe('a field', () => {
  it('that is missing is an error that names the document and its fields', async () => {
    expect(await failure('quality > 0.5')).toMatchObject({
      code: 'missing-field',
      message: 'the document a has no field `quality`',
      help: expect.stringContaining(
        'It has id, text, lang, url, meta, date. To go on without the field, give a value for it, default(quality, …)',
      ),
    })
  })

  it.each([
    ['meta.score == "0.9"', '`meta.score` is 0.9 in the document a, and the condition needs a text'],
    ['lang > 3', '`lang` is "en" in the document a, and the condition needs a number'],
    ['meta == "x"', '`meta` is an object in the document a, and the condition needs a text, a number or a truth value'],
    ['lang', '`lang` is "en" in the document a, and the condition needs true or false'],
    ['lang in [1, 2]', '`lang` is "en" in the document a, and the condition needs a number'],
    ['matches(meta.score, r"x")', '`meta.score` is 0.9 in the document a, and the condition needs a text'],
    ['default(lang, 0) > 1', '`lang` is "en" in the document a, and the condition needs a number'],
    [
      'number(lang) > 1',
      '`lang` is "en" in the document a, and the condition needs a number, or a text that stands for one',
    ],
  ])('of another type is an error, never false: %s', async (where, message) => {
    expect(await failure(where)).toMatchObject({ code: 'wrong-field', message })
  })

  it('of CSV is a text, and the error says how to read its number', async () => {
    const files = () => rig.files({ 'a.csv': 'id,text,score\na,x,0.75\nb,y,0.25\n' })
    await expect(rig.program('data x = read("a") |> keep(where: score > 0.5)', files())).rejects.toMatchObject({
      help: 'Read the number of a text with number(score).',
    })
    const { rows } = await rig.program('data x = read("a") |> keep(where: number(score) > 0.5)', files())
    expect(rows.map(({ id }) => id)).toEqual(['a'])
  })

  it('is seen by rules of filters, with values of the program', async () => {
    const text = `filter good(least = 0.3) { meta.score >= least
  lang == "en" }
data x = read("a.jsonl") |> good(least: 0.5)`
    const { report } = await rig.program(
      text,
      rig.files({ 'a.jsonl': records.map((row) => JSON.stringify(row)).join('\n') }),
    )
    expect(report.ledger!.dropped).toMatchObject([
      { rule: 'good: meta.score >= 0.5', documents: 2 },
      { rule: 'good: lang == "en"', documents: 0 },
    ])
  })
})

describe('a pattern', () => {
  it('takes time in proportion to the text, whatever it is', async () => {
    const text = `${'a'.repeat(20_000)}!`
    expect(await kept('not matches(text, r"^(a|a)*$") and not matches(text, r"(a+)+$")', [{ id: 'a', text }])).toBe('a')
  })

  it('that RE2 does not read is an error before any document is read', async () => {
    expect(await failure('matches(text, r"a{2,1}")')).toMatchObject({
      code: 'wrong-pattern',
      message: expect.stringContaining('the pattern r"a{2,1}" cannot be read'),
    })
  })

  it.each(['\\d+\\s+', '[A-Z]+[a-z]+', 'a?\\d+', 'https?[:/]+', '\\p{L}+', '\\x{41}*[]x]+'])(
    'may repeat an escape or a class after a repetition: %s',
    (pattern) => {
      const { diagnostics } = compileText(`data x = read("a") |> keep(where: matches(text, r"${pattern}"))`)
      expect(diagnostics).toEqual([])
    },
  )

  it.each(['a++', 'a{2}+', '\\d*+', '[a-z]?+'])('with a possessive repetition is refused: %s', (pattern) => {
    const { diagnostics } = compileText(`data x = read("a") |> keep(where: matches(text, r"${pattern}"))`)
    expect(diagnostics.map(({ message }) => message).join()).toContain('possessive')
  })

  it('is checked with the program', () => {
    const { diagnostics } = compileText('data x = read("a") |> keep(where: matches(text, r"(?<=a)b"))')
    expect(diagnostics.map(({ code }) => code)).toEqual(['E0660'])
  })
})
