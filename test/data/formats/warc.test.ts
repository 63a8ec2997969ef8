/** WARC, WET and HTML: pages of the web with their charsets, and archives that are damaged. */

import { brotliCompressSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodePage } from '../../../src/data/read/charset.ts'
import { Rig } from '../rig.ts'

const rig = new Rig()
const read = async (bytes: string | Uint8Array, name = 'a.warc', settings = '') => {
  rig.events.length = 0
  const ran = await rig.program(`data x = read("data/*"${settings})`, rig.files({ [name]: bytes, 'z.txt': 'last' }))
  const { malformed, changed } = ran.report.ledger!
  return {
    rows: ran.rows.slice(0, -1),
    last: ran.rows.at(-1)!.text,
    problems: malformed.samples.map(({ line, message }) => `${line}: ${message}`),
    notes: changed.map(({ note }) => note),
    counts: changed.map(({ documents }) => documents),
  }
}

interface Parts {
  readonly type?: string
  readonly body?: string | Uint8Array
  readonly http?: string
  readonly uri?: string
  readonly id?: string
}

function record({
  type = 'response',
  body = '<p>Hi',
  http = 'Content-Type: text/html',
  uri = 'https://a.example/',
  id = '1',
}: Parts = {}): Buffer {
  const content = Buffer.from(body as string)
  const head = type === 'response' ? `HTTP/1.1 200 OK\r\n${http}\r\n\r\n` : ''
  const block = Buffer.concat([Buffer.from(head), content])
  const media = type === 'response' ? 'application/http; msgtype=response' : 'text/plain'
  const header = `WARC/1.0\r\nWARC-Type: ${type}\r\nWARC-Target-URI: ${uri}\r\nWARC-Date: 2024-05-01T00:00:00Z\r\nWARC-Record-ID: <urn:uuid:${id}>\r\nContent-Type: ${media}\r\nContent-Length: ${block.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(header), block, Buffer.from('\r\n\r\n')])
}

describe('a page in an archive', () => {
  it('is a document with its address, date and type', async () => {
    const { rows } = await read(record({ body: '<p>Hi' }))
    expect(rows).toEqual([
      { id: '1', text: '<p>Hi', url: 'https://a.example/', date: '2024-05-01T00:00:00Z', content_type: 'text/html' },
    ])
  })

  it('may be packed by record, and be the conversion of a page to text', async () => {
    const one = gzipSync(record({ id: 'a' }))
    const two = gzipSync(record({ id: 'b', body: 'x'.repeat(3_000_000) }))
    expect(
      (await read(Buffer.concat([one, two, one]), 'a.warc.gz')).rows.map(({ id, text }) => [id, text.length]),
    ).toEqual([
      ['a', 5],
      ['b', 3_000_000],
      ['a', 5],
    ])
    const wet = Buffer.concat([record({ type: 'warcinfo' }), record({ type: 'conversion', body: 'Grüße' })])
    expect((await read(wet, 'a.warc.wet')).rows).toMatchObject([{ text: 'Grüße' }])
  })

  it.each([
    ['chunked', 'Transfer-Encoding: chunked', '4\r\n<p>H\r\n1;x=y\r\ni\r\n0\r\n\r\n'],
    ['chunked by its header only', 'Transfer-Encoding: chunked', '<p>Hi'],
    ['chunked and cut off', 'Transfer-Encoding: chunked', '4\r\n<p>H\r\n9\r\ni'],
    ['gzip', 'Content-Encoding: gzip', gzipSync('<p>Hi')],
    ['gzip by its header only', 'Content-Encoding: gzip', '<p>Hi'],
    ['brotli', 'Content-Encoding: br', brotliCompressSync('<p>Hi')],
    ['brotli by its header only', 'Content-Encoding: br', '<p>Hi'],
    ['deflate by its header only', 'Content-Encoding: deflate', '<p>Hi'],
    ['gzip twice', 'Content-Encoding: gzip, x-gzip', gzipSync(gzipSync('<p>Hi'))],
    ['gzip in brotli', 'Content-Encoding: gzip, br', brotliCompressSync(gzipSync('<p>Hi'))],
    ['zstd by its header only', 'Content-Encoding: zstd', '<p>Hi'],
    ['in words of its own', 'Content-Encoding: utf-8', '<p>Hi'],
  ])('may be encoded: %s', async (_, field, body) => {
    const { rows } = await read(record({ http: `Content-Type: text/html\r\n${field}`, body }))
    expect(rows).toMatchObject([{ text: '<p>Hi' }])
  })

  it('of nothing is empty, however it is encoded', async () => {
    for (const encoding of ['gzip', 'br', 'deflate']) {
      const http = `Content-Type: text/html\r\nContent-Encoding: ${encoding}`
      const { rows, problems } = await read(record({ http, body: '' }))
      expect([rows.length, problems]).toEqual([1, []])
    }
  })

  it('in an encoding that is not read is counted', async () => {
    const body = Buffer.from('28b52ffd0400290000', 'hex')
    const { rows, problems } = await read(record({ http: 'Content-Type: text/html\r\nContent-Encoding: zstd', body }))
    expect(rows).toEqual([])
    expect(problems).toEqual([expect.stringContaining('a body packed with zstd, which is not read')])
  })

  it('may have a header of HTTP whose lines end with \\n', async () => {
    const block = 'HTTP/1.1 200 OK\nContent-Type: text/html\n\n<p>Hi\r\n\r\n'
    const header = `WARC/1.0\r\nWARC-Type: response\r\nContent-Length: ${block.length}\r\n\r\n`
    expect((await read(`${header}${block}\r\n\r\n`)).rows).toMatchObject([{ text: '<p>Hi\r\n\r\n' }])
  })

  it('has the charset of HTTP, of the page, or one that fits its bytes', async () => {
    const latin = Buffer.from('<p>caf\xe9 ', 'latin1')
    const [a, b, c, d] = (
      await read(
        Buffer.concat([
          record({ http: 'Content-Type: text/html; charset=iso-8859-1', body: latin }),
          record({ body: Buffer.concat([Buffer.from('<meta charset="Shift_JIS">'), Buffer.from([0x93, 0xfa])]) }),
          record({ body: latin }),
          record({ http: 'Content-Type: text/html; charset=iso-8859-1', body: '<p>café' }),
        ]),
      )
    ).rows
    expect([a!.text, b!.text, c!.text, d!.text]).toEqual([
      '<p>café ',
      '<meta charset="Shift_JIS">日',
      '<p>café ',
      '<p>café',
    ])
    expect(decodePage(Buffer.from('\ufeffä', 'utf16le'))).toEqual({ text: 'ä', isDamaged: false })
    expect(decodePage(Buffer.from('ä'), 'no-such-charset').text).toBe('ä')
    expect(decodePage(Buffer.from('é'.repeat(9)).subarray(0, 17)).isDamaged).toBe(true)
  })

  it('that says UTF-8 stays UTF-8 if more of its characters are whole than damaged', () => {
    const bad = Buffer.from([0x80])
    const mostly = Buffer.concat(
      ['Größe ', 'Füße ', 'Äpfel ', 'Öl'].flatMap((word) => [Buffer.from(word.repeat(3)), bad]),
    )
    expect(decodePage(mostly, 'utf-8')).toMatchObject({ isDamaged: true, text: expect.stringContaining('Äpfel') })
    const latin = Buffer.from('é è à ç ü ö ä', 'latin1')
    expect(decodePage(latin, 'utf-8')).toEqual({ text: 'é è à ç ü ö ä', isDamaged: false })
  })

  it('is left out if it is an image, a redirection or no response, and the ledger says so', async () => {
    const image = record({ http: 'Content-Type: image/png', body: '\u0089PNG' })
    const moved = Buffer.from(record().toString().replace('200 OK', '301 No'))
    const name = Buffer.from(
      record({ type: 'response' }).toString().replace('application/http; msgtype=response', 'text/dns'),
    )
    const others = ['request', 'metadata', 'revisit', 'warcinfo'].map((type) => record({ type }))
    const { rows, notes, problems, counts } = await read(Buffer.concat([...others, image, moved, name, record()]))
    expect(rows).toHaveLength(1)
    expect(problems).toEqual([])
    expect(notes).toEqual([expect.stringContaining('not pages')])
    // All but the page and warcinfo, which describes the archive.
    expect(counts).toEqual([6])
  })
})

describe('an archive', () => {
  const whole = Buffer.concat([record({ id: 'a' }), record({ id: 'b' }), record({ id: 'c' })])

  it('that is cut off is read up to there and counted, and the next file is read', async () => {
    for (let length = 1; length < whole.length - 4; length += 23) {
      const { rows, problems, last } = await read(whole.subarray(0, length))
      // Each record ends with two empty lines.
      expect(rows.length).toBe(Math.floor((length + 4) / (whole.length / 3)))
      expect(problems.length).toBeLessThanOrEqual(1)
      expect(last).toBe('last')
    }
    const { rows, problems } = await read(whole.subarray(0, whole.length - 10))
    expect(rows.map(({ id }) => id)).toEqual(['a', 'b'])
    expect(problems).toEqual([
      expect.stringMatching(/^3: record at byte \d+: the file ends in the middle of a record$/),
    ])
  })

  it('with a damaged record is read on from the next one, and the damage is counted at its byte', async () => {
    const bytes = Buffer.from(whole)
    const at = bytes.indexOf('WARC/1.0', 20)
    bytes[at] = 0
    const { rows, problems } = await read(bytes)
    expect(rows.map(({ id }) => id)).toEqual(['a', 'c'])
    expect(problems).toEqual([`2: record at byte ${at}: no header of a record`])
  })

  it('with any flipped byte neither hangs nor loses a record in silence', async () => {
    for (let at = 0; at < whole.length; at += 31) {
      const bytes = Buffer.from(whole)
      bytes[at]! ^= 0x15
      const { rows, problems, notes, last } = await read(bytes)
      expect(last).toBe('last')
      // A flipped byte in a type of records or of content makes it one that nobody wants.
      if (rows.length < 3 && problems.length === 0) expect(notes.length + at).toBeGreaterThan(0)
    }
  })

  it('with a record that claims to be enormous is counted, without memory for it', async () => {
    const { rows, problems } = await read(
      whole.toString().replace(/Content-Length: \d+/, 'Content-Length: 99999999999'),
    )
    expect(rows).toEqual([])
    expect(problems).toEqual([
      expect.stringContaining('a record of 99999999999 bytes; the most are 64 MiB'),
      expect.stringContaining('the file ends in the middle of a record'),
    ])
  })

  it('with a body that is a bomb is counted', async () => {
    const bomb = gzipSync(Buffer.alloc(70 << 20))
    const { problems } = await read(record({ http: 'Content-Type: text/html\r\nContent-Encoding: gzip', body: bomb }))
    expect(problems).toEqual([expect.stringContaining('a body packed with gzip that cannot be unpacked')])
  })

  it('without pages is counted', async () => {
    expect((await read('')).problems).toEqual(['1: the file has no pages'])
    const image = record({ http: 'Content-Type: image/png', body: '\u0089PNG' })
    expect((await read(Buffer.concat([image, image]))).problems).toEqual(['1: the file has no pages'])
  })
})

it('a page in a file has the charset that it declares', async () => {
  const page = Buffer.concat([Buffer.from('<meta charset=windows-1251><p>'), Buffer.from([0xcf, 0xf0])])
  expect((await read(page, 'a.html')).rows).toMatchObject([{ text: '<meta charset=windows-1251><p>Пр' }])
  expect((await read('', 'a.htm')).problems).toEqual(['1: the file has no text'])
})
