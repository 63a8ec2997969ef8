/** Safetensors files that lie. */

/** The bytes of a file: a header (text or bytes), its length (true, or as given), and bytes of data. */
export function safetensorsOf(header: string | Uint8Array, dataBytes: number, length?: bigint): Buffer {
  const text = Buffer.from(header)
  const count = Buffer.alloc(8)
  count.writeBigUInt64LE(length ?? BigInt(text.length))
  const data = Buffer.alloc(dataBytes, Buffer.from(Float32Array.of(1, 2, 3, 4).buffer))
  return Buffer.concat([count, text, data])
}

/** A header with one tensor, and changes to it. */
export const one = (more: object) => JSON.stringify({ a: { dtype: 'F32', shape: [4], data_offsets: [0, 16], ...more } })
const two = (b: object) =>
  JSON.stringify({
    a: { dtype: 'F32', shape: [2], data_offsets: [0, 8] },
    b: { dtype: 'F32', shape: [2], data_offsets: [8, 16], ...b },
  })
const f32 = '"dtype":"F32","shape":[4],"data_offsets":[0,16]'

/** Headers that lie, each with the number of bytes of data, and the message that it gives. */
export const headers: readonly (readonly [
  what: string,
  header: string | Uint8Array,
  dataBytes: number,
  why: RegExp,
])[] = [
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

/** Wrong lengths of the header of `one({})`, which has 16 bytes of data, each with the message that it gives. */
export const lengths: readonly (readonly [what: string, length: bigint, why: RegExp])[] = [
  ['a header longer than the file', 1000n, /its header is cut off/],
  ['a header longer than the format allows', 100_000_001n, /its header would have 100000001 bytes/],
  ['a header of 2^63 bytes', 2n ** 63n, /the format allows 100 MB/],
  ['a header of 2^64 − 1 bytes', 2n ** 64n - 1n, /the format allows 100 MB/],
  ['a header cut short by its length', 5n, /its header is not JSON/],
]
