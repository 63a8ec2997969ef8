/** Reads values of a GGUF file one after the other, in bounded memory: no count is believed before the file has bytes for it. */

import { readSync } from 'node:fs'
import type { StageError } from '../../core/failure.ts'
import type { GgufValue } from '../../text/gguf/value.ts'
import { numberSizes, type ValueType, valueTypes } from './values.ts'

/** The largest string, in bytes: a chat template has some kilobytes. */
const longestString = 1 << 26
/** The longest list: the largest known vocabularies have less than a million tokens. */
const longestList = 1 << 24
const windowBytes = 1 << 20

export class Cursor {
  /** The position in the file. */
  at = 0
  readonly #file: number
  readonly #size: number
  readonly #damaged: (why: string) => StageError
  /** A part of the file, which begins at `#from`. */
  #window = Buffer.alloc(0)
  #from = 0

  constructor(file: number, size: number, damaged: (why: string) => StageError) {
    this.#file = file
    this.#size = size
    this.#damaged = damaged
  }

  /** A number. Throws a StageError if the file ends before. */
  number(type: ValueType): number {
    const size = numberSizes[type] ?? 1
    const bytes = this.#take(size)
    switch (type) {
      case 'uint8':
      case 'bool':
        return bytes.readUInt8()
      case 'int8':
        return bytes.readInt8()
      case 'uint16':
        return bytes.readUInt16LE()
      case 'int16':
        return bytes.readInt16LE()
      case 'uint32':
        return bytes.readUInt32LE()
      case 'int32':
        return bytes.readInt32LE()
      case 'float32':
        return bytes.readFloatLE()
      case 'uint64':
        return Number(bytes.readBigUInt64LE())
      case 'int64':
        return Number(bytes.readBigInt64LE())
      case 'float64':
        return bytes.readDoubleLE()
      default:
        throw this.#damaged(`a ${type} is not a number`)
    }
  }

  /** A count of things that have at least `bytes` bytes each. Throws a StageError if the file is too short for them. */
  count(what: string, bytes: number, most = Number.MAX_SAFE_INTEGER): number {
    const count = this.number('uint64')
    if (count <= most && count * bytes <= this.#size - this.at) return count
    throw this.#damaged(`it would have ${count} ${what}, and only ${this.#size - this.at} bytes follow`)
  }

  string(): string {
    const length = this.count('bytes in a text', 1, longestString)
    return this.#take(length).toString('utf8')
  }

  /** A value with its type. `name` is for messages. */
  value(name: string): GgufValue {
    return this.#valueOf(this.#type(name), name)
  }

  #valueOf(type: ValueType, name: string): GgufValue {
    if (type === 'string') return this.string()
    if (type === 'bool') return this.number('bool') !== 0
    if (type !== 'array') return this.number(type)
    const of = this.#type(name)
    if (of === 'array') throw this.#damaged(`its ${name} is a list of lists`)
    const count = this.count(`values in ${name}`, of === 'string' ? 8 : (numberSizes[of] ?? 1), longestList)
    if (of === 'string') return Array.from({ length: count }, () => this.string())
    if (of === 'bool') return Array.from({ length: count }, () => this.number('bool') !== 0)
    const numbers = new Float64Array(count)
    for (let i = 0; i < count; i++) numbers[i] = this.number(of)
    return numbers
  }

  #type(name: string): ValueType {
    const number = this.number('uint32')
    const type = valueTypes[number]
    if (type === undefined) throw this.#damaged(`the value ${name} is of the unknown type ${number}`)
    return type
  }

  #take(length: number): Buffer {
    if (length > this.#size - this.at) throw this.#damaged('it ends too soon')
    const start = this.at - this.#from
    if (start < 0 || start + length > this.#window.length) this.#fill(length)
    const from = this.at - this.#from
    this.at += length
    return this.#window.subarray(from, from + length)
  }

  #fill(length: number): void {
    const size = Math.min(Math.max(length, windowBytes), this.#size - this.at)
    const window = Buffer.alloc(size)
    for (let done = 0; done < size; ) {
      const got = readSync(this.#file, window, done, size - done, this.at + done)
      if (got === 0) throw this.#damaged('it ends too soon')
      done += got
    }
    this.#window = window
    this.#from = this.at
  }
}
