/** Receives bytes from a remote, and verifies them on the way. */

import { createHash } from 'node:crypto'
import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Readable } from 'node:stream'
import type { PayloadFile } from '../store.ts'
import { RemoteError } from './remote.ts'
import { inTime, type Patience, silent } from './silence.ts'

/** The received bytes differ from the expected ones. */
export class WrongBytes extends Error {}

/** Reads a stream as a text of at most `most` bytes. */
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

/** Writes a stream to a new file, which is durable and read-only afterwards. Rejected with WrongBytes if the file differs from the listed one. */
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
    let received = 0
    for await (const piece of piecesOf(stream, patience)) {
      received += piece.length
      if (received > size) throw new WrongBytes(`it has more than ${size} bytes`)
      hash.update(piece)
      for (let written = 0; written < piece.length; ) written += (await file.write(piece, written)).bytesWritten
      onBytes(piece.length)
    }
    if (received < size) throw new WrongBytes(`it has ${received} of ${size} bytes`)
    if (hash.digest('hex') !== sha256) throw new WrongBytes('it has another SHA-256')
    await file.chmod(0o444)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The pieces of a stream. Gives up if nothing comes for too long, also on a stream that cannot even be closed, as on a share that hangs. */
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
