/** The parameter `axis` of primitives. */

import type { Dim } from '../../../model/ops.ts'
import { axisOf } from '../../../model/shape.ts'
import { type Given, number, type PrimitiveParameter, ValueError } from './primitive.ts'

/** Axes are counted from 0, or with negative numbers from the end. */
export const axis: PrimitiveParameter = { name: 'axis', type: 'number', default: number(-1) }

/** The index of the axis that the argument names, in a shape. */
export function axisIn(given: Given, shape: readonly Dim[]): number {
  const wanted = given.number('axis')
  if (!Number.isInteger(wanted)) throw new ValueError('`axis`', 'a whole number', String(wanted))
  return axisOf(wanted, shape.length)
}
