/** The SHA-256 of a file, read in pieces, so that a large file neither fills the memory nor blocks the screen. */

import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'

/** The bytes that are read at a time. */
const pieceSize = 1 << 20

/** The SHA-256 of a file in hex, and the number of bytes that were read. */
export async function hashFile(path: string): Promise<{ readonly sha256: string; readonly size: number }> {
  const file = await open(path, 'r')
  try {
    const hash = createHash('sha256')
    const piece = Buffer.allocUnsafe(Math.min(pieceSize, Math.max(1, (await file.stat()).size + 1)))
    let size = 0
    for (;;) {
      const { bytesRead } = await file.read(piece, 0, piece.length, null)
      if (bytesRead === 0) return { sha256: hash.digest('hex'), size }
      hash.update(piece.subarray(0, bytesRead))
      size += bytesRead
    }
  } finally {
    await file.close()
  }
}
