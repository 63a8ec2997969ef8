/** Decodes the mixture of run lengths and packed bits that Parquet uses for levels, indices and booleans. */

import { ParquetError } from './footer.ts'

/**
 * Reads `count` numbers of `width` bits. hyparquet's own decoder is not used: of damaged bytes, it runs for ever or fills the memory.
 * Throws a ParquetError if the bytes end too early.
 */
export function readHybrid(bytes: Uint8Array, width: number, count: number): Uint32Array {
  if (width > 32) throw new ParquetError(`numbers of ${width} bits`)
  const output = new Uint32Array(count)
  let at = 0
  let done = 0
  const next = () => {
    if (at >= bytes.length) throw new ParquetError('the levels or values of a page end too early')
    return bytes[at++]!
  }
  while (done < count) {
    let header = 0
    for (let shift = 0; ; shift += 7) {
      if (shift > 28) throw new ParquetError('a run of values has no length')
      const byte = next()
      header |= (byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    const length = header >>> 1
    if ((header & 1) === 0) {
      let value = 0
      for (let i = 0; i < width; i += 8) value |= next() << i
      const end = Math.min(count, done + length)
      if (end === done && length === 0) continue
      output.fill(value >>> 0, done, end)
      done = end
    } else {
      // Groups of eight numbers. The last group may have more numbers than are wanted, and writers may leave out its end.
      const end = Math.min(count, done + length * 8)
      const start = at
      at = Math.min(at + length * width, bytes.length)
      if ((end - done) * width > (at - start) * 8)
        throw new ParquetError('the levels or values of a page end too early')
      unpack(bytes, start, width, output, done, end)
      done = end
    }
  }
  return output
}

function unpack(bytes: Uint8Array, start: number, width: number, output: Uint32Array, from: number, to: number): void {
  if (width === 0) return
  const mask = width === 32 ? 0xffffffff : 2 ** width - 1
  let held = 0
  let bits = 0
  let at = start
  for (let i = from; i < to; i++) {
    if (width <= 24) {
      while (bits < width) {
        held |= bytes[at++]! << bits
        bits += 8
      }
      output[i] = held & mask
      held >>>= width
      bits -= width
    } else {
      // Wider than one number of 32 bits can gather: in steps of one bit.
      let value = 0
      for (let bit = 0; bit < width; bit++) {
        const place = (i - from) * width + bit
        if (((bytes[start + (place >> 3)]! >> (place & 7)) & 1) === 1) value += 2 ** bit
      }
      output[i] = value
    }
  }
}
