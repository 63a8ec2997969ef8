/** The values of expressions in the body of an architecture. */

import type { WeightInit } from '../../model/graph.ts'
import type { Dim, Shape } from '../../model/ops.ts'
import { showShape } from '../../model/shape.ts'

export type Value =
  | { readonly type: 'number'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'word'; readonly value: string }
  /** A size that is known later: `batch`, `time`, or the `vocab` of a tokenizer that a stage trains. */
  | { readonly type: 'size'; readonly symbol: string }
  | { readonly type: 'tensor'; readonly node: number; readonly shape: Shape; readonly ids: boolean }
  | { readonly type: 'init'; readonly init: WeightInit }
  /** Several tensors, which an assignment to as many names takes apart: `a, b = split(x, 2)`. */
  | { readonly type: 'parts'; readonly values: readonly Value[] }
  /** The value of an expression with an error, which was reported. */
  | { readonly type: 'unknown' }

export const unknown: Value = { type: 'unknown' }

export function inWords(value: Value): string {
  switch (value.type) {
    case 'number':
      return `the number ${value.value}`
    case 'boolean':
      return 'a truth value'
    case 'word':
      return `the word \`${value.value}\``
    case 'size':
      return `the size \`${value.symbol}\` (not known yet)`
    case 'tensor':
      return `${value.ids ? 'the ids' : 'a tensor'} ${showShape(value.shape)}`
    case 'init':
      return 'a way to begin weights'
    case 'parts':
      return `${value.values.length} tensors`
    case 'unknown':
      return 'unknown'
  }
}

/** A dimension of a shape as a value. */
export function ofDim(dim: Dim): Value {
  return typeof dim === 'number' ? { type: 'number', value: dim } : { type: 'size', symbol: dim }
}
