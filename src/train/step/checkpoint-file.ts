/** The file of a checkpoint: a safetensors file of flat arrays, with a digest of their bytes. */

import { createHash } from 'node:crypto'
import type { Metadata } from '../../engine/training-session.ts'
import { SafetensorsFile, writeSafetensors } from '../weights/safetensors.ts'

/** Flat arrays by name, each in one piece or in several, in the order of their bytes in the file. */
export type Arrays = Readonly<Record<string, readonly Float32Array[]>>

/** Writes arrays and metadata to a file, and syncs it. */
export function writeArrays(path: string, arrays: Arrays, metadata: Metadata): void {
  const tensors = Object.fromEntries(
    Object.entries(arrays).map(([name, data]) => [name, { shape: [lengthOf(data)], data }]),
  )
  const hash = createHash('sha256')
  for (const [name, pieces] of Object.entries(arrays)) {
    hash.update(name)
    for (const piece of pieces) hash.update(bytesOf(piece))
  }
  writeSafetensors(path, tensors, { ...metadata, digest: hash.digest('hex') })
}

/**
 * Reads a file into arrays of the names and lengths that it has, and returns its metadata. Changes nothing and returns `undefined` if the
 * file is corrupt: the bytes are read once to compare their digest, and once more into the arrays.
 */
export function readArrays(path: string, arrays: Arrays): Metadata | undefined {
  let file: SafetensorsFile | undefined
  try {
    file = new SafetensorsFile(path)
    if (!isWhole(file, arrays)) return undefined
    for (const [name, pieces] of Object.entries(arrays)) {
      let at = 0
      for (const piece of pieces.map(bytesOf)) {
        file.readBytes(name, at, piece)
        at += piece.length
      }
    }
    return file.metadata
  } catch {
    return undefined
  } finally {
    file?.close()
  }
}

/** Bytes that are hashed at once. */
const chunk = 2 ** 24

function isWhole(file: SafetensorsFile, arrays: Arrays): boolean {
  const lengths = [...file.entries].map(([name, { dtype, shape }]) => `${name} ${dtype} ${shape.join()}`)
  if (
    lengths.join() !==
    Object.entries(arrays)
      .map(([name, data]) => `${name} F32 ${lengthOf(data)}`)
      .join()
  )
    return false
  const hash = createHash('sha256')
  const buffer = new Uint8Array(chunk)
  for (const [name, { start, end }] of file.entries) {
    hash.update(name)
    for (let at = 0; at < end - start; at += chunk) {
      const part = buffer.subarray(0, Math.min(chunk, end - start - at))
      file.readBytes(name, at, part)
      hash.update(part)
    }
  }
  return file.metadata.digest === hash.digest('hex')
}

function lengthOf(pieces: readonly Float32Array[]): number {
  return pieces.reduce((sum, { length }) => sum + length, 0)
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
