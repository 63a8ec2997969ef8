/** The table of packings: how files are compressed as a whole. */

import { isUtf8 } from 'node:buffer'
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'
import { nodeZstd } from './node-zstd.ts'

export type PackingName = 'gzip' | 'zstd' | 'bzip2'

/** The bytes of a packed file: a new iteration begins with the first byte. */
export type PackedBytes = () => AsyncIterable<Buffer>

/** Unpacks a file, whose bytes are asked for once, and again if other bytes follow. An error that it throws means that the rest cannot be unpacked. */
type Unpack = (open: PackedBytes) => AsyncIterable<Buffer>

interface Packing {
  /** The ending of files, in lower case. */
  readonly ending: string
  /** Whether a file that begins with these bytes is packed so. */
  isIn(bytes: Buffer): boolean
  readonly unpack: Unpack
}

/** The most packed bytes that are unpacked before the result is taken: a bomb fills no more memory than it makes of these. */
const slice = { node: 16 * 1024, zstd: 4096, bzip2: 64 * 1024 }

export const packings: Readonly<Record<PackingName, Packing>> = {
  gzip: {
    ending: '.gz',
    isIn: (bytes) => begins(bytes, [0x1f, 0x8b, 8]),
    unpack: unpackGzip,
  },
  zstd: {
    ending: '.zst',
    // Frames, or those that other programs skip, as the seekable format writes.
    isIn: (bytes) =>
      begins(bytes, [0x28, 0xb5, 0x2f, 0xfd]) ||
      (begins(bytes.subarray(1), [0x2a, 0x4d, 0x18]) && (bytes[0]! & 0xf0) === 0x50),
    unpack: unpackZstd,
  },
  bzip2: {
    ending: '.bz2',
    // A block begins with the digits of pi; without blocks, the end with those of its root.
    isIn: (bytes) =>
      /^BZh[1-9]$/.test(bytes.toString('latin1', 0, 4)) &&
      ['314159265359', '177245385090'].includes(bytes.toString('hex', 4, 10)),
    unpack: unpackBzip2,
  },
}

export const packingNames = Object.keys(packings) as readonly PackingName[]

/** The packing that the name of a file stands for; `undefined` if it stands for none. */
export function packingOfName(name: string): PackingName | undefined {
  const lower = name.toLowerCase()
  return packingNames.find((each) => lower.endsWith(packings[each].ending))
}

/** The packing that the first bytes of a file show. */
export function packingOfBytes(bytes: Buffer): PackingName | undefined {
  return packingNames.find((name) => packings[name].isIn(bytes))
}

/** Whether the first bytes of a file are text, though its name stands for a packing. */
export function isPlain(bytes: Buffer): boolean {
  // The beginning of bzip2 is text.
  if (bytes.toString('latin1', 0, 3) === 'BZh') return false
  // The last character may be cut.
  const seen = bytes.subarray(0, 4096)
  return seen.length > 0 && !seen.includes(0) && [0, 1, 2, 3].some((cut) => isUtf8(seen.subarray(0, seen.length - cut)))
}

function begins(bytes: Buffer, magic: readonly number[]): boolean {
  return magic.every((byte, i) => bytes[i] === byte)
}

/** The errors of zlib at the beginning of a member: what comes before is whole, because its checksum was right. */
const atHeader: ReadonlySet<string> = new Set([
  'incorrect header check',
  'unknown compression method',
  'unknown header flags set',
  'header crc mismatch',
])

/**
 * Unpacks with a stream of Node. Unlike a pipeline, this keeps what was unpacked before an error. zlib gives nothing of a piece in which it fails.
 * If other bytes follow a member, the file is therefore unpacked again, and that piece byte by byte.
 */
async function* through(open: PackedBytes, makeTransform: () => Transform): AsyncGenerator<Buffer> {
  const progress = { taken: 0 }
  let unpacked = 0
  try {
    for await (const piece of inPieces(open(), makeTransform(), () => slice.node, progress)) {
      unpacked += piece.length
      yield piece
    }
  } catch (error) {
    if (!atHeader.has((error as Error).message)) throw error
    const { taken } = progress
    const pieceAt = (at: number) => (at >= taken && at < taken + slice.node ? 1 : slice.node)
    let again = 0
    try {
      for await (const piece of inPieces(open(), makeTransform(), pieceAt, { taken: 0 })) {
        const known = Math.max(0, unpacked - again)
        again += piece.length
        if (known < piece.length) yield piece.subarray(known)
      }
    } catch {
      // The error of the first time is thrown.
    }
    throw error
  }
}

