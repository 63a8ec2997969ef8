/** Reads GGUF files: metadata and a table of tensors, of which each is read when it is asked for. */

import { closeSync, fstatSync, openSync, readFileSync, readSync } from 'node:fs'
import { basename } from 'node:path'
import { StageError } from '../../core/failure.ts'
import { refuseLfsPointer } from '../../core/lfs-pointer.ts'
import type { GgufValue } from '../../text/gguf/value.ts'
import type { StoredTensor } from '../weights/safetensors.ts'
import { Cursor } from './cursor.ts'
import { dequantized } from './quantized.ts'
import { blocks, otherTypes, type TensorType, tensorTypes, typesInWords } from './values.ts'

/** A tensor in a file. */
export interface GgufEntry {
  readonly type: TensorType
  /** Row-major, as in other libraries: the file has the sizes in reverse. */
  readonly shape: readonly number[]
  /** The position of its bytes in the file. */
  readonly start: number
  readonly bytes: number
}

/** The magic number `GGUF`, and the versions that are read. Version 1 has other sizes of counts, and no tool writes it any more. */
const magic = 0x46554747
const versions = [2, 3]
/** No model has as many tensors, or tensors of as many dimensions. */
const mostTensors = 1 << 20
const mostDimensions = 4

export class GgufFile {
  readonly metadata: ReadonlyMap<string, GgufValue>
  readonly entries: ReadonlyMap<string, GgufEntry>
  readonly #path: string
  readonly #file: number

  /** Opens a file. Throws a StageError `damaged-weights` if it is not a whole GGUF file, `unsupported-weights` if it is of another version. */
  constructor(path: string) {
    this.#path = path
    this.#file = openSync(path, 'r')
    try {
      const size = fstatSync(this.#file).size
      refuseLfsPointer(path, size, () => readFileSync(path), 'damaged-weights')
      const cursor = new Cursor(this.#file, size, (why) => this.#damaged(why))
      if (size < 24 || cursor.number('uint32') !== magic) throw this.#damaged('it does not begin with GGUF')
      const version = cursor.number('uint32')
      if (!versions.includes(version)) throw this.#wrongVersion(version)
      const tensors = cursor.count('tensors', 24, mostTensors)
      const values = cursor.count('values', 13)
      this.metadata = this.#metadata(cursor, values)
      this.entries = this.#entries(cursor, tensors, size)
    } catch (error) {
      closeSync(this.#file)
      throw error
    }
  }

  /** A tensor as float32. */
  read(name: string): StoredTensor {
    const bytes = this.bytes(name)
    const { shape, type } = this.entries.get(name)!
    return { shape, data: dequantized(type, bytes) }
  }

  /** The bytes of a tensor, as they are stored. */
  bytes(name: string): Uint8Array {
    const entry = this.entries.get(name)
    if (entry === undefined) throw new Error(`${this.#path} has no tensor ${name}`)
    const bytes = new Uint8Array(entry.bytes)
    for (let done = 0; done < bytes.length; ) {
      const got = readSync(this.#file, bytes, done, Math.min(bytes.length - done, 1 << 30), entry.start + done)
      if (got === 0) throw this.#damaged('it ends too soon')
      done += got
    }
    return bytes
  }

  close(): void {
    closeSync(this.#file)
  }

  #metadata(cursor: Cursor, count: number): Map<string, GgufValue> {
    const metadata = new Map<string, GgufValue>()
    for (let i = 0; i < count; i++) {
      const name = cursor.string()
      if (metadata.has(name)) throw this.#damaged(`it has two values ${JSON.stringify(name)}`)
      metadata.set(name, cursor.value(name))
    }
    return metadata
  }

  #entries(cursor: Cursor, count: number, size: number): Map<string, GgufEntry> {
    const alignment = this.metadata.get('general.alignment') ?? 32
    if (typeof alignment !== 'number' || !(alignment >= 8 && alignment <= 1 << 20 && alignment % 8 === 0))
      throw this.#damaged(`its general.alignment is ${String(alignment)}`)
    const found: (readonly [name: string, entry: GgufEntry])[] = []
    for (let i = 0; i < count; i++) {
      const name = cursor.string()
      const dimensions = cursor.number('uint32')
      if (dimensions > mostDimensions) throw this.#damaged(`the tensor ${name} has ${dimensions} dimensions`)
      const shape = Array.from({ length: dimensions }, () => cursor.number('uint64')).reverse()
      const type = this.#typeOf(name, cursor.number('uint32'))
      found.push([name, { type, shape, start: cursor.number('uint64'), bytes: this.#bytesOf(name, shape, type) }])
    }
    const data = Math.ceil(cursor.at / alignment) * alignment
    const entries = new Map<string, GgufEntry>()
    for (const [name, entry] of found) {
      const start = data + entry.start
      if (entries.has(name)) throw this.#damaged(`it has two tensors ${name}`)
      if (entry.start % alignment !== 0)
        throw this.#damaged(`the tensor ${name} begins at ${entry.start}, between units of ${alignment} bytes`)
      if (start + entry.bytes > size)
        throw this.#damaged(`the tensor ${name} ends at byte ${start + entry.bytes}, and the file at ${size}`)
      entries.set(name, { ...entry, start })
    }
    return entries
  }

  #typeOf(name: string, number: number): TensorType {
    const type = tensorTypes.get(number)
    if (type !== undefined) return type
    throw new StageError(
      'unsupported-weights',
      `${basename(this.#path)}: the tensor ${name} is of the type ${otherTypes.get(number) ?? number}`,
      `${typesInWords} can be read. Get a file in one of these, or convert it: \`llama-quantize --allow-requantize IN.gguf OUT.gguf Q8_0\`.`,
    )
  }

  #bytesOf(name: string, shape: readonly number[], type: TensorType): number {
    const count = shape.reduce((product, each) => product * each, 1)
    const { numbers, bytes } = blocks[type]
    const last = shape.at(-1) ?? 1
    if (!Number.isSafeInteger(count) || count < 1) throw this.#damaged(`the tensor ${name} is [${shape.join(', ')}]`)
    if (last % numbers !== 0)
      throw this.#damaged(
        `the rows of the tensor ${name} have ${last} numbers, not whole blocks of ${numbers} (${type})`,
      )
    return (count / numbers) * bytes
  }

  #wrongVersion(version: number): StageError {
    const swapped = [0x02000000, 0x03000000].includes(version)
    return new StageError(
      'unsupported-weights',
      `${basename(this.#path)} is ${swapped ? 'a GGUF file for big-endian machines' : `of version ${version} of GGUF`}`,
      'llmpipe reads the versions 2 and 3 of GGUF, little-endian. Convert the model again.',
    )
  }

  #damaged(why: string): StageError {
    return new StageError(
      'damaged-weights',
      `${basename(this.#path)} is not a whole GGUF file: ${why}`,
      'Get the file again.',
    )
  }
}
