/** Means and deviations of rows: normalization computes them, and its gradient needs them again. */

import type { GraphNode } from '../../model/graph.ts'
import { axisOf } from '../../model/shape.ts'
import type { Name } from './emitter.ts'
import type { Operand } from './operand.ts'

export class Statistics {
  readonly #known = new Map<string, { readonly name: Name; readonly held: readonly number[] }>()

  /** Remembers the statistics that a normalization has as further outputs; `name` is its first. Ignores other nodes. */
  note(node: GraphNode, inputs: readonly Operand[], name: Name, held: readonly number[]): void {
    const rows = inputs[0]?.name
    const column = [...held.slice(0, -1), 1]
    if (node.op === 'layer_norm') {
      this.#known.set(`${rows} mean`, { name: `${name}.1`, held: column })
      this.#known.set(`${rows} true ${node.attributes.epsilon}`, { name: `${name}.2`, held: column })
    }
    if (node.op === 'rms_norm')
      this.#known.set(`${rows} false ${node.attributes.epsilon}`, { name: `${name}.1`, held: column })
  }

  /** The value of a mean or deviation that a normalization of the same rows computed; `undefined` if none did. */
  find(node: GraphNode, inputs: readonly Operand[], shape: readonly number[]): Operand | undefined {
    const key = keyOf(node, inputs)
    const known = key === undefined ? undefined : this.#known.get(key)
    return known && { ...known, shape }
  }
}

function keyOf(node: GraphNode, inputs: readonly Operand[]): string | undefined {
  const x = inputs[0]!
  if (node.op === 'inverse_deviation') return `${x.name} ${node.attributes.centred} ${node.attributes.epsilon}`
  if (node.op !== 'mean' || !node.attributes.keep || node.attributes.axes.length !== 1) return undefined
  const rank = x.shape.length
  return axisOf(node.attributes.axes[0]!, rank) === rank - 1 ? `${x.name} mean` : undefined
}
