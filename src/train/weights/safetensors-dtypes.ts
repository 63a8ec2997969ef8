/** Number formats of safetensors files, and conversions between float32 and float16 or bfloat16. */

/** Bits of one number in each format of safetensors. */
export const bitsOf: ReadonlyMap<string, number> = new Map([
  ...['BOOL', 'U8', 'I8', 'F8_E5M2', 'F8_E4M3', 'F8_E8M0', 'F8_E4M3FNUZ', 'F8_E5M2FNUZ'].map(
    (name) => [name, 8] as const,
  ),
  ...['I16', 'U16', 'F16', 'BF16'].map((name) => [name, 16] as const),
  ...['I32', 'U32', 'F32'].map((name) => [name, 32] as const),
  ...['I64', 'U64', 'F64', 'C64'].map((name) => [name, 64] as const),
  ...['F6_E2M3', 'F6_E3M2'].map((name) => [name, 6] as const),
  ['F4', 4],
])

/** The formats that weights can be read and written in. */
export type FloatType = 'F32' | 'F16' | 'BF16'

/** The formats by their names in programs. */
export const floatTypes = { float32: 'F32', float16: 'F16', bfloat16: 'BF16' } as const

export function isFloatType(dtype: string): dtype is FloatType {
  return dtype === 'F32' || dtype === 'F16' || dtype === 'BF16'
}

/** The numbers in little-endian `bytes`, which start at the beginning of their buffer. */
export function toFloat32(dtype: FloatType, bytes: Uint8Array): Float32Array {
  if (dtype === 'F32') return new Float32Array(bytes.buffer, 0, bytes.byteLength >> 2)
  const halves = new Uint16Array(bytes.buffer, 0, bytes.byteLength >> 1)
  const numbers = new Float32Array(halves.length)
  const bits = new Uint32Array(numbers.buffer)
  if (dtype === 'BF16') for (let i = 0; i < halves.length; i++) bits[i] = halves[i]! << 16
  else {
    const table = halfTable()
    for (let i = 0; i < halves.length; i++) bits[i] = table[halves[i]!]!
  }
  return numbers
}

/** The numbers as little-endian bytes in a format, each rounded to the nearest, ties to even. */
export function fromFloat32(dtype: FloatType, numbers: Float32Array): Uint8Array {
  if (dtype === 'F32') return new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
  // A view of `numbers`, which itself may start anywhere in its buffer.
  const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length)
  const halves = new Uint16Array(bits.length)
  const rounded = dtype === 'BF16' ? toBrain : toHalf
  for (let i = 0; i < bits.length; i++) halves[i] = rounded(bits[i]!)
  return new Uint8Array(halves.buffer)
}

/** The upper half of a float32, rounded. */
function toBrain(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

/** IEEE 754 binary16 of the bits of a float32. */
function toHalf(bits: number): number {
  const sign = (bits >>> 16) & 0x8000
  const size = bits & 0x7fffffff
  if (size > 0x7f800000) return sign | 0x7e00
  // From 65520 on, infinity is nearest.
  if (size >= 0x477ff000) return sign | 0x7c00
  if (size >= 0x38800000) return sign | ((size - 0x38000000 + 0xfff + ((size >>> 13) & 1)) >>> 13)
  // Below 2^-14 numbers are multiples of 2^-24.
  const shift = 126 - (size >>> 23)
  if (shift > 24) return sign
  const fraction = (size & 0x7fffff) | 0x800000
  const whole = fraction >>> shift
  const rest = fraction & ((1 << shift) - 1)
  const half = 1 << (shift - 1)
  return sign | (whole + (rest > half || (rest === half && (whole & 1) === 1) ? 1 : 0))
}

let table: Uint32Array | undefined

/** The bits of the float32 that equals each float16. */
function halfTable(): Uint32Array {
  if (table !== undefined) return table
  const numbers = Float32Array.from({ length: 65536 }, (_, half) => fromHalf(half))
  table = new Uint32Array(numbers.buffer)
  return table
}

/** IEEE 754 binary16. */
function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >> 10) & 31
  const fraction = half & 1023
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}
