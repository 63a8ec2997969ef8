import type { Tensors } from '../../src/engine/engine.ts'

/** All numbers of tensors in one array, copied. */
export function numbersIn(tensors: Tensors): Float32Array {
  return Float32Array.from(Object.values(tensors).flatMap(({ data }) => [...data]))
}
