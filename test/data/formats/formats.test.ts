/** Formats of files: how each is read, which are rejected, and that unread input is always reported. */

import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonRecords } from '../../../src/data/read/json-stream.ts'
import { Rig } from '../rig.ts'

const rig = new Rig()
const read = async (settings: string, files: Readonly<Record<string, string | Uint8Array>>) => {
  rig.events.length = 0
  const ran = await rig.program(`data x = read("data/*"${settings})`, rig.files(files))
  const warnings = rig.events.flatMap((event) => (event.event === 'log' ? [event.message] : []))
  const malformed = ran.report.ledger!.malformed.samples.map(({ file, line, message }) => `${file}:${line} ${message}`)
  return { ...ran, warnings, malformed }
}
const records = [
  { id: 'a', text: 'One, [two] {three} "four" \\ "].', k: [1, { b: ']' }] },
  { id: 'b', text: 'söß€𝄞\n' },
]

describe('JSON files', () => {
  const forms: Readonly<Record<string, string>> = {
    'in an array': JSON.stringify(records),
    'in an array over lines': JSON.stringify(records, null, 2),
    'one after the other over lines': records.map((record) => JSON.stringify(record, null, 1)).join('\n'),
    'a line each': records.map((record) => `${JSON.stringify(record)}\n`).join(''),
    'in several arrays, with a byte order mark': `\ufeff${records.map((record) => JSON.stringify([record])).join('\n')}`,
  }

  it.each(Object.entries(forms))('are documents where they hold records %s', async (_, text) => {
    expect((await read('', { 'a.json': text })).rows).toEqual(records)
    expect((await read('', { 'a.JSON.gz': gzipSync(text) })).rows).toEqual(records)
    expect((await read(', format: json', { 'a.data': text })).rows).toEqual(records)
  })

  it('may be one record', async () => {
    expect((await read('', { 'a.json': '{"id": "a",\n"text": "t"}' })).rows).toEqual([{ id: 'a', text: 't' }])
  })

  it('report items that are not records with their line, and the run warns', async () => {
    const text = '[\n {"text": "One."},\n 5, "x", [1],\n {"text": 2},\n {"text" "cut"},\n {"text": "Two."}\n'
    const { texts, malformed, warnings, report } = await read('', { 'a.json': text })
    expect(texts).toEqual(['One.', 'Two.'])
    expect(malformed).toEqual([
      'a.json:3 not an object but a number',
      'a.json:3 not an object but a string',
      'a.json:3 not an object but a list',
      'a.json:4 "text" is not a text but a number',
      expect.stringMatching(/^a\.json:5 not JSON: /),
      'a.json:7 the file ends inside of its array: is it cut off?',
    ])
    expect(warnings).toEqual([
      '6 of 8 documents could not be read and are left out, first a.json:3: not an object but a number. The ledger shows more',
    ])
    expect(report.ledger!.in.documents).toBe(8)
    const cut = await read('', { 'a.json': '[{"text": "One."}, {"text": "Tw' })
    expect(cut.malformed[0]).toBe('a.json:1 the file ends in the middle of a record')
    expect((await read('', { 'a.json': '[]', 'b.txt': 'x' })).malformed).toEqual(['a.json:1 the file has no records'])
    expect((await read('', { 'a.json': '[{"text":"x"}]]' })).malformed).toEqual([
      'a.json:1 a ] without its opening bracket',
    ])
  })

  it('of one object around a list of records are one record, and the run says how to read the list', async () => {
    const wrapped = { version: 1, data: [{ question: 'a' }, { question: 'b' }] }
    for (const indent of [0, 1]) {
      const { rows, warnings } = await read('', { 'a.json': JSON.stringify(wrapped, null, indent) })
      expect(rows).toHaveLength(1)
      expect(warnings).toEqual([
        'In 1 of 1 documents the only record of the file has a list of records in a field, first a.json: "data". ' +
          'To read these: jq -c ".data[]" a.json > records.jsonl.',
      ])
      const talk = { messages: [{ role: 'user', content: 'a' }] }
      expect((await read('', { 'a.json': JSON.stringify(talk, null, indent) })).warnings).toEqual([])
    }
    const line = JSON.stringify(wrapped)
    expect((await read('', { 'a.jsonl': line })).warnings).toEqual([expect.stringContaining('first a.jsonl: "data"')])
    expect((await read('', { 'a.jsonl': `${line}\n${line}` })).warnings).toEqual([])
  })

  it('report bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([Buffer.from('[\n{"text": "bad '), Buffer.from([0xff]), Buffer.from('"}]')])
    const { texts, warnings } = await read('', { 'a.json': bytes })
    expect(texts).toEqual(['bad \ufffd'])
    expect(warnings).toEqual(['In 1 of 1 documents bytes that are not UTF-8 became U+FFFD, first at a.json:2.'])
  })

  it('are cut into the same records wherever chunks end', async () => {
    const value = fc.jsonValue().filter((each) => typeof each === 'object' && each !== null)
    await fc.assert(
      fc.asyncProperty(
        fc.array(value, { minLength: 1 }),
        fc.constantFrom(0, 2),
        fc.boolean(),
        fc.integer({ min: 1, max: 7 }),
        async (values, indent, inArray, size) => {
          const objects = values.map((each) => ({ each }))
          const texts = objects.map((each) => JSON.stringify(each, null, indent))
          const bytes = Buffer.from(inArray ? `[ ${texts.join(' ,\n')}\n]\n` : texts.join('\n'))
          const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
            bytes.subarray(i * size, (i + 1) * size),
          )
          const found: unknown[] = []
          for await (const batch of jsonRecords(streamOf(chunks), 'x'))
            for (const record of batch) found.push('bytes' in record ? JSON.parse(record.bytes.toString()) : record)
          expect(found).toEqual(JSON.parse(JSON.stringify(objects)))
        },
      ),
      { numRuns: 100 },
    )
  })

  it('with one array are not JSONL, whatever their name', async () => {
    const wrong = { code: 'wrong-format', help: expect.stringContaining('read(…, format: json)') }
    const array = JSON.stringify(records, null, 1)
    await expect(read('', { 'a.jsonl': array })).rejects.toMatchObject(wrong)
    await expect(read(', format: jsonl', { 'a.json': '[{"text":"a"},\n{"text":"b"}]' })).rejects.toMatchObject(wrong)
    const one = read('', { 'a.jsonl': JSON.stringify(records) })
    await expect(one).rejects.toMatchObject({ code: 'no-documents', message: 'the only document could not be read' })
  })

  it('with records over several lines are not JSONL, whatever their name', async () => {
    const text = records.map((record) => JSON.stringify(record, null, 2)).join('\n')
    await expect(read('', { 'a.jsonl': text, 'b.jsonl': '{"text":"x"}' })).rejects.toMatchObject({
      code: 'wrong-format',
      message: 'a.jsonl has JSON records over several lines, not a record a line',
      help: expect.stringContaining('read(…, format: json)'),
    })
    // A damaged first line does not make it another format.
    const { malformed, texts } = await read('', { 'a.jsonl': '{\n{"text":"x"}\n' })
    expect([malformed.length, texts]).toEqual([1, ['x']])
  })
})

