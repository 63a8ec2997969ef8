/** Splits a stream of WARC (ISO 28500) into records. A record is held while it is read, if it is not too large. */

export type WarcRecord =
  | {
      /** The header's fields by their names in lower case. */
      readonly header: ReadonlyMap<string, string>
      readonly block: Buffer
      readonly place: RecordPlace
    }
  | { readonly problem: string; readonly place: RecordPlace }

/** Where a record begins. */
export interface RecordPlace {
  /** 1-based. */
  readonly record: number
  /** The first byte, in the unpacked file. */
  readonly offset: number
}

/** The longest header and the longest block of a record that is wanted, in bytes. */
const maxHeader = 1 << 20
const maxBlock = 64 << 20

const headerEnd = Buffer.from('\r\n\r\n')
const recordStart = Buffer.from('WARC/1.')

/** The records whose headers are `wanted`, a batch for each chunk. Damaged records are skipped up to the next that begins after an empty line. */
export async function* warcRecords(
  chunks: AsyncIterable<Buffer>,
  wanted: (header: ReadonlyMap<string, string>) => boolean,
): AsyncGenerator<WarcRecord[]> {
  let held: Buffer = Buffer.alloc(0)
  /** The offset of `held` in the file. */
  let offset = 0
  let record = 0
  /** The number of bytes to drop before the next record. */
  let skip = 0
  let isLost = false
  const drop = (count: number) => {
    held = held.subarray(count)
    offset += count
  }
  for await (const chunk of chunks) {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    const found: WarcRecord[] = []
    for (;;) {
      if (skip > 0) {
        const now = Math.min(skip, held.length)
        skip -= now
        drop(now)
        if (skip > 0) break
      }
      if (isLost) {
        const next = held.indexOf(Buffer.concat([headerEnd, recordStart]))
        drop(next === -1 ? Math.max(0, held.length - headerEnd.length - recordStart.length) : next + headerEnd.length)
        if (next === -1) break
        isLost = false
      }
      let start = 0
      while (held[start] === 13 || held[start] === 10) start++
      drop(start)
      if (held.length < recordStart.length) break
      const end = held.indexOf(headerEnd)
      if (end === -1 && held.length < maxHeader && held.subarray(0, recordStart.length).equals(recordStart)) break
      record++
      const place = { record, offset }
      const header = end === -1 ? undefined : headerOf(held.subarray(0, end))
      const length = header === undefined ? Number.NaN : Number(header.get('content-length'))
      if (header === undefined || !Number.isSafeInteger(length) || length < 0) {
        found.push({ problem: header === undefined ? 'no header of a record' : 'a record without a length', place })
        isLost = true
        // Not found again at its own beginning.
        drop(1)
        continue
      }
      const whole = end + headerEnd.length + length
      const isWanted = wanted(header)
      if (!isWanted || length > maxBlock) {
        if (isWanted) found.push({ problem: `a record of ${length} bytes; the most are 64 MiB`, place })
        skip = whole
        continue
      }
      if (held.length < whole) {
        // Seen again with the next chunk.
        record--
        break
      }
      found.push({ header, block: held.subarray(end + headerEnd.length, whole), place })
      drop(whole)
    }
    yield found
  }
  if (skip > 0 || held.some((byte) => byte !== 13 && byte !== 10))
    yield [{ problem: 'the file ends in the middle of a record', place: { record: record + 1, offset } }]
}

/** The fields of a header of WARC or HTTP; `undefined` if it does not begin as one. Names are in lower case. */
export function headerOf(bytes: Buffer): ReadonlyMap<string, string> | undefined {
  const [first = '', ...lines] = bytes.toString('latin1').split(/\r?\n/)
  if (!/^(?:WARC\/1\.\d|HTTP\/\d)/.test(first)) return undefined
  const fields = new Map([['', first]])
  for (const line of lines) {
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase()
    if (name !== '' && !fields.has(name)) fields.set(name, line.slice(colon + 1).trim())
  }
  return fields
}
