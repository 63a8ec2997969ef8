/** Parquet: rows are documents, with values as another library reads them; damaged row groups are counted. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { describe, expect, it } from 'vitest'
import type { InputFile } from '../../../src/core/kind/stage.ts'
import { ExactNumber } from '../../../src/core/values/exact-number.ts'
import { parseExact } from '../../../src/data/json/exact-json.ts'
import { parts } from '../../../src/data/read/formats/parquet.ts'
import { Rig } from '../rig.ts'

const rig = new Rig()
const golden = join(import.meta.dirname, '../golden/parquet')
const goldenFile = (codec: string) => readFileSync(join(golden, `${codec}.parquet`))

const read = async (bytes: Uint8Array, settings = '', more: Readonly<Record<string, string | Uint8Array>> = {}) => {
  rig.events.length = 0
  const ran = await rig.program(`data x = read("data/*"${settings})`, rig.files({ 'a.parquet': bytes, ...more }))
  const warnings = rig.events.flatMap((event) => (event.event === 'log' ? [event.message] : []))
  const { malformed } = ran.report.ledger!
  return { ...ran, warnings, malformed, problems: malformed.samples.map(({ line, message }) => `${line}: ${message}`) }
}

/** Texts in a file, `group` rows a row group. */
function texts(count: number, group = 10, long = 0): Buffer {
  const data = Array.from({ length: count }, (_, i) => `text ${i}${'.'.repeat(long)}`)
  const url = data.map((_, i) => `https://a.example/${i}`)
  const columnData = [
    { name: 'text', data, type: 'STRING' as const },
    { name: 'url', data: url, type: 'STRING' as const },
  ]
  return Buffer.from(parquetWriteBuffer({ columnData, rowGroupSize: group, codec: 'UNCOMPRESSED' }))
}

it('a file with two columns of one name is an error, unless they are left out', async () => {
  const columnData = ['text', 'n', 'n'].map((name, i) => ({ name, data: [`${i}`], type: 'STRING' as const }))
  const bytes = Buffer.from(parquetWriteBuffer({ columnData }))
  await expect(read(bytes)).rejects.toMatchObject({
    code: 'wrong-format',
    message: 'a.parquet has two columns named "n"',
    help: expect.stringContaining('keep_fields'),
  })
  expect((await read(bytes, ', keep_fields: []')).texts).toEqual(['0'])
})

describe('the values of a row', () => {
  const codecs = ['none', 'snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'delta']
  it.each(codecs)('are those that pyarrow wrote and reads, packed with %s', async (codec) => {
    const { artefact, malformed } = await read(goldenFile(codec))
    const rows = readFileSync(join(artefact.path, 'docs-00000.jsonl'), 'utf8').trimEnd().split('\n')
    expect(malformed.count).toBe(0)
    const exact = (value: unknown): unknown => {
      if (value instanceof ExactNumber) return { digits: value.source }
      if (Array.isArray(value)) return value.map(exact)
      if (value === null || typeof value !== 'object') return value
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, exact(each)]))
    }
    // Decimals that JavaScript prints with the same digits are numbers.
    const plain = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(plain)
      if (value === null || typeof value !== 'object') return value
      const { digits } = value as { readonly digits?: string }
      if (digits !== undefined) return String(Number(digits)) === digits ? Number(digits) : value
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]))
    }
    const expected = JSON.parse(readFileSync(join(golden, 'rows.json'), 'utf8')) as unknown[]
    expect(rows.map((row) => exact(parseExact(row)))).toEqual(expected.map(plain))
  })

  it('that are bytes and not text become base64, which the ledger counts', async () => {
    const { report } = await read(goldenFile('snappy'))
    expect(report.ledger!.changed).toEqual([
      expect.objectContaining({ documents: 60, note: expect.stringContaining('base64, first at a.parquet:1') }),
    ])
  })

  it('may have bytes that are not UTF-8, and the run warns', async () => {
    const bytes = texts(3)
    bytes[bytes.indexOf('text 1')] = 0xff
    const { texts: read1, warnings } = await read(bytes)
    expect(read1).toEqual(['text 0', '\ufffdext 1', 'text 2'])
    expect(warnings[0]).toContain('not UTF-8 became U+FFFD, first at a.parquet:2')
  })

  it('that are JSON are nested values with all their digits', async () => {
    const columnData = [
      { name: 'text', data: ['a'], type: 'STRING' as const },
      { name: 'meta', data: [{ n: [1, 'x'] }], type: 'JSON' as const },
    ]
    expect((await read(Buffer.from(parquetWriteBuffer({ columnData })))).rows).toMatchObject([
      { meta: { n: [1, 'x'] } },
    ])
  })
})

