/**
 * The K-quants of GGUF (ggml's ggml-quants.c): blocks of 256 numbers in parts, of which each has a small scale of its own. The scales, and in Q2_K, Q4_K and Q5_K
 * the minima, are multiples of those of the block, which are float16.
 */

import { toFloat32 } from '../weights/safetensors-dtypes.ts'

export type KQuant = 'Q2_K' | 'Q3_K' | 'Q4_K' | 'Q5_K' | 'Q6_K'

/** The numbers of a block. */
export const kBlock = 256

/** The bytes of a block: see `block_q2_K` and the like in ggml-common.h. */
export const kBytes: Readonly<Record<KQuant, number>> = { Q2_K: 84, Q3_K: 110, Q4_K: 144, Q5_K: 176, Q6_K: 210 }

/** A float16 number of each block, at a place in its bytes. */
function halvesAt(bytes: Uint8Array, width: number, place: number): Float32Array {
  const count = Math.floor(bytes.length / width)
  const raw = new Uint8Array(2 * count)
  for (let block = 0; block < count; block++) {
    raw[2 * block] = bytes[block * width + place]!
    raw[2 * block + 1] = bytes[block * width + place + 1]!
  }
  return toFloat32('F16', raw)
}

/** Scales and minima of the eight parts of a block, 6 bits each, from 12 bytes: those of the last four are split in two. */
function scalesAndMinima(bytes: Uint8Array, at: number, scales: Uint8Array, minima: Uint8Array): void {
  for (let i = 0; i < 4; i++) {
    const [d, m, both] = [bytes[at + i]!, bytes[at + 4 + i]!, bytes[at + 8 + i]!]
    scales[i] = d & 63
    minima[i] = m & 63
    scales[i + 4] = (both & 15) | ((d >> 2) & 48)
    minima[i + 4] = (both >> 4) | ((m >> 2) & 48)
  }
}

/** The sixteen signed scales of a block of Q3_K, 6 bits each, from 12 bytes. */
function signedScales(bytes: Uint8Array, at: number, scales: Int8Array): void {
  for (let i = 0; i < 16; i++) {
    const low = (bytes[at + (i & 7)]! >> (i < 8 ? 0 : 4)) & 15
    const high = (bytes[at + 8 + (i & 3)]! >> (2 * (i >> 2))) & 3
    scales[i] = (low | (high << 4)) - 32
  }
}

type Reader = (bytes: Uint8Array, out: Float32Array, blocks: number) => void

const { fround } = Math

/** Q4_K, and Q5_K, which has a fifth bit of each number before them. Eight parts of 32 numbers with a scale and a minimum each. */
const fourOrFive =
  (fifth: boolean): Reader =>
  (bytes, out, blocks) => {
    const width = fifth ? kBytes.Q5_K : kBytes.Q4_K
    const [d, least] = [halvesAt(bytes, width, 0), halvesAt(bytes, width, 2)]
    const [scales, minima] = [new Uint8Array(8), new Uint8Array(8)]
    for (let block = 0; block < blocks; block++) {
      const at = block * width
      scalesAndMinima(bytes, at + 4, scales, minima)
      const low = at + 16 + (fifth ? 32 : 0)
      for (let part = 0; part < 8; part++) {
        const scale = fround(d[block]! * scales[part]!)
        const minimum = fround(least[block]! * minima[part]!)
        for (let i = 0; i < 32; i++) {
          const four = (bytes[low + 32 * (part >> 1) + i]! >> (4 * (part & 1))) & 15
          const number = fifth ? four | (((bytes[at + 16 + i]! >> part) & 1) << 4) : four
          out[block * kBlock + 32 * part + i] = fround(scale * number) - minimum
        }
      }
    }
  }

const readers: Readonly<Record<KQuant, Reader>> = {
  Q2_K(bytes, out, blocks) {
    const width = kBytes.Q2_K
    const [d, least] = [halvesAt(bytes, width, 80), halvesAt(bytes, width, 82)]
    for (let block = 0; block < blocks; block++) {
      const at = block * width
      for (let part = 0; part < 16; part++) {
        const scale = fround(d[block]! * (bytes[at + part]! & 15))
        const minimum = fround(least[block]! * (bytes[at + part]! >> 4))
        const from = at + 16 + 32 * (part >> 3) + 16 * (part & 1)
        const shift = 2 * ((part >> 1) & 3)
        for (let i = 0; i < 16; i++)
          out[block * kBlock + 16 * part + i] = fround(scale * ((bytes[from + i]! >> shift) & 3)) - minimum
      }
    }
  },
  Q3_K(bytes, out, blocks) {
    const width = kBytes.Q3_K
    const d = halvesAt(bytes, width, 108)
    const scales = new Int8Array(16)
    for (let block = 0; block < blocks; block++) {
      const at = block * width
      signedScales(bytes, at + 96, scales)
      for (let part = 0; part < 16; part++) {
        const scale = fround(d[block]! * scales[part]!)
        const column = 16 * (part & 1)
        const from = at + 32 + 32 * (part >> 3) + column
        const shift = 2 * ((part >> 1) & 3)
        for (let i = 0; i < 16; i++) {
          // The third bit is set where nothing is subtracted.
          const high = (bytes[at + column + i]! >> (part >> 1)) & 1
          out[block * kBlock + 16 * part + i] = scale * (((bytes[from + i]! >> shift) & 3) - (high === 1 ? 0 : 4))
        }
      }
    }
  },
  Q4_K: fourOrFive(false),
  Q5_K: fourOrFive(true),
  Q6_K(bytes, out, blocks) {
    const width = kBytes.Q6_K
    const d = halvesAt(bytes, width, 208)
    for (let block = 0; block < blocks; block++) {
      const at = block * width
      for (let part = 0; part < 16; part++) {
        const scale = fround(d[block]! * ((bytes[at + 192 + part]! << 24) >> 24))
        // Four groups of 32 numbers in each half: the low bits of two of them lie in one byte.
        const [half, group, column] = [part >> 3, (part >> 1) & 3, 16 * (part & 1)]
        const low = at + 64 * half + 32 * (group & 1) + column
        const high = at + 128 + 32 * half + column
        for (let i = 0; i < 16; i++) {
          const number = ((bytes[low + i]! >> (4 * (group >> 1))) & 15) | (((bytes[high + i]! >> (2 * group)) & 3) << 4)
          out[block * kBlock + 16 * part + i] = scale * (number - 32)
        }
      }
    }
  },
}

/** The numbers of whole blocks, as ggml computes them. */
export function dequantizedK(type: KQuant, bytes: Uint8Array): Float32Array {
  const blocks = Math.floor(bytes.length / kBytes[type])
  const out = new Float32Array(blocks * kBlock)
  readers[type](bytes, out, blocks)
  return out
}
