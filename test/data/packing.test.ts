/** Packed files: gzip, zstd and bzip2, found by their bytes; damage ends one file only; bombs fill no memory. */

import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { packingOfBytes, packings } from '../../src/data/read/packing/packings.ts'
import { Rig } from './rig.ts'

const rig = new Rig()
const read = async (files: Readonly<Record<string, string | Uint8Array>>, settings = '') => {
  rig.events.length = 0
  const ran = await rig.program(`data x = read("data/*"${settings})`, rig.files(files))
  const warnings = rig.events.flatMap((event) => (event.event === 'log' ? [event.message] : []))
  const malformed = ran.report.ledger!.malformed.samples.map(({ file, message }) => `${file}: ${message}`)
  return { ...ran, warnings, malformed }
}

const lines = Array.from({ length: 40 }, (_, i) => `{"id":"${i}","text":"no. ${i}"}\n`)
const text = lines.join('')
const ids = lines.map((_, i) => String(i))

/** `text` in two members, by the programs zstd 1.5.4 and bzip2 1.0.8. */
const packed = {
  gz: Buffer.concat([gzipSync(lines.slice(0, 9).join('')), gzipSync(lines.slice(9).join(''))]),
  zst: Buffer.from(
    'KLUv/QRoJQIA1AJ7ImlkIjoiMCIsInRleHQiOiJuby4gMCJ9CjExMjIzMzQ0NTU2Njc3ODgifQoQqBD4+t8B8OUQZoRi+D26rc0GKQXLiOxOKLUv/QRohQMA8sUREbA7TxEEiqGlabszMw0pR7oSIOb/OcaUQoh7N/Outvb/OcaUQoh7N/OusvL/OcaUQoh7N/Ouri6I+WE0lijdUy5FfqJMK2E8qBGgX/838OUQRoTEi+YBfShUzMMnYX3d89wJ6iv+6el5JhukKrEnyR8=',
    'base64',
  ),
  bz2: Buffer.from(
    'QlpoOTFBWSZTWT30kKQAAGxZgAAQUAV/0AYhhEogAGQk1VGQaP9VGmjNQSkJhMAjBiBnA6de3fTx5vr3A1gbwMQOcDaBnbbbbtA4gP1VVVVVSBvA1gciBxAxAWgcQOIC0Dou5IpwoSB76SFIQlpoOTFBWSZTWd5uk7kAAaFZgAAQUAV/8AYhhEowAMZo7/1VAH/6qoP1QADv9U/9VU/UjJiaYJg7/yVT/VQbUaAG1P1Vtqt2/g48ufTOoAABo7VXeq+VX6q11Xmq25mZmZmAAANNPYBsAYxiSSSSX4qqqqqrbZJaqqqqqrbZJaqqqqqrbYAAAACqqqrxJJ/kk0kkm4A2AMgEAMgGQCAH8XckU4UJDebpO5A=',
    'base64',
  ),
}

