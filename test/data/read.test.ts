/** Reading: formats, packing, splitting, and input that is broken. */

import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Document } from '../../src/data/document.ts'
import { noticeAbsent } from '../../src/data/kept-fields.ts'
import { LedgerBook } from '../../src/data/ledger.ts'
import { kinds } from '../../src/stages/index.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
const read = (settings: string, files: Readonly<Record<string, string | Uint8Array>>) =>
  rig.program(`data x = read("data/*"${settings})`, rig.files(files))

describe('text files', () => {
  it('are documents, in the order given, byte for byte', async () => {
    const { texts, report } = await read('', { 'a.txt': 'One.\n\nTwo.\n', 'b.txt': ' three' })
    expect(texts).toEqual(['One.\n\nTwo.\n', ' three'])
    expect(report.metrics).toEqual({ documents: 2, bytes: 17 })
    expect(report.ledger).toMatchObject({
      in: { documents: 2, bytes: 17 },
      out: { documents: 2, bytes: 17 },
      malformed: { count: 0 },
    })
  })

  it('are split into paragraphs, at blank lines, and into lines', async () => {
    const text = '\n\nOne\nmore.\n \t\nTwo.\n\n\n\nThree'
    expect((await read(', split: paragraphs', { 'a.txt': text })).texts).toEqual(['One\nmore.', 'Two.', 'Three'])
    expect((await read(', split: lines', { 'a.txt': text })).texts).toEqual(['One', 'more.', 'Two.', 'Three'])
  })

  it('may begin with a byte order mark and end lines in \\r\\n', async () => {
    const { texts } = await read(', split: paragraphs', { 'a.txt': '\ufeffOne\r\nmore.\r\n\r\nTwo.\r\n' })
    expect(texts).toEqual(['One\nmore.', 'Two.'])
  })

  it('may be packed, in several members too', async () => {
    const packed = Buffer.concat([gzipSync('One.\n'), gzipSync('\nTwo.\n')])
    expect((await read(', split: paragraphs', { 'a.txt.gz': packed })).texts).toEqual(['One.', 'Two.'])
  })

  it('keep U+2028 and U+0085, which end no line here', async () => {
    expect((await read(', split: lines', { 'a.txt': 'a\u2028b\u0085c\nd' })).texts).toEqual(['a\u2028b\u0085c', 'd'])
  })

  it('report bytes that are not UTF-8, but not U+FFFD that the author wrote', async () => {
    const bytes = Buffer.concat([
      Buffer.from('fine \ufffd\n\nbad '),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('\n\nfine\n'),
    ])
    const { texts, report } = await read(', split: paragraphs', { 'x.txt': bytes })
    expect(texts).toEqual(['fine \ufffd', 'bad \ufffd\ufffd', 'fine'])
    expect(report.ledger!.changed).toEqual([
      { step: 'read', documents: 1, note: 'bytes that are not UTF-8 became U+FFFD, first at x.txt:3' },
    ])
  })

  it('give the same documents wherever their chunks end', async () => {
    // Longer than the chunks that files are read in, with characters of several bytes across their borders.
    const paragraph = `${'söß€𝄞 '.repeat(5000)}\nend`
    const text = Array.from({ length: 40 }, (_, i) => `${i} ${paragraph}`).join('\n\n')
    const { texts } = await read(', split: paragraphs', { 'a.txt': text })
    expect(texts).toEqual(text.split('\n\n'))
  })
})