/** Unpacks pieces of packed bytes; `sizeAt`: the size of the piece at a byte. `progress` counts the packed bytes whose pieces were unpacked. */
async function* inPieces(
  chunks: AsyncIterable<Buffer>,
  transform: Transform,
  sizeAt: (at: number) => number,
  progress: { taken: number },
): AsyncGenerator<Buffer> {
  const out: Buffer[] = []
  let failed: Error | undefined
  const ended = new Promise<void>((resolve) => {
    transform.on('data', (piece: Buffer) => void out.push(piece))
    transform.on('end', resolve)
    transform.on('error', (error) => {
      failed ??= error
      resolve()
    })
  })
  const take = function* () {
    yield* out.splice(0)
    if (failed !== undefined) throw failed
  }
  try {
    for await (const chunk of chunks)
      for (let at = 0; at < chunk.length; ) {
        const piece = chunk.subarray(at, at + sizeAt(progress.taken))
        // After an error, zlib does not call back.
        await Promise.race([ended, new Promise<void>((resolve) => void transform.write(piece, () => resolve()))])
        yield* take()
        at += piece.length
        progress.taken += piece.length
      }
    transform.end()
    await ended
    yield* take()
  } finally {
    transform.destroy()
  }
}

/** Unpacks gzip; zeros pad an archive, as gzip itself accepts them. */
function unpackGzip(open: PackedBytes): AsyncIterable<Buffer> {
  return toTheEnd(
    open,
    'gzip',
    () => zlib.createGunzip({ chunkSize: 1 << 20 }),
    (byte) => byte === 0,
  )
}

/** Unpacks with a stream of Node, and throws for bytes after the last member that are not padding, which the stream would ignore. */
async function* toTheEnd(
  open: PackedBytes,
  name: PackingName,
  make: () => Transform & { readonly bytesWritten: number },
  isPadding: (byte: number) => boolean,
): AsyncGenerator<Buffer> {
  let stream: ReturnType<typeof make>
  let strange = 0
  const counted = async function* () {
    let fed = 0
    for await (const chunk of open()) {
      const start = fed
      fed += chunk.length
      yield chunk
      // The chunk has been written: the stream has taken all of it, unless the last member ended.
      const rest = chunk.subarray(Math.max(0, stream.bytesWritten - start))
      if (strange > 0 || rest.some((byte) => !isPadding(byte))) strange += rest.length
    }
  }
  yield* through(counted, () => {
    stream = make()
    return stream
  })
  if (strange > 0) throw new Error(`${strange.toLocaleString('en-US')} bytes after its end are not packed with ${name}`)
}

async function* unpackZstd(open: PackedBytes): AsyncGenerator<Buffer> {
  if (nodeZstd !== undefined) {
    const { createZstdDecompress } = nodeZstd
    yield* toTheEnd(
      () => checkedZstd(open()),
      'zstd',
      () => createZstdDecompress({ chunkSize: 1 << 20 }),
      () => false,
    )
    return
  }
  const { Decompress } = await import('fzstd')
  const out: Buffer[] = []
  const stream = new Decompress((piece) => out.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)))
  for await (const chunk of checkedZstd(open())) {
    for (let at = 0; at < chunk.length; at += slice.zstd) {
      try {
        stream.push(chunk.subarray(at, at + slice.zstd))
      } finally {
        // The blocks before an error are whole.
        yield* out.splice(0)
      }
    }
  }
  stream.push(new Uint8Array(), true)
  yield* out
}

/** The bytes of a file packed with zstd. Throws if its first frame cannot be unpacked (RFC 8878, section 3.1.1). */
async function* checkedZstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let isFirst = true
  for await (const chunk of chunks) {
    if (isFirst && begins(chunk, [0x28, 0xb5, 0x2f, 0xfd])) {
      const [descriptor = 0, window = 0] = chunk.subarray(4)
      const isSingle = (descriptor & 0x20) !== 0
      // Node's own decompression refuses larger windows too.
      if (!isSingle && 10 + (window >> 3) > 27)
        throw new Error('it needs a window of more than 128 MiB (zstd --long); pack it with a smaller one')
      const at = isSingle ? 5 : 6
      const dictionary = chunk.subarray(at, at + [0, 1, 2, 4][descriptor & 3]!)
      if (dictionary.some((byte) => byte !== 0)) throw new Error('it needs a dictionary (zstd -D); pack it without one')
    }
    isFirst = false
    yield chunk
  }
}

async function* unpackBzip2(open: PackedBytes): AsyncGenerator<Buffer> {
  const { default: unbzip2 } = await import('unbzip2-stream')
  const out: Buffer[] = []
  let failed: Error | undefined
  const stream = unbzip2()
  // The stream is of an old kind, which emits while it is written to.
  stream.on('data', (piece: Buffer) => void out.push(piece))
  stream.on('error', (error: Error) => {
    // Past the end of its input, the library reads a property of `undefined`.
    failed ??= error instanceof TypeError ? new Error('it ends within a block') : error
  })
  const take = function* () {
    yield* out.splice(0)
    if (failed !== undefined) throw failed
  }
  for await (const chunk of open())
    for (let at = 0; at < chunk.length; at += slice.bzip2) {
      stream.write(chunk.subarray(at, at + slice.bzip2))
      yield* take()
    }
  stream.end()
  yield* take()
}
