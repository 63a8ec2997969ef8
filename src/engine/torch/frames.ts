/**
 * The frames that Node and the worker exchange over pipes. Large arrays are bytes, never JSON:
 *
 *     "llmp"          4 bytes
 *     header length   uint32, little-endian
 *     body length     uint64, little-endian
 *     header          JSON; `tensors` lists the name, dtype and shape of each tensor of the body
 *     body            the tensors, row-major, one after the other
 */

import { sizeOf } from '../../model/shape.ts'
import type { Tensor, Tensors } from '../engine.ts'

export interface Frame {
  readonly header: Readonly<Record<string, unknown>>
  readonly tensors: Readonly<Record<string, Tensor>>
}

const magic = Buffer.from('llmp')
const prefixLength = 16

/** The parts of a frame, to be written one after the other. Those of tensors share the memory of the tensors. */
export function encodeFrame(header: object, tensors: Tensors = {}): Uint8Array[] {
  const entries = Object.entries(tensors)
  const described = entries.map(([name, { dtype, shape }]) => ({ name, dtype, shape }))
  const text = Buffer.from(JSON.stringify({ ...header, tensors: described }))
  const bodies = entries.map(([, { data }]) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  const prefix = Buffer.alloc(prefixLength)
  magic.copy(prefix)
  prefix.writeUInt32LE(text.length, 4)
  prefix.writeBigUInt64LE(BigInt(bodies.reduce((sum, { length }) => sum + length, 0)), 8)
  return [Buffer.concat([prefix, text]), ...bodies]
}

/** Reads frames from the pieces in which their bytes arrive. */
export class FrameReader {
  readonly #take: (frame: Frame) => void
  /** Bytes that are expected next, and how many of them are there. */
  #part = new Uint8Array(prefixLength)
  #filled = 0
  /** Reads the part once it is whole, and sets the next. */
  #next: (part: Uint8Array<ArrayBuffer>) => void = (part) => this.#readPrefix(part)

  /** `take` receives each frame. */
  constructor(take: (frame: Frame) => void) {
    this.#take = take
  }

  /** Takes in a piece. Throws an Error if the bytes are not frames. */
  push(piece: Uint8Array): void {
    for (let at = 0; at < piece.length; ) {
      const count = Math.min(this.#part.length - this.#filled, piece.length - at)
      this.#part.set(piece.subarray(at, at + count), this.#filled)
      this.#filled += count
      at += count
      while (this.#filled === this.#part.length) this.#next(this.#part)
    }
  }

  #expect(length: number, next: (part: Uint8Array<ArrayBuffer>) => void): void {
    this.#part = new Uint8Array(length)
    this.#filled = 0
    this.#next = next
  }

  #readPrefix(part: Uint8Array<ArrayBuffer>): void {
    const prefix = Buffer.from(part.buffer)
    if (!prefix.subarray(0, magic.length).equals(magic))
      throw new Error(`expected a frame, and got the bytes ${prefix.toString('hex')}`)
    const bodyLength = Number(prefix.readBigUInt64LE(8))
    this.#expect(prefix.readUInt32LE(4), (text) => this.#readHeader(text, bodyLength))
  }

  #readHeader(text: Uint8Array<ArrayBuffer>, bodyLength: number): void {
    const header = JSON.parse(Buffer.from(text.buffer).toString()) as Frame['header']
    this.#expect(bodyLength, (body) => {
      this.#expect(prefixLength, (part) => this.#readPrefix(part))
      this.#take({ header, tensors: tensorsIn(header, body.buffer) })
    })
  }
}

/** The tensors that a header describes; they share the memory of the body. */
function tensorsIn(header: Frame['header'], body: ArrayBuffer): Record<string, Tensor> {
  const described = (header.tensors ?? []) as readonly { name: string; dtype: Tensor['dtype']; shape: number[] }[]
  let at = 0
  const tensors = described.map(({ name, dtype, shape }): [string, Tensor] => {
    const start = at
    const size = sizeOf(shape)
    at += 4 * size
    return [
      name,
      dtype === 'float32'
        ? { dtype, shape, data: new Float32Array(body, start, size) }
        : { dtype, shape, data: new Int32Array(body, start, size) },
    ]
  })
  return Object.fromEntries(tensors)
}
