/** Safetensors against its specification, byte by byte, and against itself. */

import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../../src/train/weights/safetensors.ts'

const folder = mkdtempSync(join(tmpdir(), 'llmpipe-safetensors-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'model.safetensors')

/** A file put together by hand. */
function file(header: object, data: Uint8Array): void {
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  writeFileSync(path, Buffer.concat([length, text, data]))
}

describe('safetensors', () => {
  it('consists of the length of the header, the header, and the numbers, aligned', () => {
    writeSafetensors(path, {
      a: { shape: [2], data: Float32Array.of(1, -2) },
      b: { shape: [], data: Float32Array.of(3) },
    })
    const bytes = readFileSync(path)
    const length = Number(bytes.readBigUInt64LE())
    expect(length % 8).toBe(0)
    expect(JSON.parse(bytes.subarray(8, 8 + length).toString())).toEqual({
      __metadata__: { format: 'pt' },
      a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
      b: { dtype: 'F32', shape: [], data_offsets: [8, 12] },
    })
    expect([0, 4, 8].map((at) => bytes.readFloatLE(8 + length + at))).toEqual([1, -2, 3])
    expect(bytes.length).toBe(8 + length + 12)
  })

  it('reads what it wrote, bit by bit', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((name) => !name.startsWith('__')),
          fc.float32Array(),
        ),
        (arrays) => {
          const tensors = Object.fromEntries(
            Object.entries(arrays).map(([name, data]) => [name, { shape: [data.length], data }]),
          )
          writeSafetensors(path, tensors, { step: '7' })
          const read = readSafetensors(path)
          expect(read.metadata).toEqual({ step: '7' })
          expect(Object.keys(read.tensors).sort()).toEqual(Object.keys(tensors).sort())
          for (const [name, { data }] of Object.entries(tensors)) expect(read.tensors[name]!.data).toEqual(data)
        },
      ),
    )
  })

  it('reads half precision, both kinds', () => {
    // 1, -2, 65504 (the greatest), 2^-24 (the least), infinity; IEEE 754 binary16.
    const half = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x7c00)
    file({ x: { dtype: 'F16', shape: [5], data_offsets: [0, 10] } }, new Uint8Array(half.buffer))
    expect([...readSafetensors(path).tensors.x!.data]).toEqual([1, -2, 65504, 2 ** -24, Number.POSITIVE_INFINITY])
    // The upper halves of float32.
    const brain = Uint16Array.of(0x3f80, 0xc000, 0x4049)
    file({ x: { dtype: 'BF16', shape: [3], data_offsets: [0, 6] } }, new Uint8Array(brain.buffer))
    expect([...readSafetensors(path).tensors.x!.data]).toEqual([1, -2, 3.140625])
  })

  it('says what is wrong with a file that is cut off or of another kind', () => {
    writeSafetensors(path, { a: { shape: [100], data: new Float32Array(100) } })
    truncateSync(path, 300)
    expect(() => readSafetensors(path)).toThrow(/a is cut off/)
    truncateSync(path, 20)
    expect(() => readSafetensors(path)).toThrow(/its header is cut off/)
    truncateSync(path, 3)
    expect(() => readSafetensors(path)).toThrow(/it has 3 bytes/)
    file({ x: { dtype: 'I64', shape: [1], data_offsets: [0, 8] } }, new Uint8Array(8))
    expect(() => readSafetensors(path)).toThrow(/x is I64/)
  })
})
