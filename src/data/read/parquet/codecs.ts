/** Decompresses pages of Parquet. No codec writes more bytes than the header of the page promises. */

import * as zlib from 'node:zlib'
import { decompress } from 'fzstd'
import type { Compressors } from 'hyparquet'
import { compressors as others } from 'hyparquet-compressors'
import { ZSTDDecoder } from 'zstddec'
import { nodeZstd } from '../packing/node-zstd.ts'

/** The most bytes that the WebAssembly of zstd unpacks: its memory must not run out, because it does not check. */
const maxInWasm = 64 * 1024 ** 2

/** The decompressors by codec. */
export async function loadCodecs(): Promise<Compressors> {
  const zstd = new ZSTDDecoder()
  if (nodeZstd === undefined) await zstd.init()
  const own: Compressors = {
    ...others,
    GZIP: (input, length) => zlib.gunzipSync(input, { maxOutputLength: length }),
    BROTLI: (input, length) => zlib.brotliDecompressSync(input, { maxOutputLength: length }),
    ZSTD(input, length) {
      if (nodeZstd !== undefined) return nodeZstd.zstdDecompressSync(input, { maxOutputLength: length })
      // Of a damaged frame, zstddec returns too few bytes, and hyparquet throws. fzstd is five times as slow.
      if (length + input.length <= maxInWasm) return zstd.decode(input, length)
      return decompress(input, new Uint8Array(length))
    },
  }
  return Object.fromEntries(
    Object.entries(own).map(([name, unpack]) => {
      // Some writers pack no bytes to no bytes, which no codec reads.
      const page: typeof unpack = (input, length) => (length === 0 ? new Uint8Array() : unpack(input, length))
      return [name, page]
    }),
  )
}
