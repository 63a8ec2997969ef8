/** The primitives of the tensor language: functions that the body of a block or an architecture can call. */

import type { WeightInit } from '../../model/graph.ts'
import { attention } from './primitives/attention.ts'
import { earlier } from './primitives/earlier.ts'
import { layout } from './primitives/layout.ts'
import { losses } from './primitives/losses.ts'
import { numbers } from './primitives/numbers.ts'
import type { Primitive } from './primitives/primitive.ts'
import { weights } from './primitives/weights.ts'

export const primitives: Readonly<Record<string, Primitive>> = {
  ...weights,
  ...attention,
  ...numbers,
  ...layout,
  ...earlier,
  ...losses,
}

/** Distributions of initial weights: `normal(0.02)`. */
export const inits: Readonly<Record<string, (value: number) => WeightInit>> = {
  normal: (deviation) => ({ type: 'normal', deviation }),
  uniform: (bound) => ({ type: 'uniform', bound }),
  constant: (value) => ({ type: 'constant', value }),
}
