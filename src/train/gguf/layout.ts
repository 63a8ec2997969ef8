/** The description of an architecture of llama.cpp that llmpipe has too. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { GgufValue } from '../../text/gguf/value.ts'
import type { TypedValue } from '../../text/gguf/write.ts'

/** The way in which a tensor differs from that of transformers: in the order of its rows, by 1 in every number, or as a vector that is one row. */
export type Difference = 'transposed' | 'query rows' | 'key rows' | 'one more' | 'one row'

/** A file whose model is to be described. */
export interface DescribedFile {
  /** A size of the metadata by its name without the prefix. */
  sizeOf(name: string): GgufValue | undefined
  hasTensor(name: string): boolean
  /** The numbers of a tensor; `undefined` if the file does not have it. */
  numbersOf(name: string): Float32Array | undefined
}

export interface GgufLayout {
  /** `general.architecture`, which is also the prefix of the names of sizes. */
  readonly architecture: string
  /** The `model_type` of config.json. */
  readonly modelType: string
  /** Whether it is for files with a sliding window, or for those without one, if another layout has the same architecture. */
  readonly windowed?: boolean
  /** Whether its layers are mixtures of experts. */
  readonly experts?: true
  /** The names of tensors by those of transformers; `N` stands for the number of a layer. */
  readonly names: Readonly<Record<string, string>>
  readonly differences: Readonly<Record<string, Difference>>
  /** The settings of config.json for a file. */
  config(file: DescribedFile): Record<string, Json | undefined>
  /** The metadata for a config.json. */
  metadata(config: JsonObject): Readonly<Record<string, TypedValue>>
  /** The difference between a model with this config.json and what llama.cpp would compute, as a clause; `undefined` if there is none. */
  problem?(config: JsonObject): string | undefined
}

/** A number or list of numbers as JSON; float32 numbers with as few digits as identify them. */
export function json(value: GgufValue | undefined): Json | undefined {
  if (typeof value === 'number') return shortest(value)
  return value instanceof Float64Array ? [...value] : (value as Json | undefined)
}

/** The number with the fewest digits that is the same float32: 1e-5 for 9.999999747378752e-6. */
function shortest(number: number): number {
  if (Number.isInteger(number) || Math.fround(number) !== number) return number
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(number.toPrecision(digits))
    if (Math.fround(short) === number) return short
  }
  return number
}
