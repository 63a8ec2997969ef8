/** Judgements of single answers, as KTO learns from (Ethayarajh et al. 2024): good or bad. */

import { ExactNumber } from '../../core/exact-number.ts'
import type { Json } from '../../core/json.ts'

/**
 * Whether a judgement calls its answer good. TRL and LlamaFactory take `true` and `false` only; files that went through CSV or a
 * database have 1 and 0, or texts of either. `undefined` if the value is something else.
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