describe('a packed file', () => {
  it.each(['gz', 'zst', 'bz2'] as const)('of several members, .%s, is read as one', async (ending) => {
    const { rows, warnings } = await read({ [`a.jsonl.${ending}`]: packed[ending] })
    expect(rows.map(({ id }) => id)).toEqual(ids)
    expect(warnings).toEqual([])
  })

  it.each(['gz', 'zst', 'bz2'] as const)(
    '.%s, that is cut off is read up to there and counted, and the other files are read',
    async (ending) => {
      const bytes = packed[ending]
      for (const length of [bytes.length - 3, bytes.length >> 1, 5]) {
        const { rows, malformed, warnings } = await read({
          [`a.txt.${ending}`]: bytes.subarray(0, length),
          'b.txt': 'other',
        })
        expect(rows.at(-1)!.text).toBe('other')
        if (length > bytes.length / 2) expect(rows[0]!.text).toContain('no. 8')
        expect(malformed.join()).toMatch(/archive is cut off or damaged .*bytes, is read/)
        expect(malformed.join()).not.toContain('Cannot read properties')
        expect(warnings[0]).toMatch(/could not be read and (is|are) left out, first a\.txt/)
      }
    },
  )

  it('with a flipped bit is read up to there and counted', async () => {
    for (const ending of ['gz', 'bz2'] as const) {
      const bytes = Buffer.from(packed[ending])
      bytes[bytes.length >> 1]! ^= 4
      const { malformed } = await read({ [`a.jsonl.${ending}`]: bytes, 'b.txt': 'other' })
      expect(malformed.join()).toContain('is cut off or damaged')
    }
  })

  it('may have any name, and the run says so', async () => {
    const { rows, warnings } = await read({ 'a.jsonl': packed.gz, 'b.jsonl.gz': packed.zst, 'c.jsonl.bz2': text })
    expect(rows).toHaveLength(120)
    expect(warnings).toEqual([
      'In 3 files the name of the file does not say how it is packed, first a.jsonl (packed with gzip); it was read all the same.',
    ])
  })

  it('is not taken for text if its beginning is damaged', async () => {
    const bytes = Buffer.from(packed.gz)
    bytes[0] = 0
    const { texts, malformed } = await read({ 'a.txt.gz': bytes, 'b.txt': 'other' })
    expect(texts).toEqual(['other'])
    expect(malformed[0]).toContain('the gzip archive is cut off or damaged (incorrect header check)')
  })

  it('may have zeros after its end, as tapes write', async () => {
    const { rows, malformed } = await read({ 'a.jsonl.gz': Buffer.concat([packed.gz, Buffer.alloc(512)]) })
    expect(rows).toHaveLength(40)
    expect(malformed).toEqual([])
  })

  it('with other bytes after its end is read and counted, wherever zlib would ignore them', async () => {
    const large = gzipSync(lines.join('').repeat(2_000), { level: 1 })
    for (const bytes of [packed.gz, large])
      for (const zeros of [1, 40_000]) {
        const rest = Buffer.concat([Buffer.alloc(zeros), Buffer.from('garbage')])
        const { rows, malformed, warnings } = await read({
          'a.jsonl.gz': Buffer.concat([bytes, rest]),
          'b.jsonl': '{"id":"last","text":"other"}',
        })
        expect(rows.at(-1)!.id).toBe('last')
        expect(rows.length).toBe(bytes === large ? 80_001 : 41)
        expect(malformed[0]).toContain('bytes after its end are not packed with gzip')
        expect(warnings).toHaveLength(1)
      }
    const { malformed } = await read({ 'a.jsonl.gz': Buffer.concat([packed.gz, Buffer.from('garbage')]), 'b.txt': 'x' })
    expect(malformed[0]).toContain('incorrect header check')
  })

  it('of zstd with other bytes after its end is read and counted', async () => {
    for (const rest of ['garbage', ' '.repeat(40_000)]) {
      const bytes = Buffer.concat([packed.zst, Buffer.from(rest)])
      const { rows, malformed } = await read({ 'a.jsonl.zst': bytes, 'b.jsonl': '{"id":"last","text":"other"}' })
      expect(rows.map(({ id }) => id)).toEqual([...ids, 'last'])
      expect(malformed[0]).toMatch(
        /is cut off or damaged \((invalid zstd data|.* bytes after its end are not packed with zstd)\)/,
      )
    }
  })

  it('with other bytes right after a member is read up to them', async () => {
    // Texts that pack badly, so that several pieces of 16 KiB are packed.
    const many = Array.from(
      { length: 6_000 },
      (_, i) => `{"id":"${i}","text":"${(Math.sin(i) * 1e15).toString(36)}"}\n`,
    )
    const whole = gzipSync(many.join(''))
    expect(whole.length).toBeGreaterThan(3 * 16 * 1024)
    const { rows, malformed } = await read({ 'a.jsonl.gz': Buffer.concat([whole, Buffer.from('garbage')]) })
    expect(rows).toHaveLength(6_000)
    expect(malformed).toEqual([expect.stringContaining('cut off or damaged (incorrect header check)')])
    const members = Buffer.concat([whole, whole])
    // The magic of the second member.
    members[whole.length] = 7
    expect((await read({ 'a.jsonl.gz': members })).rows).toHaveLength(6_000)
  })

  it.each([
    ['xz', 'fd377a585a000004e6d6b446', 'unxz'],
    ['lz4', '04224d186440a7', 'lz4 -d'],
    ['zip', '504b030414000000', 'Unpack it first'],
    ['7z', '377abcaf271c0004', 'Unpack it first'],
  ])('with %s, whatever its name, is refused with the way out', async (name, bytes, help) => {
    for (const file of ['a.jsonl', 'a.txt', 'a.csv.gz'])
      await expect(read({ [file]: Buffer.from(bytes, 'hex') })).rejects.toMatchObject({
        code: 'unreadable-file',
        message: `${file} is packed with ${name}, which is not read`,
        help: expect.stringContaining(help),
      })
  })

  it('that begins as an archive does is still text if the rest is text', () => {
    expect(packingOfBytes(Buffer.from('BZh9 is how bzip2 begins'))).toBeUndefined()
  })
})

describe('a bomb', () => {
  /** The chunks of a member of `megabytes` of zeros, made without holding them. */
  const zeros = (megabytes: number) =>
    Buffer.concat(Array.from({ length: megabytes }, () => gzipSync(Buffer.alloc(1 << 20))))

  it('of gzip is unpacked in pieces', async () => {
    let largest = 0
    let all = 0
    const bomb = zeros(64)
    const open = async function* () {
      yield bomb
    }
    for await (const piece of packings.gzip.unpack(open)) {
      largest = Math.max(largest, piece.length)
      all += piece.length
    }
    expect(all).toBe(64 << 20)
    expect(largest).toBeLessThanOrEqual(1 << 20)
  })

  it('of zeros is refused at its first bytes, because it is not text', async () => {
    await expect(read({ 'a.jsonl.gz': zeros(2) })).rejects.toMatchObject({ code: 'wrong-encoding' })
  })

  it('of zstd that needs a dictionary says so', async () => {
    // One raw block in a frame whose header names dictionary 5.
    const { malformed } = await read({ 'a.txt.zst': Buffer.from('28b52ffd21050109000061', 'hex'), 'b.txt': 'other' })
    expect(malformed[0]).toContain('it needs a dictionary (zstd -D)')
  })

  it('of zstd that wants a large window is counted', async () => {
    // A frame whose header asks for 2 GiB.
    const { malformed } = await read({ 'a.txt.zst': Buffer.from('28b52ffd00a8', 'hex'), 'b.txt': 'other' })
    expect(malformed[0]).toContain('a.txt.zst: the zstd archive is cut off or damaged')
  })
})
