/** Judgements of single answers as good or bad, from which KTO learns (Ethayarajh et al. 2024). */

import { ExactNumber } from '../../core/values/exact-number.ts'
import type { Json } from '../../core/values/json.ts'

/**
 * Whether a value judges an answer as good; `undefined` if the value is not a judgement. TRL and LlamaFactory accept `true` and `false`
 * only, but files that went through CSV or a database have 1 and 0, or texts of any of these.
 */
export function judgementIn(value: Json | undefined): boolean | undefined {
  if (typeof value === 'boolean') return value
  if (value instanceof ExactNumber) return judgementIn(Number(value))
  if (value === 1) return true
  if (value === 0) return false
  if (typeof value !== 'string') return undefined
  const text = value.trim().toLowerCase()
  if (text === 'true' || text === '1' || text === '1.0') return true
  return text === 'false' || text === '0' || text === '0.0' ? false : undefined
}