describe('the columns of a file', () => {
  it('are the fields of documents; `field` is the text', async () => {
    const { rows } = await read(texts(1), ', field: "url"')
    expect(rows).toEqual([{ id: expect.any(String), text: 'https://a.example/0' }])
  })

  it('are read only if documents keep them', async () => {
    const bytes = texts(20)
    // Destroys the column `url` of each row group.
    for (let at = bytes.indexOf('https'); at !== -1 && at < bytes.length / 2; at = bytes.indexOf('https', at + 1))
      bytes.fill(0xff, at - 4, at)
    await expect(read(bytes)).rejects.toMatchObject({ code: 'no-documents' })
    const { rows } = await read(bytes, ', keep_fields: []')
    expect(rows).toHaveLength(20)
    expect(Object.keys(rows[0]!)).toEqual(['id', 'text'])
  })

  it('are listed if none of them is the text', async () => {
    const files = rig.files({ 'a.parquet': texts(1) })
    rig.events.length = 0
    await rig.program('data x = read("a", field: "content", keep_fields: ["url"]) |> keep(where: words < 9)', files)
    expect(JSON.stringify(rig.events)).toContain('Records lack the field')
    expect(JSON.stringify(rig.events)).toContain('The first has url.')
  })
})

describe('row groups', () => {
  it('are read in order, and pages of any size give the same rows', async () => {
    const wanted = Array.from({ length: 1500 }, (_, i) => `text ${i}`)
    for (const rowsInGroup of [1, 7, 400, 1500]) expect((await read(texts(1500, rowsInGroup))).texts).toEqual(wanted)
  })

  it('are parts of a file, smaller ones together', async () => {
    const [file] = rig.files({ 'a.parquet': texts(40, 10, 600_000) })
    const ranges = await parts(file!)
    expect(ranges.map(({ context }) => (context as { groups: unknown }).groups)).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ])
    expect(await parts(rig.files({ 'b.parquet': texts(40, 10) })[0]!)).toHaveLength(1)
  })

  it('that are damaged are counted with their file, row and column, and the others are read', async () => {
    const bytes = texts(30)
    const at = bytes.indexOf('text 10')
    bytes.fill(0xff, at - 40, at)
    const { texts: rest, problems, warnings, malformed } = await read(bytes)
    expect(rest).toHaveLength(20)
    expect(malformed.count).toBe(10)
    expect(problems).toEqual([expect.stringMatching(/^11: row group 2, column "text": /)])
    expect(warnings[0]).toMatch(
      /^10 of 30 documents could not be read and are left out, first a\.parquet:11: row group 2/,
    )
  })

  it('whose checksums do not match are damaged, though their pages can be decoded', async () => {
    const bytes = goldenFile('zstd')
    const whole = await read(bytes)
    let caught = 0
    for (let at = 200; at < 6000; at += 977) {
      const copy = Buffer.from(bytes)
      copy[at]! ^= 0x10
      const { rows, problems } = await read(copy)
      if (problems.length > 0) caught++
      // A flipped bit in the header of a page may change nothing that counts.
      else expect(rows).toEqual(whole.rows)
    }
    expect(caught).toBeGreaterThan(3)
  })
})

describe('a file', () => {
  it('that is cut off is counted, and the other files are read', async () => {
    const bytes = texts(30)
    for (const length of [0, 3, 11, 500, bytes.length - 1]) {
      const { texts: rest, problems } = await read(bytes.subarray(0, length), '', { 'b.txt': 'other' })
      expect(rest).toEqual(['other'])
      expect(problems[0]).toMatch(/^1: the Parquet file cannot be read: it has no footer|its footer/)
    }
  })

  it('with any flipped bits is read or counted: nothing hangs, and no row is lost in silence', async () => {
    const bytes = goldenFile('snappy')
    let state = 7
    for (let i = 0; i < 60; i++) {
      const copy = Buffer.from(bytes)
      state = (state * 1103515245 + 12345) % 2 ** 31
      copy[state % copy.length]! ^= 1 << (i % 8)
      const { rows, malformed } = await read(copy, '', { 'b.txt': 'other' })
      if (rows.length + malformed.count !== 61) expect(malformed.samples[0]?.message).toContain('cannot be read')
    }
  })

  it('that promises a page of gigabytes is not believed', async () => {
    const bytes = Buffer.from(goldenFile('gzip'))
    // A gzip member of a page: the promised length is in the header of the page, and more is not unpacked.
    const at = bytes.indexOf(Buffer.from([0x1f, 0x8b]))
    const bomb = gzipSync(Buffer.alloc(20_000), { level: 9 })
    bomb.copy(bytes, at)
    const { malformed } = await read(bytes)
    expect(malformed.count).toBe(25)
  })

  it('without rows is counted', async () => {
    expect((await read(texts(0), '', { 'b.txt': 'x' })).problems).toEqual(['1: the file has no rows'])
  })

  it('that is packed as a whole is an error with a way out', async () => {
    const files = rig.files({ 'a.parquet.gz': gzipSync(texts(1)) })
    await expect(rig.program('data x = read("data/*")', files)).rejects.toMatchObject({
      code: 'unreadable-file',
      message: expect.stringContaining('a.parquet.gz is packed as a whole'),
    })
  })

  it('that changes while it is read is an error', async () => {
    const [file] = rig.files({ 'a.parquet': texts(3) })
    const other = {
      ...file!,
      sha256: file!.sha256.replace(/.$/, (last) => (last === '0' ? '1' : '0')) as InputFile['sha256'],
    }
    await expect(rig.program('data x = read("data/*")', [other])).rejects.toMatchObject({ code: 'input-changed' })
  })
})
