/** The primitive of auxiliary losses. */

import type { Dim } from '../../../model/ops.ts'
import { ShapeError, showShape } from '../../../model/shape.ts'
import { type Given, number, type Primitive, ValueError, x } from './primitive.ts'

export const losses = {
  loss_term: {
    summary:
      'Adds `weight` · x to the loss of `pretrain` and `sft`, as a mean over the tokens that are learned, and reports it by its name. Its value is x.',
    parameters: [x, { name: 'name', type: 'word' }, { name: 'weight', type: 'number', default: number(1) }],
    apply(given) {
      const name = given.word('name')
      if (!/^[A-Za-z_]\w*$/.test(name)) throw new ValueError('`name`', 'a name: letters, digits and `_`', `"${name}"`)
      const weighted = given.apply('mul', [perToken(given), given.builder.constant(given.number('weight'))])
      const before = given.terms.get(name)
      given.terms.set(name, before === undefined ? weighted : given.apply('add', [before, weighted]))
      return given.node('x')
    },
  },
} as const satisfies Readonly<Record<string, Primitive>>

/** x as [batch, time], a number for each token, or as [batch, 1], a number for each text. */
function perToken(given: Given): number {
  const shape = given.shape('x')
  const [batch, time = 1, ...others] = shape
  if (batch !== 'batch' || (time !== 'time' && time !== 1) || others.some((size) => size !== 1))
    throw new ShapeError(
      `a loss term is a number for each token [batch, time], or for each text [batch, 1], not ${showShape(shape)}`,
    )
  const wanted: readonly Dim[] = [batch, time]
  return shape.length === 2 ? given.node('x') : given.apply('reshape', [given.node('x')], { shape: wanted })
}