describe('JSONL files', () => {
  it.each([
    [
      '{"text":"NaN, it is","score":NaN}',
      "not JSON: NaN is not a number in JSON. Python's json writes it; let it write null",
    ],
    ['{"text":"x","scores":[1, -Infinity]}', /^not JSON: -Infinity is not a number/],
    ['{"text":"a"} {"text":"b"}', 'not JSON: several records are in one line. `format: json` reads them'],
    ['{"text":"a"},', 'not JSON: a comma follows the record. `format: json` reads lists of records'],
    ['{"text":"half', /^not JSON: Unterminated string/],
    ['{', 'not JSON: the record goes on in the next line. `format: json` reads it'],
    ['\0{"text":"a"}', /^not JSON: it has bytes that are 0/],
    ['{"text":"a, NaN, b" "x":1}', /^not JSON: Expected/],
  ])('say what is wrong with the line %s', async (line, message) => {
    const { report } = await read('', { 'a.jsonl': `{"text":"fine"}\n${line}\n` })
    const [sample] = report.ledger!.malformed.samples
    expect(sample).toMatchObject({
      line: 2,
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    })
  })

  it('with lines of zeros, as a crash leaves them, lose these lines only', async () => {
    const zeros = Buffer.alloc(5000)
    for (const [before, after, texts] of [
      ['', '\n{"text":"a"}\n{"text":"b"}\n', ['a', 'b']],
      ['{"text":"a"}\n', '\n{"text":"b"}\n', ['a', 'b']],
      ['', '{"text":"a"}\n{"text":"b"}\n', ['b']],
    ] as const) {
      const bytes = Buffer.concat([Buffer.from(before), zeros, Buffer.from(after)])
      const { texts: found, report } = await read('', { 'a.jsonl': bytes })
      expect(found).toEqual(texts)
      expect(report.ledger!.malformed.samples[0]!.message).toMatch(/^not JSON: it has bytes that are 0/)
    }
  })

  it('are documents with their other fields and their own ids', async () => {
    const { rows } = await read('', {
      'a.jsonl': '{"text":"One.","url":"u","n":[1]}\n\n{"id":7,"text":"Two."}\n{"id":"x","text":"3"}',
    })
    expect(rows).toEqual([
      { id: rows[0]!.id, text: 'One.', url: 'u', n: [1] },
      { id: '7', text: 'Two.' },
      { id: 'x', text: '3' },
    ])
    expect(rows[0]!.id).toMatch(/^[0-9a-f]{16}$/)
  })

  it('may have their text in another field', async () => {
    const { rows } = await read(', field: "content"', { 'a.ndjson': '{"content":"One.","k":1}\n' })
    expect(rows).toMatchObject([{ text: 'One.', k: 1 }])
    expect(rows[0]).not.toHaveProperty('content')
  })

  it('report lines that are not documents, with file and line', async () => {
    const lines = ['{"text":"One."}', '{"text":"cut', '[1]', 'null', '{"text":5}', '{"text":"Two."}']
    const { texts, report } = await read('', { 'a.jsonl': lines.join('\n'), 'b.jsonl': '{"text":"3"}\n\n!\n' })
    expect(texts).toEqual(['One.', 'Two.', '3'])
    const { count, samples } = report.ledger!.malformed
    expect(count).toBe(5)
    expect(samples.map(({ file, line }) => `${file}:${line}`)).toEqual([
      'a.jsonl:2',
      'a.jsonl:3',
      'a.jsonl:4',
      'a.jsonl:5',
      'b.jsonl:3',
    ])
    expect(samples.slice(1).map(({ message }) => message)).toEqual([
      'not an object but a list',
      'not an object but null',
      '"text" is not a text but a number',
      expect.stringContaining('not JSON'),
    ])
  })

  it('have an empty text where they lack the field, and the run warns once where that counts', async () => {
    const records = '{"word":"a"}\n{"word":"c"}\n'
    rig.events.length = 0
    await read('', { 'a.jsonl': records })
    expect(rig.events.filter(({ event }) => event === 'log')).toEqual([])
    const { rows, report } = await read(') |> normalize(', {
      'a.jsonl': '{"word":"a","gloss":"b"}\n{"word":"c","gloss":"d"}\n',
    })
    expect(rows.map(({ id: _, ...rest }) => rest)).toEqual([
      { text: '', word: 'a', gloss: 'b' },
      { text: '', word: 'c', gloss: 'd' },
    ])
    expect(new Set(rows.map(({ id }) => id)).size).toBe(2)
    expect(rig.events.filter(({ event }) => event === 'log')).toEqual([
      { event: 'log', level: 'warning', message: expect.stringContaining('The first has word, gloss.') },
    ])
    expect(report.ledger!.changed).toMatchObject([{ documents: 2 }])
  })

  it.each([
    ['', '{"content":"a"}\n', 'The first has content.'],
    [', field: "contnt"', '{"words":"a"}\n', 'Records lack the field "contnt"'],
  ])(
    'are warned of without any step if their text seems to have another name: read(…%s)',
    async (args, records, says) => {
      rig.events.length = 0
      await read(args, { 'a.jsonl': records })
      expect(rig.events.filter(({ event }) => event === 'log')).toEqual([
        { event: 'log', level: 'warning', message: expect.stringContaining(says) },
      ])
    },
  )

  it('may be split further, with ids told apart', async () => {
    const { rows } = await read(', split: paragraphs', {
      'a.jsonl.gz': gzipSync('{"id":"p","text":"One.\\n\\nTwo.","k":1}\n'),
    })
    expect(rows).toEqual([
      { id: 'p-0', text: 'One.', k: 1 },
      { id: 'p-1', text: 'Two.', k: 1 },
    ])
  })

  it('give back any record', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ text: fc.string({ unit: 'grapheme', minLength: 1 }), more: fc.jsonValue() }), {
          minLength: 1,
        }),
        async (records) => {
          const file = records.map((record) => JSON.stringify(record)).join('\n')
          const { rows } = await read('', { 'a.jsonl': file })
          expect(rows.map(({ text, more }) => ({ text, more }))).toEqual(JSON.parse(JSON.stringify(records)))
        },
      ),
      { numRuns: 30 },
    )
  })
})

