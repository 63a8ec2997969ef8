/**
 * Safetensors, the format of weights: the length of a JSON header (8 bytes, little-endian), the header, then the tensors.
 * https://github.com/huggingface/safetensors#format
 */

import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { StageError } from '../../core/failure.ts'
import { refuseLfsPointer } from '../../core/lfs-pointer.ts'
import { type FloatType, fromFloat32, isFloatType, toFloat32 } from './safetensors-dtypes.ts'
import { longestHeader, parseHeader, type SafetensorsHeader, type TensorEntry } from './safetensors-header.ts'

export interface StoredTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array
}

/** A tensor to write, whose numbers may be in several pieces. */
export interface WritableTensor {
  readonly shape: readonly number[]
  readonly data: Float32Array | readonly Float32Array[]
}

/**
 * Writes tensors in the given order, and syncs the file. The same tensors give the same bytes. `typeOf` gives the number format of each
 * tensor, by default float32.
 */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, WritableTensor>>,
  metadata: Readonly<Record<string, string>> = { format: 'pt' },
  typeOf: (name: string) => FloatType = () => 'F32',
): void {
  let end = 0
  const entries = Object.entries(tensors).map(([name, { shape, data }]) => {
    const dtype = typeOf(name)
    const start = end
    end += piecesOf(data).reduce((sum, { length }) => sum + length, 0) * (dtype === 'F32' ? 4 : 2)
    return [name, { dtype, shape, data_offsets: [start, end] }] as const
  })
  // Object.fromEntries makes `__proto__` a key like any other; an assignment does not.
  let text = JSON.stringify(Object.fromEntries([['__metadata__', metadata], ...entries]))
  // Spaces, so that the tensors are aligned.
  text += ' '.repeat((8 - (Buffer.byteLength(text) % 8)) % 8)
  const bytes = Buffer.from(text)
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(bytes.length))
  const file = openSync(path, 'w')
  try {
    for (const part of [length, bytes]) writeAll(file, part)
    for (const [name, { data }] of Object.entries(tensors))
      for (const piece of piecesOf(data)) writeAll(file, fromFloat32(typeOf(name), piece))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function piecesOf(data: WritableTensor['data']): readonly Float32Array[] {
  return data instanceof Float32Array ? [data] : data
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30))
}

/** An open file of tensors; each is read when it is asked for. */
export class SafetensorsFile {
  readonly #path: string
  readonly #file: number
  readonly #data: number
  readonly #header: SafetensorsHeader

  /** Opens a file and reads its header. Throws a StageError `damaged-weights` if the header is corrupt. */
  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'r')
    try {
      const size = fstatSync(this.#file).size
      if (size < 8) throw this.#damaged(`it has ${size} bytes`)
      refuseLfsPointer(path, size, () => this.#read(0, size), 'damaged-weights')
      const length = Number(Buffer.from(this.#read(0, 8)).readBigUInt64LE())
      if (length > longestHeader)
        throw this.#damaged(`its header would have ${length} bytes, and the format allows 100 MB`)
      if (length > size - 8) throw this.#damaged('its header is cut off')
      this.#data = 8 + length
      this.#header = this.#parse(this.#read(8, length), size - 8 - length)
    } catch (error) {
      closeSync(this.#file)
      throw error
    }
  }

  /** The tensors by name, in the order of their bytes. */
  get entries(): ReadonlyMap<string, TensorEntry> {
    return this.#header.entries
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata
  }

  /** A tensor as float32. Throws a StageError if its format is not F32, F16 or BF16. */
  read(name: string): StoredTensor {
    const entry = this.entries.get(name)
    if (entry === undefined) throw new Error(`${this.#path} has no tensor ${name}`)
    const { dtype, shape, start, end } = entry
    if (!isFloatType(dtype))
      throw new StageError(
        'unsupported-weights',
        `${this.#path}: ${name} is ${dtype}`,
        'F32, F16 and BF16 can be read.',
      )
    return { shape, data: toFloat32(dtype, this.#read(this.#data + start, end - start)) }
  }

  /** Fills `bytes` with those of a tensor as they are in the file, from its byte `at` on. */
  readBytes(name: string, at: number, bytes: Uint8Array): void {
    const entry = this.entries.get(name)
    if (entry === undefined) throw new Error(`${this.#path} has no tensor ${name}`)
    this.#readInto(bytes, this.#data + entry.start + at)
  }

  close(): void {
    closeSync(this.#file)
  }

  #parse(header: Uint8Array, dataBytes: number): SafetensorsHeader {
    try {
      return parseHeader(header, dataBytes)
    } catch (error) {
      throw this.#damaged((error as Error).message)
    }
  }

  #read(start: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length)
    this.#readInto(bytes, start)
    return bytes
  }

  #readInto(bytes: Uint8Array, start: number): void {
    for (let done = 0; done < bytes.length; ) {
      const got = readSync(this.#file, bytes, done, Math.min(bytes.length - done, 1 << 30), start + done)
      if (got === 0) throw this.#damaged('it ends too soon')
      done += got
    }
  }

  #damaged(why: string): StageError {
    return new StageError(
      'damaged-weights',
      `${this.#path} is not a whole safetensors file: ${why}`,
      'Get the file again.',
    )
  }
}

export interface Safetensors {
  readonly tensors: Readonly<Record<string, StoredTensor>>
  readonly metadata: Readonly<Record<string, string>>
}

/** Reads all tensors of a file as float32. Throws a StageError if the file is corrupt, or if a format is not F32, F16 or BF16. */
export function readSafetensors(path: string): Safetensors {
  const file = new SafetensorsFile(path)
  try {
    const tensors = Object.fromEntries([...file.entries.keys()].map((name) => [name, file.read(name)]))
    return { tensors, metadata: file.metadata }
  } finally {
    file.close()
  }
}
