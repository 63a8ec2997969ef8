/** Reads the settings of a config.json, and collects the problems it finds. */

import type { Json, JsonObject } from '../../core/values/json.ts'

export interface ConfigReader {
  /** A whole number of 1 or more; `otherwise` if it is absent or null. */
  count(name: string, otherwise?: number): number
  /** A number above 0; `otherwise` if it is absent. */
  positive(name: string, otherwise?: number): number
  /** True or false; `otherwise` if it is absent or null. */
  flag(name: string, otherwise: boolean): boolean
  /** The base of rotary positions. */
  ropeBase(): number
  /** Reports a problem if a setting is not among `allowed`, of which the first is the default. */
  only(name: string, ...allowed: readonly Json[]): void
  /** Reports a problem unless `divisor` divides `number`. */
  divides(name: string, number: number, by: string, divisor: number): void
  /** The first problem as a sentence; `undefined` if there is none. */
  problem(): string | undefined
}

export function configReader(config: JsonObject): ConfigReader {
  const missing: string[] = []
  const wrong: string[] = []
  const number = (name: string, value: Json | undefined, isOne: (value: number) => boolean, what: string) => {
    if (typeof value === 'number' && isOne(value)) return value
    if (value === undefined || value === null) missing.push(name)
    else wrong.push(`its ${name} is ${JSON.stringify(value)}, which is not ${what}`)
    return Number.NaN
  }
  return {
    // transformers writes null for sizes that follow from others.
    count: (name, otherwise) => number(name, config[name] ?? otherwise, isCount, 'a whole number of 1 or more'),
    positive(name, otherwise) {
      const value = config[name]
      return number(name, value === undefined ? otherwise : value, isPositive, 'a number above 0')
    },
    flag(name, otherwise) {
      const value = config[name] ?? otherwise
      if (typeof value === 'boolean') return value
      wrong.push(`its ${name} is ${JSON.stringify(value)}, which is neither true nor false`)
      return otherwise
    },
    ropeBase() {
      const base = ropeBaseOf(config)
      if (typeof base === 'number') return base
      wrong.push(base)
      return Number.NaN
    },
    only(name, ...allowed) {
      const value = config[name] ?? allowed[0]
      if (allowed.includes(value!)) return
      const ours = allowed.map((one) => JSON.stringify(one)).join(' or ')
      wrong.push(`its ${name} is ${JSON.stringify(value)}; llmpipe supports only ${ours}`)
    },
    divides(name, value, by, divisor) {
      // A value that is not a number has been reported already.
      if (value % divisor > 0) wrong.push(`its ${name} is ${value}, which its ${by} of ${divisor} does not divide`)
    },
    problem: () => (missing.length > 0 ? `its config.json has no number for ${missing.join(', ')}` : wrong[0]),
  }
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value > 0
}

function isPositive(value: number): boolean {
  return Number.isFinite(value) && value > 0
}

/**
 * The base of rotary positions, or a sentence that says why it cannot be used. It is in `rope_theta`, in `rope_parameters`
 * (transformers 5) or in `rope_scaling`; if it is in several of them, they have to agree.
 */
function ropeBaseOf(config: JsonObject): number | string {
  const bases = new Map<number, string>()
  const take = (value: Json | undefined, where: string): string | undefined => {
    if (value === undefined) return undefined
    if (typeof value !== 'number' || !isPositive(value))
      return `its ${where} is ${JSON.stringify(value)}, which is not a number above 0`
    bases.set(value, where)
    return undefined
  }
  let problem = take(config.rope_theta, 'rope_theta')
  for (const name of ['rope_parameters', 'rope_scaling']) {
    const value = config[name] ?? {}
    if (typeof value !== 'object' || Array.isArray(value)) return `its ${name} is ${JSON.stringify(value)}`
    const parameters = value as JsonObject
    const type = parameters.rope_type ?? parameters.type ?? 'default'
    if (type !== 'default') return `its rotary positions are scaled (${JSON.stringify(type)})`
    problem ??= take(parameters.rope_theta, `${name}.rope_theta`)
    const share = parameters.partial_rotary_factor ?? 1
    if (share !== 1) return `its ${name}.partial_rotary_factor is ${JSON.stringify(share)}; llmpipe supports only 1`
  }
  if (problem !== undefined) return problem
  if (bases.size > 1) {
    const all = [...bases].map(([base, where]) => `${where} is ${base}`)
    return `its ${all.join(', and its ')}`
  }
  return [...bases.keys()][0] ?? 10_000
}
