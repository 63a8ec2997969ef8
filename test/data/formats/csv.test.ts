/** CSV and TSV: rows are documents, and no value is lost without a report. */

import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Rig } from '../rig.ts'

const rig = new Rig()
const read = async (file: string | Uint8Array, settings = '', name = 'a.csv') => {
  rig.events.length = 0
  const ran = await rig.program(`data x = read("data/*"${settings})`, rig.files({ [name]: file }))
  const warnings = rig.events.flatMap((event) => (event.event === 'log' ? [event.message] : []))
  const malformed = ran.report.ledger!.malformed.samples.map(({ file, line, message }) => `${file}:${line} ${message}`)
  return { ...ran, warnings, malformed }
}
const rows = async (file: string | Uint8Array, settings = '', name?: string) => (await read(file, settings, name)).rows

describe('a row', () => {
  it('is a document: a column is the text, one the id, the others are fields of texts', async () => {
    expect(await rows('id,text,score\na,One,1.50\nb,"Two, three",\n')).toEqual([
      { id: 'a', text: 'One', score: '1.50' },
      { id: 'b', text: 'Two, three', score: '' },
    ])
    expect(await rows('id\tbody\n7\tOne\n8\tTwo, three\n', ', field: "body"', 'a.tsv')).toEqual([
      { id: '7', text: 'One' },
      { id: '8', text: 'Two, three' },
    ])
  })

  it('may be packed, and be read from a file of any name', async () => {
    expect(await rows(gzipSync('id,text\na,b\n'), '', 'a.CSV.gz')).toEqual([{ id: 'a', text: 'b' }])
    expect(await rows('id,text\na,b\n', ', format: csv', 'a.data')).toEqual([{ id: 'a', text: 'b' }])
    expect(await rows('id\ttext\na\t"b\tc"\n', ', format: tsv', 'a.csv')).toEqual([{ id: 'a', text: 'b\tc' }])
  })

  it.each([
    ['doubled quotes', '"say ""hi"""', 'say "hi"'],
    ['separators and line ends', '"a,b\nc\r\nd"', 'a,b\nc\r\nd'],
    ['a quote in a value without quotes', '5" nails', '5" nails'],
    ['spaces', '  a  ', '  a  '],
    ['an empty quoted value', '""', ''],
    ['letters of several bytes', 'söß€𝄞', 'söß€𝄞'],
    ['a byte order mark in the middle', 'a\ufeffb', 'a\ufeffb'],
  ])('may hold %s', async (_, written, value) => {
    for (const end of ['\n', '\r\n'])
      expect(await rows(`id,text${end}a,${written}${end}b,next${end}`)).toEqual([
        { id: 'a', text: value },
        { id: 'b', text: 'next' },
      ])
  })

  it('comes back as it was written, whatever its values', async () => {
    const value = fc.string({ unit: fc.constantFrom(...'ab,"\n\r\t ;é€') })
    const table = fc.array(fc.tuple(value, value), { minLength: 1, maxLength: 6 })
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom('\n', '\r\n'), async (values, end) => {
        const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
        const lines = values.map(([text, other], i) => `${i},${quoted(text)},${quoted(other)}`)
        expect(await rows(['id,text,other', ...lines].join(end))).toEqual(
          values.map(([text, other], i) => ({ id: String(i), text, other })),
        )
      }),
      { numRuns: 40 },
    )
  })

  it('with more or fewer values than the header is counted with its line, and the run warns', async () => {
    const { texts, malformed, warnings, report } = await read('id,text\na,"x\ny"\nb\nc,d,e\n\nf,z\n')
    expect(texts).toEqual(['x\ny', 'z'])
    expect(malformed).toEqual(['a.csv:4 1 column, and the header has 2', 'a.csv:5 3 columns, and the header has 2'])
    expect(report.ledger).toMatchObject({ in: { documents: 4 }, out: { documents: 2 } })
    expect(warnings[0]).toMatch(/^2 of 4 documents could not be read/)
  })

  it('with bytes that are not UTF-8 is read with U+FFFD, and the run warns', async () => {
    const { texts, warnings } = await read(Buffer.from('id,text\na,caf\xe9\n', 'latin1'))
    expect(texts).toEqual(['caf\ufffd'])
    expect(warnings[0]).toContain('bytes that are not UTF-8 became U+FFFD, first at a.csv:2')
  })

  it('is split into paragraphs or lines as a record of JSON is', async () => {
    const { rows: split } = await read('id,text,k\na,"x\n\ny",1\n', ', split: paragraphs')
    expect(split).toEqual([
      { id: 'a-0', text: 'x', k: '1' },
      { id: 'a-1', text: 'y', k: '1' },
    ])
  })

  it('without the column of the text is a document without text', async () => {
    const records = await rows('prompt,response\np,r\n')
    expect(records).toMatchObject([{ text: '', prompt: 'p', response: 'r' }])
  })
})

