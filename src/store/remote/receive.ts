/** Bytes that come from a remote, verified while they come. */

import { createHash } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import type { PayloadFile } from '../store.ts'
import { RemoteError } from './remote.ts'
import { inTime, type Patience, silent } from './silence.ts'

/** What came is not what should have come. */
export class WrongBytes extends Error {}

/** A stream as a text of at most so many bytes. */
export async function receiveText(stream: Readable, most: number, patience: Patience): Promise<string> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of piecesOf(stream, patience)) {
    size += piece.length
    if (size > most) throw new WrongBytes('it has no end')
    pieces.push(piece)
  }
  return Buffer.concat(pieces).toString('utf8')
}

/** Writes a stream to a new file, which is durable and read-only afterwards; throws WrongBytes where it is not the file that is listed. */
export async function receiveFile(
  stream: Readable,
  path: string,
  { size, sha256 }: Pick<PayloadFile, 'size' | 'sha256'>,
  patience: Patience,
  onBytes: (bytes: number) => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const file = await open(path, 'wx')
  try {
    const hash = createHash('sha256')
    let come = 0
    for await (const piece of piecesOf(stream, patience)) {
      come += piece.length
      if (come > size) throw new WrongBytes(`it has more than ${size} bytes`)
      hash.update(piece)
      for (let written = 0; written < piece.length; ) written += (await file.write(piece, written)).bytesWritten
      onBytes(piece.length)
    }
    if (come < size) throw new WrongBytes(`it has ${come} of ${size} bytes`)
    if (hash.digest('hex') !== sha256) throw new WrongBytes('it has another SHA-256')
    await file.chmod(0o444)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The pieces of a stream, given up on where nothing comes for too long: also one that cannot even be closed, as on a share that hangs. */
async function* piecesOf(stream: Readable, patience: Patience): AsyncGenerator<Buffer> {
  const pieces = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      const next = await inTime(pieces.next(), patience)
      if (next.done) return
      yield next.value as Buffer
    }
  } catch (error) {
    if (error instanceof RemoteError || patience.signal?.aborted) throw error
    const { name, message } = error as Error
    if (name === 'TimeoutError') throw silent()
    throw new RemoteError('passing', `it broke off: ${message}`)
  } finally {
    stream.on('error', () => {})
    stream.destroy()
  }
}
