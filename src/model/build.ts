/** Builds tensor graphs: the shape of each operation is inferred when it is applied, and equal operations share a node. */

import type { Graph, GraphNode, WeightInit, WeightSpec } from './graph.ts'
import type { Attributes, Dtype, Op, Shape } from './ops.ts'
import { shapeRules, type Typed } from './shape.ts'

export class GraphBuilder {
  readonly nodes: GraphNode[] = []
  readonly #inputs: Record<string, number> = {}
  readonly #weights: WeightSpec[] = []
  readonly #known = new Map<string, number>()

  /** The node of an input: a tensor that is fed by name. */
  input(name: string, shape: Shape, dtype: Dtype): number {
    const there = this.#inputs[name]
    if (there !== undefined) return there
    const node = this.#push({ op: 'input', inputs: [], attributes: { name }, shape, dtype })
    this.#inputs[name] = node
    return node
  }

  /** The node of a weight: a tensor that training changes. */
  weight(name: string, shape: Shape, init: WeightInit, decay: boolean): number {
    const node = this.#push({ op: 'weight', inputs: [], attributes: { name }, shape, dtype: 'float32' })
    this.#weights.push({ name, shape, init, decay, node })
    return node
  }

  /** The node of a scalar. */
  constant(value: number): number {
    return this.apply('constant', [], { value })
  }

  /** Applies an operation to nodes; returns the node of the result. Throws a ShapeError if their shapes do not fit. */
  apply<K extends Op>(op: K, inputs: readonly number[], attributes: Attributes[K], scope?: string): number {
    const key = `${op} ${inputs.join(' ')} ${JSON.stringify(attributes)}`
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const { shape, dtype } = shapeRules[op](
      inputs.map((input) => this.nodes[input]! as Typed),
      attributes,
    )
    const node = this.#push({
      op,
      inputs,
      attributes,
      shape,
      dtype,
      ...(scope === undefined ? {} : { scope }),
    } as GraphNode)
    this.#known.set(key, node)
    return node
  }

  shape(node: number): Shape {
    return this.nodes[node]!.shape
  }

  /** The graph of the nodes that `outputs` need, without any other; weights keep the order in which they were added. */
  finish(outputs: Readonly<Record<string, number>>): Graph {
    const needed = new Set<number>(Object.values(outputs))
    for (let i = this.nodes.length - 1; i >= 0; i--)
      if (needed.has(i)) for (const input of this.nodes[i]!.inputs) needed.add(input)
    const place = new Map<number, number>()
    const nodes: GraphNode[] = []
    for (const [i, node] of this.nodes.entries()) {
      if (!needed.has(i)) continue
      place.set(i, nodes.length)
      nodes.push({ ...node, inputs: node.inputs.map((input) => place.get(input)!) } as GraphNode)
    }
    const moved = (table: Readonly<Record<string, number>>) =>
      Object.fromEntries(
        Object.entries(table)
          .filter(([, node]) => place.has(node))
          .map(([name, node]) => [name, place.get(node)!]),
      )
    const weights = this.#weights.filter(({ node }) => place.has(node))
    return {
      nodes,
      inputs: moved(this.#inputs),
      weights: weights.map((weight) => ({ ...weight, node: place.get(weight.node)! })),
      outputs: moved(outputs),
    }
  }

  #push(node: GraphNode): number {
    this.nodes.push(node)
    return this.nodes.length - 1
  }
}
