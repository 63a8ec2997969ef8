/** The file by which the worker hands over weights: safetensors of float32, which it wrote itself. */

import { closeSync, openSync, readSync, rmSync } from 'node:fs'
import type { Tensor, Tensors } from '../engine.ts'

/** Larger weights are read when they are asked for; then they are in memory one at a time. */
const eager = 64 * 2 ** 20

interface Entry {
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** Files are closed once nothing can read them any more. */
const garbage = new FinalizationRegistry<number>((file) => closeSync(file))

/** The weights in a file. The file is removed; its bytes remain as long as one of the weights may be read. */
export function readOnce(path: string): Tensors {
  const file = new WeightsFile(openSync(path, 'r'))
  rmSync(path)
  return file.tensors()
}

class WeightsFile {
  readonly #file: number
  /** The large weight that was read last. */
  #last: { readonly at: number; readonly data: Float32Array } | undefined

  constructor(file: number) {
    this.#file = file
    garbage.register(this, file)
  }

  tensors(): Tensors {
    const length = Number(Buffer.from(this.#read(0, 8)).readBigUInt64LE())
    const header = JSON.parse(Buffer.from(this.#read(8, length)).toString()) as Record<string, Entry>
    return Object.fromEntries(
      Object.entries(header).map(
        ([
          name,
          {
            shape,
            data_offsets: [start, end],
          },
        ]) => [name, this.#tensor(shape, 8 + length + start, end - start)],
      ),
    )
  }

  #tensor(shape: readonly number[], at: number, size: number): Tensor {
    if (size <= eager) return { dtype: 'float32', shape, data: new Float32Array(this.#read(at, size).buffer) }
    const read = () => this.#numbers(at, size)
    return {
      dtype: 'float32',
      shape,
      get data() {
        return read()
      },
    }
  }

  #numbers(at: number, size: number): Float32Array {
    if (this.#last?.at !== at) {
      // Before the next is read, the last may go.
      this.#last = undefined
      this.#last = { at, data: new Float32Array(this.#read(at, size).buffer) }
    }
    return this.#last.data
  }

  #read(at: number, size: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(size)
    for (let done = 0; done < size; ) {
      const count = readSync(this.#file, bytes, done, Math.min(size - done, 2 ** 30), at + done)
      if (count === 0) throw new Error('the weights that PyTorch wrote end too soon')
      done += count
    }
    return bytes
  }
}
