/** Safetensors files that lie: each is refused with what is wrong with it, and none is read as other numbers. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../../src/train/weights/safetensors.ts'
import { headers, lengths, one, safetensorsOf } from './safetensors-hostile.ts'

const folder = mkdtempSync(join(tmpdir(), 'llmpipe-hostile-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'model.safetensors')

/** Writes a file of a header. */
function file(header: string | Uint8Array, dataBytes: number, length?: bigint): void {
  writeFileSync(path, safetensorsOf(header, dataBytes, length))
}

describe('a safetensors file with', () => {
  it.each(headers)('%s is refused', (_, header, dataBytes, why) => {
    file(header, dataBytes)
    expect(() => readSafetensors(path)).toThrow(why)
    expect(() => readSafetensors(path)).toThrow(expect.objectContaining({ code: 'damaged-weights' }))
  })

  it.each(lengths)('%s is refused', (_, length, why) => {
    file(one({}), 16, length)
    expect(() => readSafetensors(path)).toThrow(why)
  })

  it('a pointer of Git LFS in its place is refused as such', () => {
    writeFileSync(path, `version https://git-lfs.github.com/spec/v1\noid sha256:${'4d'.repeat(32)}\nsize 12345\n`)
    expect(() => readSafetensors(path)).toThrow(/is a pointer of Git LFS: the file itself was not downloaded/)
  })

  it.each(['I64', 'U8', 'BOOL', 'F8_E4M3', 'F64', 'C64'])(
    'sound numbers of the type %s is refused by the type',
    (dtype) => {
      const bytes = { I64: 8, U8: 1, BOOL: 1, F8_E4M3: 1, F64: 8, C64: 8 }[dtype]!
      file(one({ dtype, shape: [2], data_offsets: [0, 2 * bytes] }), 2 * bytes)
      expect(() => readSafetensors(path)).toThrow(new RegExp(`a is ${dtype}`))
    },
  )
})

describe('sound files that look odd', () => {
  it('may have names of object prototypes', () => {
    const tensors = Object.fromEntries(
      ['__proto__', 'constructor', 'toString'].map((name, i) => [name, { shape: [1], data: Float32Array.of(i) }]),
    )
    writeSafetensors(path, tensors)
    const read = readSafetensors(path).tensors
    expect(Object.entries(read).map(([name, { data }]) => [name, data[0]])).toEqual([
      ['__proto__', 0],
      ['constructor', 1],
      ['toString', 2],
    ])
  })

  it('may have tensors of no numbers, scalars, spaces at the end, and any order in the header', () => {
    file(
      '{"b":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"empty":{"dtype":"F32","shape":[0,3],"data_offsets":[8,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}   ',
      12,
    )
    const { tensors } = readSafetensors(path)
    expect(tensors.a!.data).toEqual(Float32Array.of(1, 2))
    expect(tensors.b!.data).toEqual(Float32Array.of(3))
    expect(tensors.empty).toEqual({ shape: [0, 3], data: new Float32Array(0) })
  })
})

describe('half precision', () => {
  it('written again gives the same bits, for every number of both kinds', () => {
    for (const dtype of ['F16', 'BF16'] as const) {
      const all = Uint16Array.from({ length: 65536 }, (_, i) => i)
      const header = Buffer.from(JSON.stringify({ a: { dtype, shape: [65536], data_offsets: [0, 131072] } }))
      const length = Buffer.alloc(8)
      length.writeBigUInt64LE(BigInt(header.length))
      writeFileSync(path, Buffer.concat([length, header, new Uint8Array(all.buffer)]))
      const { a } = readSafetensors(path).tensors
      writeSafetensors(path, { a: a! }, {}, () => dtype)
      const again = readSafetensors(path).tensors.a!
      expect(a!.data.findIndex((number, i) => !Object.is(number, again.data[i]))).toBe(-1)
    }
  })

  it.each([
    ['F16', 1 + 2 ** -11, 1],
    ['F16', 1 + 3 * 2 ** -11, 1 + 2 ** -9],
    ['F16', 65519, 65504],
    ['F16', 65520, Infinity],
    ['F16', 2 ** -25, 0],
    ['F16', 3 * 2 ** -26, 2 ** -24],
    ['F16', -(2 ** -14 - 2 ** -26), -(2 ** -14)],
    ['BF16', 1 + 2 ** -8, 1],
    ['BF16', 1 + 3 * 2 ** -8, 1 + 2 ** -6],
    ['BF16', 3.395e38, 3.3895313892515355e38],
    ['BF16', 3.4028234e38, Infinity],
  ] as const)('%s rounds %d to the nearest, ties to even', (dtype, number, rounded) => {
    writeSafetensors(path, { a: { shape: [1], data: Float32Array.of(number) } }, {}, () => dtype)
    expect(readSafetensors(path).tensors.a!.data[0]).toBe(rounded)
  })
})
