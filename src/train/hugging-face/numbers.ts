/** Kinds of numbers in a config.json. */

import type { Json } from '../../core/values/json.ts'

export function isCount(value: Json | undefined): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0
}

export function isPositive(value: Json | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}
