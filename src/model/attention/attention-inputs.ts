/** Which inputs an attention has: some are optional. */

import type { AttentionAttributes } from '../ops.ts'

/** The inputs of an attention by their names. */
export interface AttentionInputs<T> {
  readonly q: T
  readonly k: T
  readonly v: T
  /** A tensor that is added to the logits; it broadcasts to [batch, heads, time, keys]. */
  readonly bias: T | undefined
  /** [heads]. */
  readonly sinks: T | undefined
  /** [batch, time]: a query sees keys with its number only. See segments.ts. */
  readonly segments: T | undefined
}

export function attentionInputs<T>({ bias, sinks }: AttentionAttributes, inputs: readonly T[]): AttentionInputs<T> {
  const [q, k, v, ...others] = inputs as readonly [T, T, T, ...T[]]
  const next = (there: boolean | undefined) => (there ? others.shift() : undefined)
  return { q, k, v, bias: next(bias), sinks: next(sinks), segments: others[0] }
}

/** The inputs without segments. */
export function withoutSegments<T>({ bias, sinks }: AttentionAttributes, inputs: readonly T[]): readonly T[] {
  return inputs.slice(0, 3 + Number(bias ?? false) + Number(sinks ?? false))
}
