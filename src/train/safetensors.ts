/**
 * Safetensors, the format of weights: the length of a JSON header (8 bytes, little-endian), the header, then the tensors.
 * https://github.com/huggingface/safetensors#format
 */

import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { StageError } from '../core/failure.ts'

export interface StoredTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** Writes float32 tensors in the order given, and syncs the file. The same tensors give the same bytes. */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, StoredTensor>>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
): void {
  const header: Record<string, unknown> = { __metadata__: metadata }
  let end = 0
  for (const [name, { shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + data.byteLength] }
    end += data.byteLength
  }
  let text = JSON.stringify(header)
  // Spaces, so that the tensors are aligned.
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8)
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(bytes.length))
  const file = openSync(path, 'w')
  try {
    for (const part of [length, bytes, ...Object.values(tensors).map(({ data }) => data)]) writeAll(file, part)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function writeAll(file: number, part: Uint8Array | Float32Array): void {
  const bytes = new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30))
}

export interface Safetensors {
  readonly tensors: Readonly<Record<string, StoredTensor>>
  readonly metadata: Readonly<Record<string, string>>
}

/** Reads the tensors of a file, as float32: F32, F16 and BF16 are known. A StageError where the file is damaged. */
export function readSafetensors(path: string): Safetensors {
  const damaged = (why: string) =>
    new StageError('damaged-weights', `${path} is no whole safetensors file: ${why}`, 'Get the file again.')
  const file = openSync(path, 'r')
  try {
    const size = fstatSync(file).size
    if (size < 8) throw damaged(`it has ${size} bytes`)
    const read = (start: number, length: number) => {
      const bytes = new Uint8Array(length)
      for (let done = 0; done < length; ) {
        const got = readSync(file, bytes, done, Math.min(length - done, 1 << 30), start + done)
        if (got === 0) throw damaged('it ends too soon')
        done += got
      }
      return bytes
    }
    const length = Number(Buffer.from(read(0, 8)).readBigUInt64LE())
    if (length > size - 8) throw damaged('its header is cut off')
    let header: Record<string, Entry> & { __metadata__?: Record<string, string> }
    try {
      header = JSON.parse(Buffer.from(read(8, length)).toString())
    } catch {
      throw damaged('its header is not JSON')
    }
    const { __metadata__: metadata = {}, ...entries } = header
    const tensors = Object.fromEntries(
      Object.entries(entries as Record<string, Entry>).map(
        ([
          name,
          {
            dtype,
            shape,
            data_offsets: [start, end],
          },
        ]) => {
          if (8 + length + end > size) throw damaged(`${name} is cut off`)
          const data = toFloat32(dtype, read(8 + length + start, end - start))
          if (data === undefined)
            throw new StageError(
              'unsupported-weights',
              `${path}: ${name} is ${dtype}`,
              'F32, F16 and BF16 can be read.',
            )
          return [name, { shape, data }]
        },
      ),
    )
    return { tensors, metadata }
  } finally {
    closeSync(file)
  }
}

function toFloat32(dtype: string, bytes: Uint8Array): Float32Array | undefined {
  if (dtype === 'F32') return new Float32Array(bytes.buffer)
  const halves = new Uint16Array(bytes.buffer, 0, bytes.byteLength >> 1)
  if (dtype === 'BF16') {
    const bits = Uint32Array.from(halves, (half) => half << 16)
    return new Float32Array(bits.buffer)
  }
  return dtype === 'F16' ? Float32Array.from(halves, fromHalf) : undefined
}

/** IEEE 754 binary16. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const fraction = half & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
