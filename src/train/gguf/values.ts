/** The values of a GGUF file, and the layout of its bytes: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md */

import { type KQuant, kBlock, kBytes } from './k-quants.ts'

/** The types of values by their numbers in files. */
export const valueTypes = [
  'uint8',
  'int8',
  'uint16',
  'int16',
  'uint32',
  'int32',
  'float32',
  'bool',
  'string',
  'array',
  'uint64',
  'int64',
  'float64',
] as const

export type ValueType = (typeof valueTypes)[number]

/** The types whose values are numbers, with their size in bytes. */
export const numberSizes: Readonly<Partial<Record<ValueType, number>>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  uint64: 8,
  int64: 8,
  float64: 8,
}

/** The types of tensors that can be read, by their numbers in files. */
export const tensorTypes: ReadonlyMap<number, TensorType> = new Map([
  [0, 'F32'],
  [1, 'F16'],
  [2, 'Q4_0'],
  [3, 'Q4_1'],
  [6, 'Q5_0'],
  [7, 'Q5_1'],
  [8, 'Q8_0'],
  ...([
    [10, 'Q2_K'],
    [11, 'Q3_K'],
    [12, 'Q4_K'],
    [13, 'Q5_K'],
    [14, 'Q6_K'],
  ] as const),
  [30, 'BF16'],
])

export type TensorType = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q5_1' | KQuant

/** The types in words, for messages. */
export const typesInWords = 'F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 and the K-quants Q2_K to Q6_K'

/** The names of types that cannot be read, for messages. */
export const otherTypes: ReadonlyMap<number, string> = new Map([
  [9, 'Q8_1'],
  ...([
    [15, 'Q8_K'],
    [16, 'IQ2_XXS'],
    [17, 'IQ2_XS'],
    [18, 'IQ3_XXS'],
    [19, 'IQ1_S'],
    [20, 'IQ4_NL'],
    [21, 'IQ3_S'],
  ] as const),
  ...([
    [22, 'IQ2_S'],
    [23, 'IQ4_XS'],
    [24, 'I8'],
    [25, 'I16'],
    [26, 'I32'],
    [27, 'I64'],
    [28, 'F64'],
    [29, 'IQ1_M'],
  ] as const),
  ...([
    [34, 'TQ1_0'],
    [35, 'TQ2_0'],
    [39, 'MXFP4'],
  ] as const),
])

/** The numbers in a block of each type, and the bytes of a block. */
export const blocks: Readonly<Record<TensorType, { readonly numbers: number; readonly bytes: number }>> = {
  F32: { numbers: 1, bytes: 4 },
  F16: { numbers: 1, bytes: 2 },
  BF16: { numbers: 1, bytes: 2 },
  Q8_0: { numbers: 32, bytes: 34 },
  Q4_0: { numbers: 32, bytes: 18 },
  Q4_1: { numbers: 32, bytes: 20 },
  Q5_0: { numbers: 32, bytes: 22 },
  Q5_1: { numbers: 32, bytes: 24 },
  Q2_K: { numbers: kBlock, bytes: kBytes.Q2_K },
  Q3_K: { numbers: kBlock, bytes: kBytes.Q3_K },
  Q4_K: { numbers: kBlock, bytes: kBytes.Q4_K },
  Q5_K: { numbers: kBlock, bytes: kBytes.Q5_K },
  Q6_K: { numbers: kBlock, bytes: kBytes.Q6_K },
}
