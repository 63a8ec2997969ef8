/** Opens an input file as a stream of bytes: unpacked where it is a .gz, without a byte order mark, counting what was read. */

import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { StageError } from '../../core/failure.ts'
import type { InputFile } from '../../core/kind.ts'

/** Endings of files that are no text, and what to do with them. */
const unreadable: Readonly<Record<string, string>> = {
  '.parquet': 'Convert it to JSONL, for example with DuckDB: COPY (FROM "x.parquet") TO "x.jsonl".',
  '.arrow': 'Convert it to JSONL.',
  '.zst': 'Unpack it first (zstd -d), or pack it with gzip.',
  '.bz2': 'Unpack it first (bunzip2), or pack it with gzip.',
  '.xz': 'Unpack it first (unxz), or pack it with gzip.',
  '.zip': 'Unpack it first.',
  '.tar': 'Unpack it first.',
  '.tgz': 'Unpack it first.',
  '.pdf': 'Extract its text first.',
}

/** The bytes of a file. `onRead` is told the bytes of the file itself as they are read, packed or not. */
export async function* openBytes(file: InputFile, onRead: (bytes: Buffer) => void): AsyncGenerator<Buffer> {
  const ending = /\.[^./\\]*$/.exec(file.name.toLowerCase())?.[0] ?? ''
  const help = unreadable[ending]
  if (help !== undefined) throw new StageError('unreadable-file', `${file.name}: ${ending} files cannot be read`, help)
  const raw = createReadStream(file.path, { highWaterMark: 1 << 20 })
  const isPacked = ending === '.gz'
  let packed = 0
  const readPacked = (chunk: Buffer) => {
    packed += chunk.length
    onRead(chunk)
  }
  if (isPacked) raw.on('data', (chunk) => readPacked(chunk as Buffer))
  // An error while unpacking ends the pipeline, and the loop below throws it.
  const bytes = isPacked ? pipeline(raw, createGunzip({ chunkSize: 1 << 20 }), () => {}) : raw
  let isFirst = true
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      if (!isPacked) onRead(chunk)
      const rest = isFirst ? withoutMark(chunk, file.name) : chunk
      isFirst = false
      if (rest.length > 0) yield rest
    }
    if (!isPacked) return
    // What stands behind the end of what was packed is nothing to unpack, but it is of the file.
    raw.destroy()
    for await (const chunk of createReadStream(file.path, { start: packed })) readPacked(chunk as Buffer)
  } catch (error) {
    if (error instanceof StageError) throw error
    throw new StageError(
      'unreadable-file',
      `${file.name} cannot be read: ${(error as Error).message}`,
      isPacked ? 'It may be cut off, or be no gzip file at all: try gunzip -t.' : 'Make it readable, or leave it out.',
    )
  }
}

function withoutMark(chunk: Buffer, name: string): Buffer {
  const [a, b, c] = chunk
  if (a === 0xef && b === 0xbb && c === 0xbf) return chunk.subarray(3)
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new StageError(
      'wrong-encoding',
      `${name} is UTF-16, and UTF-8 is what is read`,
      `Convert it: iconv -f UTF-16 -t UTF-8 ${name} > utf8.txt`,
    )
  }
  return chunk
}
