/** Opens an input file as a stream of bytes: unpacked if its name ends in .gz, without a byte order mark. */

import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { StageError } from '../../core/failure.ts'
import type { InputFile } from '../../core/kind/stage.ts'
import { quoted } from '../../core/values/shell-word.ts'
import { endingOf } from './formats/choose.ts'
import type { FilePart } from './formats/format.ts'

/**
 * The bytes of a file, or of a part of it. `onRead` receives all bytes of the file itself, in order, still packed if the file is. A
 * file that cannot be read, or is not UTF-8 text, is a StageError.
 */
export async function* openBytes(
  file: InputFile,
  onRead: (bytes: Buffer) => void,
  part?: FilePart,
): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path, { highWaterMark: 1 << 20, ...rangeOf(part) })
  const isPacked = endingOf(file.name).packed && part === undefined
  let packed = 0
  const readPacked = (chunk: Buffer) => {
    packed += chunk.length
    onRead(chunk)
  }
  if (isPacked) raw.on('data', (chunk) => readPacked(chunk as Buffer))
  // An error while unpacking ends the pipeline, and the loop below throws it.
  const bytes = isPacked ? pipeline(raw, createGunzip({ chunkSize: 1 << 20 }), () => {}) : raw
  let isFirst = (part?.start ?? 0) === 0
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      if (!isPacked) onRead(chunk)
      const rest = isFirst ? withoutMark(chunk, file.name) : chunk
      if (isFirst && isBinary(rest)) throw binary(file.name)
      isFirst = false
      if (rest.length > 0) yield rest
    }
    if (!isPacked) return
    // Bytes after the end of the packed stream are not unpacked, but they belong to the file and to its digest.
    raw.destroy()
    for await (const chunk of createReadStream(file.path, { start: packed })) readPacked(chunk as Buffer)
  } catch (error) {
    if (error instanceof StageError) throw error
    throw new StageError(
      'unreadable-file',
      `${file.name} cannot be read: ${(error as Error).message}`,
      isPacked
        ? 'The file may be cut off, or not be a gzip file: try gunzip -t.'
        : 'Make it readable, or leave it out.',
    )
  }
}

/** The bytes of a file, or of a part of it, as they are on the disk. */
export function rawBytesOf(file: InputFile, part?: FilePart): AsyncIterable<Buffer> {
  return createReadStream(file.path, { highWaterMark: 1 << 20, ...rangeOf(part) })
}

function rangeOf(part: FilePart | undefined) {
  return part === undefined ? {} : { start: part.start, end: part.end - 1 }
}

/** The error for a file that cannot be opened or read. */
export function unreadable({ name }: InputFile, error: unknown): StageError {
  const message = `${name} cannot be read: ${(error as Error).message}`
  return new StageError('unreadable-file', message, 'Make it readable, or leave it out.')
}

/** The error for a packed file of a format that is not read from its beginning. */
export function packedAtRandom({ name }: InputFile): StageError {
  return new StageError(
    'unreadable-file',
    `${name} is packed as a whole, and files of its format are not read from their beginning`,
    'Unpack it: its pages are packed already.',
  )
}

/** The error for a file whose bytes are not those that the key of its stage was made of. */
export function inputChanged({ name }: InputFile): StageError {
  return new StageError('input-changed', `${name} changed while it was being read`, 'Run it again.')
}

function withoutMark(chunk: Buffer, name: string): Buffer {
  const [a, b, c] = chunk
  if (a === 0xef && b === 0xbb && c === 0xbf) return chunk.subarray(3)
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new StageError(
      'wrong-encoding',
      `${name} is UTF-16, and \`read\` needs UTF-8`,
      `Convert it: iconv -f UTF-16 -t UTF-8 ${quoted(name)} > utf8.txt`,
    )
  }
  return chunk
}

/** Whether bytes are binary: more than a tenth of them are 0, as in English text in UTF-16 and in most binary files. */
function isBinary(bytes: Buffer): boolean {
  const looked = bytes.subarray(0, 4096)
  let nuls = 0
  for (let at = looked.indexOf(0); at !== -1; at = looked.indexOf(0, at + 1)) nuls++
  return nuls > looked.length / 10
}

function binary(name: string): StageError {
  return new StageError(
    'wrong-encoding',
    `${name} is not UTF-8 text: many of its bytes are 0`,
    `If it is UTF-16, convert it: iconv -f UTF-16LE -t UTF-8 ${quoted(name)} > utf8.txt. If it is not text, leave it out.`,
  )
}