describe('ids and bytes', () => {
  it('do not depend on how files are called, where they lie, or what stands around a document', async () => {
    const one = await read(', split: paragraphs', { 'a.txt': 'One.\n\nTwo.\n', 'b.txt': 'Three.' })
    const two = await read(', split: paragraphs', { 'deep/z.txt': 'Zero.\n\nOne.\n\n\nTwo.', 'deep/zz.txt': 'Three.' })
    expect(two.rows.slice(1)).toEqual(one.rows)
  })

  it('begin another shard at 64 MiB', async () => {
    const big = 'x'.repeat(1 << 20)
    const { artefact, rows } = await read(', split: lines', {
      'a.txt': Array.from({ length: 70 }, (_, i) => `${i} ${big}`).join('\n'),
    })
    const shards = readdirSync(artefact.path)
    expect(shards).toEqual(['docs-00000.jsonl', 'docs-00001.jsonl'])
    expect(statSync(join(artefact.path, shards[0]!)).size).toBeGreaterThanOrEqual(64 << 20)
    expect(statSync(join(artefact.path, shards[0]!)).size).toBeLessThan(66 << 20)
    expect(readFileSync(join(artefact.path, shards[1]!), 'utf8').endsWith('\n')).toBe(true)
    expect(rows.map(({ text }) => Number.parseInt(text, 10))).toEqual(Array.from({ length: 70 }, (_, i) => i))
  })
})

describe('unreadable input fails with advice', () => {
  const failing = async (settings: string, files: Readonly<Record<string, string | Uint8Array>>) =>
    read(settings, files).then(
      () => expect.unreachable(),
      (error) => ({ code: error.code, message: error.message, help: error.help }),
    )

  it('no documents at all', async () => {
    expect(await failing('', { 'a.txt': '', 'b.txt': '' })).toMatchObject({ code: 'no-documents' })
    expect(await failing('', { 'a.jsonl': '1\n2\n' })).toMatchObject({
      code: 'no-documents',
      message: 'none of 2 documents could be read',
    })
  })

  it('no document left by the rules', async () => {
    const run = rig.program('data x = read("x") |> keep(where: words > 5)', rig.files({ 'a.txt': 'few' }))
    await expect(run).rejects.toThrow('none of 1 documents is left; the rule "keep: words > 5" dropped 1 of them')
  })

  it('a damaged or wrong format', async () => {
    const packed = gzipSync('long enough to be cut '.repeat(100))
    expect(await failing('', { 'a.jsonl.gz': packed.subarray(0, 30) })).toMatchObject({
      code: 'no-documents',
      help: expect.stringContaining('the gzip archive is cut off or damaged'),
    })
    expect(await failing('', { 'a.arrow': 'ARROW1' })).toMatchObject({ code: 'unreadable-file' })
    expect(await failing('', { 'a.txt': Buffer.from('\ufeffab', 'utf16le') })).toMatchObject({ code: 'wrong-encoding' })
  })

  it('a file that was removed', async () => {
    const run = rig.run(
      kinds.documents!,
      { source: { kind: 'read', params: { split: 'files', field: 'text', format: 'auto' } }, steps: [] },
      {},
      [{ path: '/nowhere/a.txt', name: 'a.txt', sha256: '0'.repeat(64) }],
    )
    await expect(run).rejects.toMatchObject({ code: 'unreadable-file', help: expect.stringContaining('leave it out') })
  })
})

it('reading stops when the run is interrupted', async () => {
  const files = rig.files({ 'a.txt': 'a\n\nb' })
  const params = { source: { kind: 'read', params: { split: 'files', field: 'text', format: 'auto' } }, steps: [] }
  await expect(rig.run(kinds.documents!, params, {}, files, AbortSignal.abort())).rejects.toThrow('interrupted')
})

it('reading reports its progress in bytes of the files', async () => {
  rig.events.length = 0
  await read('', { 'a.txt': 'x'.repeat(1000), 'b.txt.gz': gzipSync('y'.repeat(1000)) })
  const progress = rig.events.filter((event) => event.event === 'progress')
  expect(progress.at(-1)).toMatchObject({ unit: 'bytes', done: 1000 + gzipSync('y'.repeat(1000)).length })
  for (const event of progress) expect(event.done).toBe(event.total)
})

it('a field of keep_fields that no record has is named at the end of the run, whatever the format', async () => {
  const warned = () => rig.events.splice(0).flatMap((event) => (event.event === 'log' ? [event.message] : []))
  const rows = [{ text: 'one', url: 'u' }, { text: 'two' }]
  warned()
  await read(', keep_fields: ["url", "urll"]', { 'a.jsonl': rows.map((row) => JSON.stringify(row)).join('\n') })
  await read(', keep_fields: ["url", "urll"]', { 'a.csv': 'text,url\none,u\n' })
  const message = 'No document has `urll`, which keep_fields of read names.'
  expect(warned()).toEqual([message, message])
  await read(', field: "body", keep_fields: ["url", "body", "id"]', { 'a.csv': 'body,url\none,u\n' })
  expect(warned()).toEqual([])
})

it('a field is not called absent if parts of an earlier version did not look for it', () => {
  const book = new LedgerBook()
  noticeAbsent('read', ['url'], book, false)(new Document('a text'))
  expect(book.warnings()).toHaveLength(1)
  book.add({ ...book.part(), changes: [] })
  expect(book.warnings()).toEqual([])
})
