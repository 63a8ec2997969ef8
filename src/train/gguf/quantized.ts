/**
 * The number formats of GGUF: conversions to and from float32. Quantized numbers lie in blocks of 32 with a scale in float16: q8_0 has a
 * byte for each number, q4_0 and q4_1 half a byte, q5_0 and q5_1 a bit more; q4_1 and q5_1 also have a minimum.
 */

import { fromFloat32, toFloat32 } from '../weights/safetensors-dtypes.ts'
import { dequantizedK } from './k-quants.ts'
import { blocks, type TensorType } from './values.ts'

const size = 32

/** The numbers in `bytes`, which start at the beginning of their buffer. */
export function dequantized(type: TensorType, bytes: Uint8Array): Float32Array {
  return readers[type](bytes)
}

const readers: Readonly<Record<TensorType, (bytes: Uint8Array) => Float32Array>> = {
  F32: (bytes) => toFloat32('F32', bytes),
  F16: (bytes) => toFloat32('F16', bytes),
  BF16: (bytes) => toFloat32('BF16', bytes),
  Q8_0: (bytes) =>
    unpacked(bytes, 'Q8_0', 1, (block, out, at, [scale]) => {
      for (let i = 0; i < size; i++) out[at + i] = scale! * ((bytes[block + i]! << 24) >> 24)
    }),
  Q4_0: (bytes) =>
    unpacked(bytes, 'Q4_0', 1, (block, out, at, [scale]) => {
      for (let i = 0; i < size / 2; i++) {
        out[at + i] = scale! * ((bytes[block + i]! & 15) - 8)
        out[at + i + size / 2] = scale! * ((bytes[block + i]! >> 4) - 8)
      }
    }),
  Q4_1: (bytes) =>
    unpacked(bytes, 'Q4_1', 2, (block, out, at, [scale, least]) => {
      for (let i = 0; i < size / 2; i++) {
        out[at + i] = Math.fround(scale! * (bytes[block + i]! & 15)) + least!
        out[at + i + size / 2] = Math.fround(scale! * (bytes[block + i]! >> 4)) + least!
      }
    }),
  Q5_0: (bytes) =>
    unpacked(bytes, 'Q5_0', 1, (block, out, at, [scale]) => {
      for (let i = 0; i < size; i++) out[at + i] = scale! * (fiveBits(bytes, block, i) - 16)
    }),
  Q5_1: (bytes) =>
    unpacked(bytes, 'Q5_1', 2, (block, out, at, [scale, least]) => {
      for (let i = 0; i < size; i++) out[at + i] = Math.fround(scale! * fiveBits(bytes, block, i)) + least!
    }),
  Q2_K: (bytes) => dequantizedK('Q2_K', bytes),
  Q3_K: (bytes) => dequantizedK('Q3_K', bytes),
  Q4_K: (bytes) => dequantizedK('Q4_K', bytes),
  Q5_K: (bytes) => dequantizedK('Q5_K', bytes),
  Q6_K: (bytes) => dequantizedK('Q6_K', bytes),
}

/** The i-th number of a block whose fifth bits lie in four bytes before the others. */
function fiveBits(bytes: Uint8Array, block: number, i: number): number {
  const low = (bytes[block + 4 + (i % (size / 2))]! >> (i < size / 2 ? 0 : 4)) & 15
  return low | (((bytes[block + (i >> 3)]! >> (i & 7)) & 1) << 4)
}

/** Reads blocks that begin with float16 numbers, such as their scale. */
function unpacked(
  bytes: Uint8Array,
  type: TensorType,
  halves: number,
  read: (block: number, out: Float32Array, at: number, scales: Float32Array) => void,
): Float32Array {
  const { bytes: width } = blocks[type]
  const count = Math.floor(bytes.length / width)
  const raw = new Uint8Array(2 * halves * count)
  for (let block = 0; block < count; block++)
    raw.set(bytes.subarray(block * width, block * width + 2 * halves), block * 2 * halves)
  const scales = toFloat32('F16', raw)
  const out = new Float32Array(size * count)
  for (let block = 0; block < count; block++)
    read(block * width + 2 * halves, out, block * size, scales.subarray(block * halves, (block + 1) * halves))
  return out
}

/** The types that can be written. */
export type WrittenType = 'F32' | 'F16' | 'BF16' | 'Q8_0'

/** The numbers as bytes of a type. For Q8_0, their count has to be a multiple of 32. */
export function quantized(type: WrittenType, numbers: Float32Array): Uint8Array {
  return type === 'Q8_0' ? eightBits(numbers) : fromFloat32(type, numbers)
}

/** Q8_0 as in ggml: the scale is the largest size divided by 127, and each number is rounded, halves away from zero. */
function eightBits(numbers: Float32Array): Uint8Array {
  const count = numbers.length / size
  const scales = new Float32Array(count)
  const { bytes: width } = blocks.Q8_0
  const out = new Uint8Array(width * count)
  for (let block = 0; block < count; block++) {
    let most = 0
    for (let i = block * size; i < (block + 1) * size; i++) most = Math.max(most, Math.abs(numbers[i]!))
    const scale = Math.fround(most / 127)
    scales[block] = scale
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale)
    for (let i = 0; i < size; i++) {
      const value = Math.fround(numbers[block * size + i]! * inverse)
      out[block * width + 2 + i] = Math.sign(value) * Math.floor(Math.abs(value) + 0.5)
    }
  }
  const halves = fromFloat32('F16', scales)
  for (let block = 0; block < count; block++) out.set(halves.subarray(2 * block, 2 * block + 2), block * width)
  return out
}
