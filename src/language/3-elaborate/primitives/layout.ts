/** Primitives that take tensors apart and join them. */

import { ShapeError, showShape } from '../../../model/shape.ts'
import { axis, axisIn } from './axes.ts'
import { type Given, type Primitive, x } from './primitive.ts'

/** The size of the axis that `axis` names, of a tensor; a ShapeError if it is not known when the program is compiled. */
function sizeAlong(given: Given, node: number, verb: string): number {
  const shape = given.builder.shape(node)
  const size = shape[axisIn(given, shape)]!
  if (typeof size === 'number') return size
  throw new ShapeError(`${showShape(shape)} cannot be ${verb} along \`${size}\`, whose size is not known yet`)
}

function slice(given: Given, start: number, end: number): number {
  return given.apply('slice', [given.node('x')], { axis: axisIn(given, given.shape('x')), start, end })
}

/** The sizes of the parts of an axis: those given, or as many equal ones as a single number says. */
function partsOf(given: Given, whole: number): number[] {
  const sizes = given.dims('parts').map((size) => {
    if (typeof size === 'number') return size
    throw new ShapeError(`a part cannot have the size \`${size}\`, which is not known yet`)
  })
  const [count] = sizes
  if (sizes.length === 1) {
    if (whole % count! !== 0) throw new ShapeError(`an axis of ${whole} cannot be split into ${count} equal parts`)
    return Array.from({ length: count! }, () => whole / count!)
  }
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (total !== whole)
    throw new ShapeError(`parts of ${sizes.join(' + ')} are ${total} together, but the axis has ${whole}`)
  return sizes
}

export const layout = {
  slice: {
    summary: 'The part of an axis, the last by default, from `start` up to and without `end`, counted from 0.',
    parameters: [x, { name: 'start', type: 'number' }, { name: 'end', type: 'number' }, axis],
    apply(given) {
      sizeAlong(given, given.node('x'), 'sliced')
      return slice(given, given.whole('start', 0), given.whole('end', 0))
    },
  },
  split: {
    summary:
      'Parts of an axis, the last by default: `a, b = split(x, 2)` gives 2 equal ones, `split(x, 32, 96)` parts of these sizes.',
    parameters: [x, { name: 'parts', type: 'sizes' }, axis],
    apply(given) {
      let end = 0
      return partsOf(given, sizeAlong(given, given.node('x'), 'split')).map((size) => {
        end += size
        return slice(given, end - size, end)
      })
    },
  },
  concat: {
    summary: 'Tensors joined along an axis, the last by default.',
    parameters: [{ name: 'tensors', type: 'tensors' }, axis],
    apply(given) {
      const nodes = given.nodes('tensors')
      for (const node of nodes) sizeAlong(given, node, 'joined')
      if (nodes.length === 1) return nodes[0]!
      return given.apply('concat', nodes, { axis: axisIn(given, given.builder.shape(nodes[0]!)) })
    },
  },
} as const satisfies Readonly<Record<string, Primitive>>
