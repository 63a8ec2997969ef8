/** The file of a checkpoint: a safetensors file of flat arrays, with a digest of their bytes. */

import { createHash } from 'node:crypto'
import type { Metadata } from '../../engine/training-session.ts'
import { readSafetensors, writeSafetensors } from '../weights/safetensors.ts'

/** Flat arrays by name, in the order of their bytes in the file. */
export type Arrays = Readonly<Record<string, Float32Array>>

/** Writes arrays and metadata to a file, and syncs it. */
export function writeArrays(path: string, arrays: Arrays, metadata: Metadata): void {
  const tensors = Object.fromEntries(Object.entries(arrays).map(([key, data]) => [key, { shape: [data.length], data }]))
  writeSafetensors(path, tensors, { ...metadata, digest: digestOf(arrays) })
}

/** Reads a file with arrays of the same names and lengths as `like`; `undefined` if it is corrupt. */
export function readArrays(
  path: string,
  like: Arrays,
): { readonly arrays: Arrays; readonly metadata: Metadata } | undefined {
  try {
    const { tensors, metadata } = readSafetensors(path)
    const arrays = Object.fromEntries(Object.entries(tensors).map(([name, { data }]) => [name, data]))
    const isWhole = metadata.digest === digestOf(arrays)
    return isWhole && lengthsOf(arrays) === lengthsOf(like) ? { arrays, metadata } : undefined
  } catch {
    return undefined
  }
}

function lengthsOf(arrays: Arrays): string {
  return JSON.stringify(Object.entries(arrays).map(([name, { length }]) => [name, length]))
}

function digestOf(arrays: Arrays): string {
  const hash = createHash('sha256')
  for (const [name, data] of Object.entries(arrays))
    hash.update(name).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  return hash.digest('hex')
}