describe('the header', () => {
  it('may begin with a byte order mark, have spaces, and lack names', async () => {
    expect(await rows('\ufeff, text ,\n0,a,b\n')).toMatchObject([{ text: 'a', column_1: '0', column_3: 'b' }])
  })

  it('may have names that objects have', async () => {
    const [row] = await rows('__proto__,constructor,text\na,b,c\n')
    expect(Object.entries(row!).filter(([name]) => name !== 'id')).toEqual([
      ['text', 'c'],
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ])
  })

  it.each([
    ['question;answer', ';', /read_csv\('a.csv', delim = ';'\)\) TO 'a-commas.csv'/],
    ['question\tanswer', '\t', /format: tsv/],
  ])('with another separator, %j, is an error with advice', async (header, mark, help) => {
    await expect(rows(`${header}\n1${mark}2\n`)).rejects.toMatchObject({
      message: `a.csv has one column, named ${JSON.stringify(header)}`,
      help: expect.stringMatching(help),
    })
    expect(await rows('text\na;b\n')).toMatchObject([{ text: 'a;b' }])
    await expect(rows('text,n\na,1\n', '', 'a.tsv')).rejects.toMatchObject({
      message: 'a.tsv has one column, named "text,n"',
      help: expect.stringContaining('read(…, format: csv) reads values between commas.'),
    })
  })

  it('must not have one name twice', async () => {
    await expect(rows('text,id,text\na,b,c\n')).rejects.toMatchObject({
      code: 'wrong-format',
      message: 'a.csv: columns 1 and 3 are both named "text"',
    })
  })
})

describe('a file', () => {
  it('that is empty, or has only a header, is counted', async () => {
    const two = (file: string) => rig.files({ 'a.csv': file, 'b.txt': 'x' })
    for (const [file, problem] of [
      ['', 'the file has no header'],
      ['\n\n', 'the file has no header'],
      ['id,text\r\n', 'the file has no rows'],
    ]) {
      const { report } = await rig.program('data x = read("data/*")', two(file!))
      expect(report.ledger!.malformed.samples).toMatchObject([{ file: 'a.csv', line: 1, message: problem }])
    }
  })

  it.each(['\n', '\r\n', '\r'])('has the lines that editors count, also in quotes: %j', async (end) => {
    const { malformed } = await read(`id,text${end}a,"one${end}two${end}${end}four"${end}b,c,d${end}`)
    expect(malformed).toEqual(['a.csv:6 3 columns, and the header has 2'])
  })

  it('may end without a line end, or with a value in quotes', async () => {
    expect(await rows('id,text\na,b')).toEqual([{ id: 'a', text: 'b' }])
    expect(await rows('id,text\na,"b"')).toEqual([{ id: 'a', text: 'b' }])
  })

  it('with a quote that is not closed is an error that names the line where the row begins', async () => {
    await expect(rows('id,text\na,b\nb,"open\nc,d\n')).rejects.toMatchObject({
      code: 'wrong-format',
      message: 'a.csv, line 3: a quoted value does not end',
    })
  })

  it('that is cut off gzip is read up to there, even inside of a quoted value', async () => {
    const packed = gzipSync(`id,text\n${'a,b\n'.repeat(1000)}c,"${'d'.repeat(1000)}"\n`, { level: 0 })
    const { texts, malformed } = await read(packed.subarray(0, packed.length - 500), '', 'a.csv.gz')
    expect(texts).toHaveLength(1000)
    expect(malformed).toEqual([
      expect.stringMatching(/^a\.csv\.gz:1 the gzip archive is cut off or damaged/),
      'a.csv.gz:1002 the file ends in the middle of a row',
    ])
  })
})
