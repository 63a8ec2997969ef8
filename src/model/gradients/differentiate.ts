/** Reverse-mode differentiation, from graph to graph (Griewank and Walther 2008, chapter 3). */

import { GraphBuilder } from '../build.ts'
import type { Graph } from '../graph.ts'
import { copyInto } from '../rewrite.ts'
import { showShape } from '../shape.ts'
import { expandComposites } from './expand.ts'
import { inputGradients } from './gradients.ts'

/**
 * The graph that computes, besides the outputs of `graph`, the gradient of its scalar output `loss` in each weight, as outputs
 * `grad:<weight>`. `graph` is bound to numbers; composite operations are expanded first. A weight that the loss does not depend on has no
 * gradient and no output. `wanted` selects weights, by default all. With `onto`, each gradient is added to an input `sum:<weight>`, which
 * no other output depends on: the sum over several batches may be written to the memory of that input.
 */
export function differentiate(
  graph: Graph,
  loss = 'loss',
  wanted: (weight: string) => boolean = () => true,
  onto = false,
): Graph {
  const forward = expandComposites(graph)
  const builder = new GraphBuilder()
  const place = copyInto(builder, forward)
  const end = forward.outputs[loss]
  if (end === undefined) throw new Error(`the graph has no output \`${loss}\``)
  if (forward.nodes[end]!.shape.length > 0)
    throw new Error(`a gradient is of a scalar, but \`${loss}\` is ${showShape(forward.nodes[end]!.shape)}`)

  // Forward: the nodes that depend on a wanted weight.
  const leads = new Set<number>()
  for (const [i, node] of forward.nodes.entries())
    if ((node.op === 'weight' && wanted(node.attributes.name)) || node.inputs.some((input) => leads.has(place[input]!)))
      leads.add(place[i]!)

  // Backward: from the loss to the weights. The gradient of a node is complete when the node is reached, since every node comes
  // after its inputs.
  const gradients = new Map([[place[end]!, builder.constant(1)]])
  const earlier = (node: number): number | undefined => {
    const weight = onto ? forward.weights.find((each) => place[each.node] === node) : undefined
    return weight && builder.input(`sum:${weight.name}`, builder.shape(node), 'float32')
  }
  for (let i = end; i >= 0; i--) {
    const node = forward.nodes[i]!
    const output = place[i]!
    const gradient = gradients.get(output)
    if (gradient === undefined || !leads.has(output) || node.op === 'weight') continue
    const inputs = node.inputs.map((input) => place[input]!)
    const parts = inputGradients(builder, node, inputs, output, gradient, (input) => leads.has(input))
    for (const [k, part] of parts.entries()) {
      if (part === undefined) continue
      const there = gradients.get(inputs[k]!) ?? earlier(inputs[k]!)
      gradients.set(inputs[k]!, there === undefined ? part : builder.apply('add', [there, part], {}))
    }
  }

  const outputs = Object.fromEntries(Object.entries(forward.outputs).map(([name, node]) => [name, place[node]!]))
  for (const weight of forward.weights) {
    const gradient = gradients.get(place[weight.node]!)
    if (gradient !== undefined) outputs[`grad:${weight.name}`] = gradient
  }
  return builder.finish(outputs)
}