async function* streamOf(chunks: readonly Buffer[]) {
  yield* chunks
}

describe('files of other formats', () => {
  it('are rejected with advice', async () => {
    const refused: Readonly<Record<string, RegExp>> = {
      'a.mhtml': /^Extract its text first\. .*format: text/,
      'a.xml': /Extract its text first\. .*format: text/,
      'a.jsonl.tmp': /^It is still being written, or left over\. .*format: text/,
      'a.orc': /^Convert it to JSONL\.$/,
      'a.tar.gz': /^Unpack it first\.$/,
      'a.docx': /^Extract its text first\.$/,
    }
    for (const [name, help] of Object.entries(refused)) {
      await expect(read('', { [name]: 'a,b' }), name).rejects.toMatchObject({
        code: 'unreadable-file',
        help: expect.stringMatching(help),
      })
    }
  })

  it('are read as text if the program asks for it and they are text', async () => {
    expect((await read(', format: text, split: lines', { 'a.csv': 'a,b\n1,2\n' })).texts).toEqual(['a,b', '1,2'])
    await expect(read(', format: text', { 'a.parquet': 'PAR1' })).rejects.toMatchObject({ code: 'unreadable-file' })
  })

  it('are rejected if their bytes are not text, whatever their name', async () => {
    const wrong = { code: 'wrong-encoding', help: expect.stringContaining('iconv -f UTF-16LE') }
    await expect(read('', { 'a.txt': Buffer.from('ab cd', 'utf16le') })).rejects.toMatchObject(wrong)
    const named = { help: expect.stringContaining("-t UTF-8 'dä ta.txt' > utf8.txt") }
    await expect(read('', { 'dä ta.txt': Buffer.from('ab cd', 'utf16le') })).rejects.toMatchObject(named)
    expect((await read('', { 'a.txt': `a\0b${' '.repeat(20)}` })).texts).toEqual([`a\0b${' '.repeat(20)}`])
  })

  it('called .jl are JSONL', async () => {
    const text = records.map((record) => JSON.stringify(record)).join('\n')
    expect((await read('', { 'a.jl': text, 'b.jl.gz': gzipSync(text) })).rows).toEqual([...records, ...records])
  })
})

describe('the run warns', () => {
  it('of lines that could not be read, and counts them among what came in', async () => {
    const { report, warnings } = await read('', { 'a.jsonl': '{"text":"One."}\n{"text":"cut\n{"text":NaN}\n' })
    expect(warnings).toEqual([
      expect.stringMatching(
        /^2 of 3 documents could not be read and are left out, first a\.jsonl:2: not JSON: .*\. The ledger shows more$/,
      ),
    ])
    expect(report.ledger).toMatchObject({ in: { documents: 3 }, out: { documents: 1 }, malformed: { count: 2 } })
    expect(report.summary).toBe('1 of 3 documents, 4 B')
  })

  it('of bytes that are not UTF-8', async () => {
    const { warnings } = await read(', split: lines', { 'a.txt': Buffer.from([97, 10, 0xff, 10, 98]) })
    expect(warnings).toEqual(['In 1 of 3 documents bytes that are not UTF-8 became U+FFFD, first at a.txt:2.'])
  })

  it('of a field `text` that another field takes the place of', async () => {
    const { warnings, rows } = await read(', field: "content"', { 'a.jsonl': '{"id":"a","content":"c","text":"t"}' })
    expect(rows).toEqual([{ id: 'a', text: 'c' }])
    expect(warnings).toEqual(['In 1 of 1 documents a field "text" was left out, because "content" is the text.'])
  })
})
