/** Writes the bytes of a GGUF file (version 3): metadata, a table of tensors, and the tensors, each at a multiple of 32 bytes. */

import { createHash } from 'node:crypto'
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import type { TypedValue } from '../../text/gguf/write.ts'
import { quantized, type WrittenType } from './quantized.ts'
import { blocks, type TensorType, tensorTypes, type ValueType, valueTypes } from './values.ts'

const alignment = 32

/** A tensor to write. Its numbers are made when its turn comes. */
export interface TensorToWrite {
  readonly name: string
  readonly shape: readonly number[]
  readonly type: WrittenType
  numbers(): Float32Array
}

/** Writes a file and syncs it. The same contents give the same bytes. Returns the digest of each tensor's bytes by its name. */
export function writeGgufFile(
  path: string,
  metadata: ReadonlyMap<string, TypedValue>,
  tensors: readonly TensorToWrite[],
): ReadonlyMap<string, string> {
  const digests = new Map<string, string>()
  const parts: Uint8Array[] = [uint32(0x46554747), uint32(3), uint64(tensors.length), uint64(metadata.size)]
  for (const [name, value] of metadata) parts.push(text(name), ...written(value))
  let end = 0
  for (const { name, shape, type } of tensors) {
    parts.push(text(name), uint32(shape.length), ...shape.toReversed().map(uint64), uint32(numberOf(type)), uint64(end))
    end = aligned(end + bytesOf(shape, type))
  }
  const head = Buffer.concat(parts)
  const file = openSync(path, 'w')
  try {
    writeAll(file, head)
    writeAll(file, new Uint8Array(aligned(head.length) - head.length))
    for (const { name, type, numbers } of tensors) {
      const bytes = quantized(type, numbers())
      digests.set(name, digestOf(bytes))
      writeAll(file, bytes)
      writeAll(file, new Uint8Array(aligned(bytes.length) - bytes.length))
    }
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  return digests
}

/** The SHA-256 of bytes. */
export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function bytesOf(shape: readonly number[], type: TensorType): number {
  const { numbers, bytes } = blocks[type]
  return (shape.reduce((product, each) => product * each, 1) / numbers) * bytes
}

function aligned(at: number): number {
  return Math.ceil(at / alignment) * alignment
}

function numberOf(type: TensorType): number {
  for (const [number, each] of tensorTypes) if (each === type) return number
  throw new Error(`${type} has no number`)
}

function written(value: TypedValue): Uint8Array[] {
  switch (value[0]) {
    case 'uint32':
      return [typed('uint32'), uint32(value[1])]
    case 'float32':
      return [typed('float32'), float32(value[1])]
    case 'bool':
      return [typed('bool'), Uint8Array.of(value[1] ? 1 : 0)]
    case 'string':
      return [typed('string'), text(value[1])]
    case 'strings':
      return [typed('array'), typed('string'), uint64(value[1].length), ...value[1].map(text)]
    case 'bools':
      return [typed('array'), typed('bool'), uint64(value[1].length), Uint8Array.from(value[1], Number)]
    case 'int32s':
      return [typed('array'), typed('int32'), uint64(value[1].length), new Uint8Array(Int32Array.from(value[1]).buffer)]
    case 'float32s':
      return [
        typed('array'),
        typed('float32'),
        uint64(value[1].length),
        new Uint8Array(Float32Array.from(value[1]).buffer),
      ]
  }
}

function typed(type: ValueType): Uint8Array {
  return uint32(valueTypes.indexOf(type))
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint64(bytes.length), bytes])
}

function uint32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

function uint64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}

function float32(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeFloatLE(value)
  return bytes
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30))
}
