/**
 * Values in ONNX, and the shapes that they are stored in. Most operations do not depend on how the rows of their operands are divided into
 * axes. So a value keeps the shape it was computed in, [rows, n] for a product, until an operation needs another one: a training
 * step has hundreds of reshapes, each of which would cost a node.
 */

import { sizeOf } from '../../model/shape.ts'
import type { Emitter, Name } from './emitter.ts'

export interface Operand {
  readonly name: Name
  /** The shape in the tensor graph. */
  readonly shape: readonly number[]
  /** The shape in the ONNX graph: the same numbers in the same order. */
  readonly held: readonly number[]
}

/** A result that is stored in another shape than that of the tensor graph. */
export interface StoredOperand {
  readonly name: Name
  readonly held: readonly number[]
}

export const sameShape = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length && a.every((size, i) => size === b[i])

/** The name of a value in `shape`; reshapes it if it is stored in another. */
export function shaped(emit: Emitter, { name, held }: Operand, shape: readonly number[]): Name {
  return sameShape(held, shape) ? name : emit.reshape(name, shape)
}

/** The name of a value in its own shape. */
export const exact = (emit: Emitter, operand: Operand): Name => shaped(emit, operand, operand.shape)

/** [..., n] → [rows, n]; a scalar is one row of one number. */
export function rowsOf(shape: readonly number[]): readonly [number, number] {
  return [sizeOf(shape.slice(0, -1)), shape.at(-1) ?? 1]
}

/** A value in any shape with its own last axis, for operations along the last axis. */
export function anyRows(emit: Emitter, operand: Operand): StoredOperand {
  const { held, shape } = operand
  if (held.length > 0 && held.at(-1) === shape.at(-1)) return operand
  return { name: exact(emit, operand), held: shape }
}

/** The name of a value as [rows, n]. */
export const rows = (emit: Emitter, operand: Operand): Name => shaped(emit, operand, rowsOf(operand.shape))

/**
 * Operands in shapes that broadcast to a result of the size of `shape`, with as few reshapes as possible. Each operand is as large as the
 * result, a scalar, a row [n] for every row, or a column [..., 1] with a number for each row; any other keeps its own shape.
 */
export function together(
  emit: Emitter,
  operands: readonly Operand[],
  shape: readonly number[],
): { readonly names: readonly Name[]; readonly held: readonly number[] } {
  const [count, n] = rowsOf(shape)
  const kinds = operands.map((operand) => kindOf(operand.shape, shape))
  if (kinds.includes('other')) return { names: operands.map((operand) => exact(emit, operand)), held: shape }
  const full = operands.filter((_, i) => kinds[i] === 'full').map(({ held }) => held)
  const [first = shape] = full
  const held = first.at(-1) === n && full.every((each) => sameShape(each, first)) ? first : [count, n]
  const names = operands.map((operand, i) => {
    switch (kinds[i]!) {
      case 'full':
        return shaped(emit, operand, held)
      case 'row':
        return shaped(emit, operand, [n])
      case 'column':
        return shaped(emit, operand, [...held.slice(0, -1), 1])
      default:
        return shaped(emit, operand, [])
    }
  })
  return { names, held }
}

function kindOf(own: readonly number[], shape: readonly number[]): 'full' | 'scalar' | 'row' | 'column' | 'other' {
  const size = sizeOf(own)
  if (size === sizeOf(shape)) return 'full'
  if (size === 1) return 'scalar'
  if (size === own.at(-1) && size === shape.at(-1)) return 'row'
  if (own.length === shape.length && own.at(-1) === 1 && own.every((x, i) => i === own.length - 1 || x === shape[i]))
    return 'column'
  return 'other'
}

/** Whether a product is one of two matrices once the rows of the first are joined. */
export function isGemm(a: readonly number[], b: readonly number[], transposeA: boolean): boolean {
  return b.length === 2 && (a.length === 2 || !transposeA)
}

/** Whether a shape is one row: Gemm adds it to every row of its product. */
export const isRow = (shape: readonly number[]) => shape.length === 1

export const sameSize = (a: readonly number[], b: readonly number[]) => sizeOf(a) === sizeOf(b)
