/** Finds additions that the operation before them can do: Gemm adds a matrix to its product, ScatterElements adds to a tensor. */

import type { Graph } from '../../model/graph.ts'
import { numeric } from '../../model/shape.ts'
import { isGemm, isRow, sameSize } from './operand.ts'

/** A sum that the operation of one of its terms computes. */
export interface Fused {
  /** The node of that operation: a product, or a scatter_add. */
  readonly head: number
  /** The node of the other term. */
  readonly addend: number
}

/** The fused sums of a graph, by the node of the sum. */
export function fuseSums({ nodes, outputs }: Graph): ReadonlyMap<number, Fused> {
  const uses = nodes.map(() => 0)
  for (const node of nodes) for (const input of node.inputs) uses[input]!++
  for (const output of Object.values(outputs)) uses[output]!++
  const shape = (node: number) => nodes[node]!.shape.map(numeric)

  const fused = new Map<number, Fused>()
  for (const [sum, node] of nodes.entries()) {
    if (node.op !== 'add') continue
    // The later term first, so that the other is computed before it.
    const terms = [...node.inputs].sort((a, b) => b - a)
    const head = terms.find((term) => uses[term] === 1 && (isProduct(term) || nodes[term]!.op === 'scatter_add'))
    if (head === undefined) continue
    const addend = terms.find((term) => term !== head)
    if (addend === undefined) continue
    const fits = (isRow(shape(addend)) && isProduct(head)) || sameSize(shape(addend), shape(sum))
    if (fits && sameSize(shape(head), shape(sum))) fused.set(sum, { head, addend })
  }
  return fused

  function isProduct(index: number): boolean {
    const node = nodes[index]!
    if (node.op !== 'matmul') return false
    const [a, b] = node.inputs as [number, number]
    return isGemm(shape(a), shape(b), node.attributes.transposeA)
  }
}
