/** Whether weights fit a model: every weight by its name, with the same shape or with fewer rows in a table of tokens. */

import { canonical, type Json } from '../../core/values/json.ts'
import type { Graph } from '../graph.ts'
import type { Shape } from '../ops.ts'
import { withoutDropout } from '../rewrite.ts'

export interface Fit {
  /** A sentence for each weight that does not fit, in the order of the model. */
  readonly misfits: readonly string[]
  /** The weights with one row for each token of which the model has more, by name, with the rows that are given and those of the model. */
  readonly grown: ReadonlyMap<string, { readonly before: number; readonly after: number }>
}

/** Compares a model with the shapes of given weights. A size that is not known yet, such as `vocab`, fits every number. */
export function fitOf(graph: Graph, given: ReadonlyMap<string, Shape>): Fit {
  const misfits: string[] = []
  const grown = new Map<string, { readonly before: number; readonly after: number }>()
  const byToken = tokenWeights(graph)
  for (const { name, shape } of graph.weights) {
    const found = given.get(name)
    if (found === undefined) {
      misfits.push(`the weights have no ${name}`)
      continue
    }
    const differing = shape.flatMap((size, i) => (areSame(size, found[i]) ? [] : [i]))
    const [after, before] = [shape[0], found[0]]
    if (shape.length === found.length && differing.length === 0) continue
    const isGrown =
      shape.length === found.length && differing.join() === '0' && byToken.has(name) && Number(after) > Number(before)
    if (isGrown) grown.set(name, { before: Number(before), after: Number(after) })
    else misfits.push(`${name} is [${found.join(', ')}] in the weights and [${shape.join(', ')}] in the model`)
  }
  const known = new Set(graph.weights.map(({ name }) => name))
  for (const name of given.keys()) if (!known.has(name)) misfits.push(`the model has no ${name}`)
  return { misfits, grown }
}

/**
 * Whether two models compute the same from the same weights, dropout aside. Models with equal weights may differ in the number of heads, in
 * the positions or in the epsilon of a norm.
 */
export function computeTheSame(one: Graph, other: Graph): boolean {
  const text = (graph: Graph) => canonical(withoutDropout(graph) as unknown as Json)
  return text(one) === text(other)
}

/** Misfits for people: the first three, and how many more there are. */
export function misfitsInWords(misfits: readonly string[]): string {
  const more = misfits.length - 3
  return misfits.slice(0, 3).join('; ') + (more > 0 ? `; and ${more} more` : '')
}

/** The weights whose rows belong to tokens: tables that tokens are looked up in, and those that the logits are a product or a sum of. */
export function tokenWeights(graph: Graph): ReadonlySet<string> {
  const names = new Map(graph.weights.map(({ name, node }) => [node, name]))
  const { tokens } = graph.inputs
  const found = new Set<string>()
  const add = (node: number | undefined) => {
    const name = names.get(node ?? -1)
    if (name !== undefined) found.add(name)
  }
  for (const { op, inputs } of graph.nodes) if (op === 'gather' && inputs[1] === tokens) add(inputs[0])
  // Back from the logits, past biases, scales and caps, to their product.
  let at = graph.outputs.logits
  while (at !== undefined) {
    const { op, inputs, shape } = graph.nodes[at]!
    for (const input of inputs) if (op !== 'matmul' || input === inputs[1]) add(input)
    if (op === 'matmul') break
    at = inputs.find((input) => graph.nodes[input]!.shape.length === shape.length)
  }
  return found
}

/** Whether the model looks positions up in a table, which ends at its context. Other positions, such as rotary ones, have no end. */
export function hasTableOfPositions(graph: Graph): boolean {
  const { positions } = graph.inputs
  return graph.nodes.some(({ op, inputs }) => op === 'gather' && inputs[1] === positions && positions !== undefined)
}

function areSame(a: Shape[number] | undefined, b: Shape[number] | undefined): boolean {
  return a === b || typeof a === 'string' || typeof b === 'string'
}
