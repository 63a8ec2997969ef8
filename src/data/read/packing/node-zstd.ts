/** The zstd of Node: 22.15 and later have it. That of Node 22 ends silently after the first frame and where a frame is cut off, so it is not used. */

import type { Transform } from 'node:stream'
import * as zlib from 'node:zlib'

/** The part of `node:zlib` that not every Node has. */
interface Zstd {
  readonly createZstdDecompress: (options: {
    readonly chunkSize: number
  }) => Transform & { readonly bytesWritten: number }
  readonly zstdDecompressSync: typeof zlib.gunzipSync
}

/** Two frames, each of the letter a. */
const twoFrames = Buffer.from('28b52ffd20010900006128b52ffd200109000061', 'hex')

/** The zstd of this Node; `undefined` if it has none that reads all frames. */
export const nodeZstd: Zstd | undefined = (() => {
  const { createZstdDecompress, zstdDecompressSync } = zlib as Partial<Zstd>
  if (createZstdDecompress === undefined || zstdDecompressSync === undefined) return undefined
  return zstdDecompressSync(twoFrames).toString() === 'aa' ? { createZstdDecompress, zstdDecompressSync } : undefined
})()
