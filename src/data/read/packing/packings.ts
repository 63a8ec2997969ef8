/** The table of packings: how files are compressed as a whole. */

import { isUtf8 } from 'node:buffer'
import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'

export type PackingName = 'gzip' | 'zstd' | 'bzip2'

/** Unpacks a stream. An error that it throws means that the rest cannot be unpacked. */
type Unpack = (chunks: AsyncIterable<Buffer>) => AsyncIterable<Buffer>

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
    unpack: (chunks) => through(chunks, zlib.createGunzip({ chunkSize: 1 << 20 })),
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

/** Unpacks with a stream of Node. Unlike a pipeline, this keeps what was unpacked before an error. */
async function* through(chunks: AsyncIterable<Buffer>, transform: Transform): AsyncGenerator<Buffer> {
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
      for (let at = 0; at < chunk.length; at += slice.node) {
        const piece = chunk.subarray(at, at + slice.node)
        // After an error, zlib does not call back.
        await Promise.race([ended, new Promise<void>((resolve) => void transform.write(piece, () => resolve()))])
        yield* take()
      }
    transform.end()
    await ended
    yield* take()
  } finally {
    transform.destroy()
  }
}

/** Node has zstd since 22.15. */
const { createZstdDecompress } = zlib as {
  readonly createZstdDecompress?: (options: { readonly chunkSize: number }) => Transform
}

async function* unpackZstd(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  if (createZstdDecompress !== undefined) {
    yield* through(chunks, createZstdDecompress({ chunkSize: 1 << 20 }))
    return
  }
  const { Decompress } = await import('fzstd')
  const out: Buffer[] = []
  const stream = new Decompress((piece) => out.push(Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength)))
  let isFirst = true
  for await (const chunk of chunks) {
    if (isFirst) refuseLargeWindow(chunk)
    isFirst = false
    for (let at = 0; at < chunk.length; at += slice.zstd) {
      stream.push(chunk.subarray(at, at + slice.zstd))
      yield* out.splice(0)
    }
  }
  stream.push(new Uint8Array(), true)
  yield* out
}

/** Throws if a frame wants a window of more than 128 MiB, which Node's own decompression refuses too. */
function refuseLargeWindow(bytes: Buffer): void {
  const [descriptor = 0, window = 0] = bytes.subarray(4)
  const isSingle = (descriptor & 0x20) !== 0
  if (begins(bytes, [0x28, 0xb5, 0x2f, 0xfd]) && !isSingle && 10 + (window >> 3) > 27)
    throw new Error('it needs a window of more than 128 MiB (zstd --long); pack it with a smaller one')
}

async function* unpackBzip2(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
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
  for await (const chunk of chunks)
    for (let at = 0; at < chunk.length; at += slice.bzip2) {
      stream.write(chunk.subarray(at, at + slice.bzip2))
      yield* take()
    }
  stream.end()
  yield* take()
}
