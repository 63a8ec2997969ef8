/** Scaled rotary positions in GGUF: metadata for linear and YaRN, and a tensor of factors for those of Llama 3.1. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import type { TypedValue } from '../../text/gguf/write.ts'
import { type DescribedFile, json } from './layout.ts'

/** The tensor of factors, one for each pair of numbers of a head, by which llama.cpp divides the rates. */
export const factorsName = 'rope_freqs.weight'

/** `rope_scaling` of a config.json, if there is one. */
function scalingIn(config: JsonObject): JsonObject | undefined {
  const scaling = (config.rope_scaling ?? (config.rope_parameters as JsonObject | undefined)?.full_attention) as
    | JsonObject
    | undefined
  return scaling?.rope_type === 'default' ? undefined : scaling
}

/** The metadata of scaled rotary positions. */
export function scalingMetadata(config: JsonObject): Record<string, TypedValue> {
  const scaling = scalingIn(config)
  if (scaling === undefined) return {}
  const given = scaling.original_max_position_embeddings
  const original: Record<string, TypedValue> =
    given === undefined ? {} : { 'rope.scaling.original_context_length': ['uint32', Number(given)] }
  // llama.cpp reads the factors, and llmpipe the context that they are computed from.
  if (scaling.rope_type === 'llama3') return original
  return {
    'rope.scaling.type': ['string', String(scaling.rope_type)],
    'rope.scaling.factor': ['float32', Number(scaling.factor)],
    ...original,
  }
}

/** The factors of Llama 3.1 for heads of `size` numbers; `undefined` if a config.json has no such positions. */
export function scalingFactors(config: JsonObject, size: number): Float32Array | undefined {
  const scaling = scalingIn(config)
  if (scaling?.rope_type !== 'llama3') return undefined
  const number = (name: string) => Number(scaling[name])
  return llama3Factors(size, Number(config.rope_theta), {
    factor: number('factor'),
    original: number('original_max_position_embeddings'),
    low: number('low_freq_factor'),
    high: number('high_freq_factor'),
  })
}

interface Llama3 {
  readonly factor: number
  readonly original: number
  readonly low: number
  readonly high: number
}

/** By how much each pair turns more slowly, as `convert_hf_to_gguf.py` of llama.cpp computes it. */
function llama3Factors(size: number, base: number, { factor, original, low, high }: Llama3): Float32Array {
  return Float32Array.from({ length: size / 2 }, (_, i) => {
    const wave = 2 * Math.PI * base ** ((2 * i) / size)
    if (wave < original / high) return 1
    if (wave > original / low) return factor
    const smooth = (original / wave - low) / (high - low)
    return 1 / ((1 - smooth) / factor + smooth)
  })
}

/** The settings of Llama 3.1 to 3.3: the files of llama.cpp hold the factors alone. */
const published = { original: 8192, low: 1, high: 4 } as const

/** `rope_scaling` of the config.json for a file; `undefined` if its rotary positions are not scaled. */
export function scalingOf({ sizeOf, numbersOf }: DescribedFile, size: number, base: number): Json | undefined {
  const factors = numbersOf(factorsName)
  const type = sizeOf('rope.scaling.type')
  const slower = json(sizeOf('rope.scaling.factor')) ?? null
  const original = json(sizeOf('rope.scaling.original_context_length')) ?? null
  if (factors === undefined) {
    if (type === undefined || type === 'none') return undefined
    return {
      rope_type: String(type),
      factor: slower,
      ...(original === null ? {} : { original_max_position_embeddings: original }),
    }
  }
  const factor = factors.reduce((most, each) => Math.max(most, each), 1)
  const settings = { ...published, ...(typeof original === 'number' ? { original } : {}), factor }
  const wanted = llama3Factors(size, base, settings)
  const isTheirs =
    factors.length === wanted.length && factors.every((each, i) => Math.abs(each - wanted[i]!) <= 1e-5 * each)
  if (!isTheirs) return { rope_type: `${factorsName}, other factors than those of Llama 3.1` }
  return {
    rope_type: 'llama3',
    factor,
    original_max_position_embeddings: settings.original,
    low_freq_factor: settings.low,
    high_freq_factor: settings.high,
  }
}
