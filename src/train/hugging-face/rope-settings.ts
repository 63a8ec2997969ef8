/** The settings of rotary positions in a config.json: `rope_theta`, `rope_parameters` (transformers 5) and `rope_scaling`. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { isPositive } from './numbers.ts'

/** The base of rotary positions, and how their rates are scaled for longer texts. */
export interface RopeSettings {
  readonly base: number
  readonly type: 'default' | 'linear' | 'llama3' | 'yarn'
  readonly factor: number
  /** The context that the model was trained with before; only of llama3 and yarn. */
  readonly original?: number
  readonly low?: number
  readonly high?: number
}

/** The defaults and the abilities of a class of transformers. */
export interface RopeOptions {
  /** The base if config.json has none; default 10,000. */
  readonly base?: number
  /** The types of scaling that the architecture has; default none. */
  readonly types?: readonly RopeSettings['type'][]
  /** The kind of layers, if each kind has its own settings, and the name of the base of this kind in older files. */
  readonly layers?: { readonly type: string; readonly theta: string; readonly isScaled: boolean }
}

/** The names that these settings have in a config.json. */
export const ropeNames = ['rope_theta', 'rope_parameters', 'rope_scaling', 'rope_local_base_freq'] as const

/** The settings by type, which another type does not have. */
const settings: Readonly<Record<RopeSettings['type'], readonly string[]>> = {
  default: [],
  linear: ['factor'],
  llama3: ['factor', 'original_max_position_embeddings', 'low_freq_factor', 'high_freq_factor'],
  yarn: ['factor', 'original_max_position_embeddings', 'beta_fast', 'beta_slow', 'attention_factor', 'truncate'],
}

/** The settings, or a sentence that says why they cannot be used. If several places have the base, they have to agree. */
export function ropeOf(config: JsonObject, options: RopeOptions = {}): RopeSettings | string {
  const { layers, base = 10_000, types = [] } = options
  const bases = new Map<number, string>()
  let scaled: RopeSettings | undefined
  const take = (value: Json | undefined, where: string): string | undefined => {
    if (value === undefined) return undefined
    if (!isPositive(value)) return `its ${where} is ${JSON.stringify(value)}, which is not a number above 0`
    bases.set(value, where)
    return undefined
  }
  let problem = take(config[layers?.theta ?? 'rope_theta'], layers?.theta ?? 'rope_theta')
  for (const name of ['rope_parameters', 'rope_scaling']) {
    const value = config[name] ?? {}
    if (!isObject(value)) return `its ${name} is ${JSON.stringify(value)}`
    const nested = Object.values(value).some(isObject)
    if (nested && layers === undefined)
      return `its ${name} has settings for kinds of layers: ${Object.keys(value).join(', ')}`
    const parameters = nested ? (value[layers!.type] ?? {}) : value
    const where = nested ? `${name}.${layers!.type}` : name
    if (!isObject(parameters)) return `its ${where} is ${JSON.stringify(parameters)}`
    // Older files have settings without kinds for the layers that see everything.
    if (!nested && layers?.isScaled === false) continue
    const read = scalingOf(parameters, where, types, config)
    if (typeof read === 'string') return read
    if (read.type !== 'default') scaled = { ...read, base }
    problem ??= take(parameters.rope_theta, `${where}.rope_theta`)
  }
  if (problem !== undefined) return problem
  if (bases.size > 1) {
    const all = [...bases].map(([value, where]) => `${where} is ${value}`)
    return `its ${all.join(', and its ')}`
  }
  const [given = base] = bases.keys()
  return { type: 'default', factor: 1, ...scaled, base: given }
}

function scalingOf(
  parameters: JsonObject,
  where: string,
  types: readonly string[],
  config: JsonObject,
): Omit<RopeSettings, 'base'> | string {
  const type = parameters.rope_type ?? parameters.type ?? 'default'
  if (type !== 'default' && !types.includes(type as string))
    return `its rotary positions are scaled (${JSON.stringify(type)})`
  const known = settings[type as RopeSettings['type']]
  const share = parameters.partial_rotary_factor ?? 1
  if (share !== 1) return `its ${where}.partial_rotary_factor is ${JSON.stringify(share)}; llmpipe supports only 1`
  const neutral = ['rope_type', 'type', 'rope_theta', 'partial_rotary_factor', 'finetuned']
  const unknown = Object.keys(parameters).find(
    (name) => parameters[name] !== null && !neutral.includes(name) && !known.includes(name),
  )
  if (unknown !== undefined)
    return `llmpipe does not know its setting ${where}.${unknown}, which is ${JSON.stringify(parameters[unknown])}`
  if (type === 'default') return { type, factor: 1 }
  const missing: string[] = []
  const number = (name: string, otherwise?: Json) => {
    const value = parameters[name] ?? otherwise
    if (!isPositive(value))
      missing.push(`its ${where}.${name} is ${JSON.stringify(value ?? null)}, which is not a number above 0`)
    return Number(value)
  }
  const fixed = (name: string, only: Json) => {
    const value = parameters[name] ?? only
    if (
      value !== only &&
      !(typeof value === 'number' && typeof only === 'number' && Math.abs(value - only) < 1e-9 * only)
    )
      missing.push(`its ${where}.${name} is ${JSON.stringify(value)}; llmpipe supports only ${JSON.stringify(only)}`)
  }
  const factor = number('factor')
  if (type === 'linear') return missing[0] ?? { type, factor }
  const original = number(
    'original_max_position_embeddings',
    type === 'yarn' ? config.max_position_embeddings : undefined,
  )
  if (type === 'llama3') {
    const [low, high] = [number('low_freq_factor'), number('high_freq_factor')]
    if (low >= high)
      missing.push(`its ${where}.low_freq_factor is ${low}, which is not less than its high_freq_factor of ${high}`)
    return missing[0] ?? { type, factor, original, low, high }
  }
  fixed('beta_fast', 32)
  fixed('beta_slow', 1)
  fixed('truncate', true)
  fixed('attention_factor', factor <= 1 ? 1 : 0.1 * Math.log(factor) + 1)
  return missing[0] ?? { type: 'yarn', factor, original }
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
