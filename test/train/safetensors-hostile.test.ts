/** Safetensors files that lie: each is refused with what is wrong with it, and none is read as other numbers. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readSafetensors, writeSafetensors } from '../../src/train/safetensors.ts'

const folder = mkdtempSync(join(tmpdir(), 'llmpipe-hostile-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'model.safetensors')

/** A file of a header, as text or bytes, its length as it is or as told, and so many bytes of data. */
function file(header: string | Uint8Array, dataBytes: number, length?: bigint): void {
  const text = Buffer.from(header)
  const count = Buffer.alloc(8)
  count.writeBigUInt64LE(length ?? BigInt(text.length))
  const data = Buffer.alloc(dataBytes, Buffer.from(Float32Array.of(1, 2, 3, 4).buffer))
  writeFileSync(path, Buffer.concat([count, text, data]))
}

const one = (more: object) => JSON.stringify({ a: { dtype: 'F32', shape: [4], data_offsets: [0, 16], ...more } })
const two = (b: object) =>
  JSON.stringify({
    a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    b: { dtype: 'F32', shape: [2], data_offsets: [8, 16], ...b },
  })
const f32 = '"dtype":"F32","shape":[4],"data_offsets":[0,16]'

const headers: readonly (readonly [what: string, header: string | Uint8Array, dataBytes: number, why: RegExp])[] = [
  ['data shorter than the shape', one({ shape: [5] }), 16, /a is F32 \[5\], which takes 20 bytes, and has 16/],
  ['data longer than the shape', one({ shape: [3] }), 16, /which takes 12 bytes, and has 16/],
  ['data of no bytes', one({ data_offsets: [0, 0] }), 16, /which takes 16 bytes, and has 0/],
  ['a narrower dtype', one({ dtype: 'F16' }), 16, /a is F16 \[4\], which takes 8 bytes, and has 16/],
  ['a wider dtype', one({ dtype: 'F64' }), 16, /which takes 32 bytes/],
  ['an unknown dtype', one({ dtype: 'F33' }), 16, /the dtype "F33", which the format does not know/],
  ['a dtype in small letters', one({ dtype: 'f32' }), 16, /the dtype "f32"/],
  ['a dtype of a prototype', one({ dtype: 'constructor' }), 16, /the dtype "constructor"/],
  ['a dtype that is no text', one({ dtype: 7 }), 16, /the dtype 7/],
  ['no dtype', one({ dtype: undefined }), 16, /the dtype undefined/],
  ['a negative start', one({ data_offsets: [-16, 0] }), 16, /data_offsets of a are \[-16,0\]/],
  ['a negative start of the right length', one({ data_offsets: [-8, 8] }), 16, /data_offsets of a are \[-8,8\]/],
  ['an end before the start', one({ data_offsets: [16, 0] }), 16, /data_offsets of a are \[16,0\]/],
  ['a start that is no whole number', one({ data_offsets: [0.5, 16.5] }), 17, /data_offsets of a are \[0.5,16.5\]/],
  ['three offsets', one({ data_offsets: [0, 16, 32] }), 16, /data_offsets of a are \[0,16,32\]/],
  ['one offset', one({ data_offsets: [16] }), 16, /data_offsets of a are \[16\]/],
  ['offsets that are texts', one({ data_offsets: ['0', '16'] }), 16, /data_offsets of a are \["0","16"\]/],
  ['no offsets', one({ data_offsets: undefined }), 16, /data_offsets of a are undefined/],
  ['offsets beyond whole numbers', one({ data_offsets: [0, 2 ** 60] }), 16, /data_offsets of a are/],
  ['an end beyond the file', one({ shape: [8], data_offsets: [0, 32] }), 16, /a is cut off: it ends at byte 32 of 16/],
  ['an overlap', two({ data_offsets: [4, 12] }), 12, /b begins inside the tensor before it, at byte 4/],
  ['the same bytes twice', two({ data_offsets: [0, 8] }), 8, /begins inside the tensor before it/],
  ['a hole', two({ data_offsets: [12, 20] }), 20, /the bytes 8 to 12 belong to no tensor/],
  ['a hole at the beginning', one({ data_offsets: [4, 20] }), 20, /the bytes 0 to 4 belong to no tensor/],
  ['bytes at the end', one({}), 20, /the last 4 bytes belong to no tensor/],
  ['bytes, and no tensor', '{}', 16, /the last 16 bytes belong to no tensor/],
  ['a negative size', one({ shape: [-4] }), 16, /the shape of a is \[-4\]/],
  ['two negative sizes', one({ shape: [-2, -2] }), 16, /the shape of a is \[-2,-2\]/],
  ['a size that is no whole number', one({ shape: [2.5, 1.6] }), 16, /the shape of a is \[2.5,1.6\]/],
  ['a size that is a text', one({ shape: ['4'] }), 16, /the shape of a is \["4"\]/],
  ['a size of null', one({ shape: [null] }), 16, /the shape of a is \[null\]/],
  ['a shape that is a number', one({ shape: 4 }), 16, /the shape of a is 4/],
  ['a shape that is an object', one({ shape: { 0: 4, length: 1 } }), 16, /the shape of a is \{/],
  ['no shape', one({ shape: undefined }), 16, /the shape of a is undefined/],
  ['sizes whose product overflows', one({ shape: [2 ** 40, 2 ** 40] }), 16, /which takes/],
  ['sizes whose product wraps round to the right one', one({ shape: [2 ** 32, 2 ** 32, 4] }), 16, /which takes/],
  ['a name twice', `{"a":{${f32}},"a":{${f32}}}`, 16, /its header has "a" twice/],
  ['a name twice, once escaped', `{"a":{${f32}},"\\u0061":{${f32}}}`, 16, /its header has "a" twice/],
  ['a shape twice', `{"a":{"shape":[2],${f32}}}`, 16, /its header has "shape" twice/],
  [
    'the metadata twice',
    `{"__metadata__":{},"__metadata__":{},"a":{${f32}}}`,
    16,
    /its header has "__metadata__" twice/,
  ],
  ['metadata that is no text', `{"__metadata__":{"n":1},"a":{${f32}}}`, 16, /its __metadata__ is not a map of texts/],
  ['metadata that is a list', `{"__metadata__":[],"a":{${f32}}}`, 16, /its __metadata__ is not a map of texts/],
  ['a tensor of null', '{"a":null}', 0, /a is not described by dtype, shape and data_offsets/],
  ['a tensor that is a list', '{"a":["F32",[4],[0,16]]}', 16, /a is not described/],
  ['a header that is a list', '[]', 0, /its header does not begin with \{/],
  ['a header that is null', 'null', 0, /its header does not begin with \{/],
  ['a header that begins with a space', ` {"a":{${f32}}}`, 16, /its header does not begin with \{/],
  ['a header that begins with a byte order mark', `\uFEFF{"a":{${f32}}}`, 16, /its header does not begin with \{/],
  ['a header of nothing', '', 0, /its header does not begin with \{/],
  ['a header that is no JSON', '{"a":', 16, /its header is not JSON/],
  ['two headers', '{}{}', 0, /its header is not JSON/],
  ['a header nested without end', `{"a":${'['.repeat(200_000)}`, 0, /its header is not JSON/],
  ['a header that is not UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 0, /its header is not UTF-8/],
  ['a prototype twice', `{"__proto__":{${f32}},"__proto__":{${f32}}}`, 16, /its header has "__proto__" twice/],
]

describe('a safetensors file with', () => {
  it.each(headers)('%s is refused', (_, header, dataBytes, why) => {
    file(header, dataBytes)
    expect(() => readSafetensors(path)).toThrow(why)
    expect(() => readSafetensors(path)).toThrow(expect.objectContaining({ code: 'damaged-weights' }))
  })

  it.each([
    ['a header longer than the file', 1000n, /its header is cut off/],
    ['a header longer than the format allows', 100_000_001n, /its header would have 100000001 bytes/],
    ['a header of 2^63 bytes', 2n ** 63n, /the format allows 100 MB/],
    ['a header of 2^64 − 1 bytes', 2n ** 64n - 1n, /the format allows 100 MB/],
    ['a header cut short by its length', 5n, /its header is not JSON/],
  ])('%s is refused', (_, length, why) => {
    file(one({}), 16, length)
    expect(() => readSafetensors(path)).toThrow(why)
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
