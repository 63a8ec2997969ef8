/** Tensors of transformers, made of our weights. */

import type { StoredTensor } from '../weights/safetensors.ts'
import type { TheirTensor } from './layout.ts'

/** A tensor of transformers, made of our weights. */
export function theirs(
  { ours, part, transposed, zeros, name }: TheirTensor,
  tensors: Readonly<Record<string, StoredTensor>>,
) {
  const parts = ours.flatMap((each) => tensors[each] ?? [])
  if (parts.length === 0 && zeros !== undefined) return { shape: [zeros], data: new Float32Array(zeros) }
  if (parts.length !== ours.length) throw new Error(`the weights lack ${ours.join(' or ')}, which ${name} is made of`)
  const [first] = parts
  if (part !== undefined) return partOf(first!, part)
  const rows = parts.reduce((sum, { shape }) => sum + shape[0]!, 0)
  const data = new Float32Array(parts.reduce((sum, part) => sum + part.data.length, 0))
  let at = 0
  for (const part of parts) {
    data.set(part.data, at)
    at += part.data.length
  }
  const joined = { shape: [rows, ...first!.shape.slice(1)], data }
  return transposed ? transpose(joined) : joined
}

/** The shape of such a tensor. */
export function theirShape(
  { ours, part, transposed, zeros }: TheirTensor,
  tensors: Readonly<Record<string, StoredTensor>>,
): readonly number[] {
  const shapes = ours.flatMap((each) => (tensors[each] === undefined ? [] : [tensors[each].shape]))
  const [first] = shapes
  if (first === undefined) return [zeros ?? 0]
  if (part !== undefined) return first.slice(1)
  const joined = [shapes.reduce((sum, shape) => sum + shape[0]!, 0), ...first.slice(1)]
  return transposed ? joined.toReversed() : joined
}

/** [rows, columns] as [columns, rows]. */
export function transpose({ shape: [rows = 0, columns = 0], data }: StoredTensor): StoredTensor {
  const turned = new Float32Array(data.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) turned[column * rows + row] = data[row * columns + column]!
  return { shape: [columns, rows], data: turned }
}

/** The part at an index of the first axis. */
function partOf({ shape, data }: StoredTensor, index: number): StoredTensor {
  const size = data.length / shape[0]!
  return { shape: shape.slice(1), data: data.slice(index * size, (index + 1) * size) }
}
