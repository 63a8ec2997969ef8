/** Opens an input file as a stream of bytes: unpacked if it is packed, without a byte order mark. */

import { createReadStream } from 'node:fs'
import { StageError, systemCode } from '../../core/failure.ts'
import type { InputFile } from '../../core/kind/stage.ts'
import { quoted } from '../../core/values/shell-word.ts'
import type { FilePart } from './formats/format.ts'
import { otherPacking } from './formats/refused.ts'
import type { Notes } from './notes.ts'
import { isPlain, type PackingName, packingOfBytes, packingOfName, packings } from './packing/packings.ts'

const newline = 10

export interface OpenOptions {
  /** Receives all bytes of the file itself, in order, still packed if the file is. */
  onRead(bytes: Buffer): void
  /** Called if the file is packed and cannot be unpacked to its end. */
  onCut(): void
  readonly notes: Pick<Notes, 'cut' | 'misnamed'>
  /** Whether the unpacked bytes have to be text. */
  readonly isText: boolean
  readonly part?: FilePart
}

/**
 * The bytes of a file, or of a part of it. The first bytes of a file show whether it is packed; its name does not. A packed file that is cut
 * off or damaged is read up to there and counted. A file that cannot be read, or is not UTF-8 text but has to be, is a StageError.
 */
export async function* openBytes(file: InputFile, options: OpenOptions): AsyncGenerator<Buffer> {
  const { onRead, notes, isText, part } = options
  let read = 0
  const raw = async function* (): AsyncGenerator<Buffer> {
    for await (const chunk of rawBytesOf(file, part)) {
      read += chunk.length
      onRead(chunk)
      yield chunk
    }
  }
  try {
    const chunks = part === undefined ? await peek(raw()) : { first: undefined, all: raw() }
    const packing = chunks.first === undefined ? undefined : packingOf(file, chunks.first, notes)
    const bytes = packing === undefined ? chunks.all : unpacked(file, packing, chunks.all, options)
    let isFirst = (part?.start ?? 0) === 0
    for await (const chunk of bytes) {
      const rest = isFirst && isText ? withoutMark(chunk, file.name) : chunk
      if (isFirst && isText && isBinary(rest)) throw binary(file.name)
      isFirst = false
      if (rest.length > 0) yield rest
    }
    if (packing === undefined) return
    // Bytes that were not unpacked belong to the file and to its digest.
    for await (const chunk of createReadStream(file.path, { start: read })) onRead(chunk as Buffer)
  } catch (error) {
    throw error instanceof StageError ? error : unreadable(file, error)
  }
}

/** The first chunk of a stream, and the whole stream. */
export async function peek(
  chunks: AsyncIterable<Buffer>,
): Promise<{ readonly first: Buffer; readonly all: AsyncIterable<Buffer> }> {
  const rest = chunks[Symbol.asyncIterator]()
  const { value, done } = await rest.next()
  const first = done === true ? Buffer.alloc(0) : value
  const all = async function* () {
    if (done !== true) yield first
    yield* { [Symbol.asyncIterator]: () => rest }
  }
  return { first, all: all() }
}

/** How a file is packed; `undefined` if it is not. A file whose name says otherwise is noted; one that cannot be unpacked is a StageError. */
function packingOf(file: InputFile, first: Buffer, notes: OpenOptions['notes']): PackingName | undefined {
  const named = packingOfName(file.name)
  const found = packingOfBytes(first)
  const other = otherPacking(first)
  if (other !== undefined)
    throw new StageError('unreadable-file', `${file.name} is packed with ${other.name}, which is not read`, other.help)
  // Damage at the beginning looks like no packing at all; unpacking reports it.
  if (found === undefined && named !== undefined && !isPlain(first)) return named
  if (found !== named) notes.misnamed(file, found ?? 'nothing')
  return found
}

async function* unpacked(
  file: InputFile,
  packing: PackingName,
  chunks: AsyncIterable<Buffer>,
  { notes, onCut }: OpenOptions,
): AsyncGenerator<Buffer> {
  let bytes = 0
  let isFirst = true
  const open = () => {
    const own = isFirst ? chunks : rawBytesOf(file)
    isFirst = false
    return own
  }
  try {
    for await (const chunk of packings[packing].unpack(open)) {
      bytes += chunk.length
      yield chunk
    }
  } catch (error) {
    if (error instanceof StageError || isOfSystem(error)) throw error
    onCut()
    notes.cut(file, packing, bytes, (error as Error).message)
  }
}

/** Whether an error is one of reading the disk rather than of unpacking. */
function isOfSystem(error: unknown): boolean {
  return systemCode(error) !== undefined
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

/** The number of bytes that show whether a file is text. */
const looked = 4096

/**
 * Whether bytes are binary: more than a tenth of them are 0, as in English text in UTF-16 and in most binary files. Zeros at the beginning of a line are not looked
 * at: a crash leaves them in files that grow line by line, and formats of lines report them.
 */
function isBinary(bytes: Buffer): boolean {
  let seen = 0
  let zeros = 0
  for (let at = 0; at < bytes.length && seen < looked; at++) {
    if (bytes[at] === 0) {
      let end = at + 1
      while (bytes[end] === 0) end++
      if (end - at >= 8 && (at === 0 || bytes[at - 1] === newline)) {
        at = end - 1
        continue
      }
      zeros++
    }
    seen++
  }
  return zeros > seen / 10 || (seen === 0 && bytes.length > 0)
}

function binary(name: string): StageError {
  return new StageError(
    'wrong-encoding',
    `${name} is not UTF-8 text: many of its bytes are 0`,
    `If it is UTF-16, convert it: iconv -f UTF-16LE -t UTF-8 ${quoted(name)} > utf8.txt. If it is not text, leave it out.`,
  )
}
