/** Prints a graph, one line for each node, for tests and debugging. */

import type { Graph, GraphNode, WeightInit } from './graph.ts'
import { showShape } from './shape.ts'

/**
 *     input tokens [batch, time] ids
 *     weight embeddings.weight [65, 32] normal(0.02)
 *     %2 = gather(embeddings.weight, tokens) [batch, time, 32]
 *     logits = %2
 */
export function printGraph(graph: Graph): string {
  const inits = new Map(graph.weights.map((weight) => [weight.node, weight]))
  const names = graph.nodes.map((node, i) =>
    node.op === 'input' || node.op === 'weight'
      ? node.attributes.name
      : node.op === 'constant'
        ? String(node.attributes.value)
        : `%${i}`,
  )
  const lines: string[] = []
  for (const [i, node] of graph.nodes.entries()) {
    const type = `${showShape(node.shape)}${node.dtype === 'int32' ? ' ids' : ''}`
    if (node.op === 'constant') continue
    if (node.op === 'input') lines.push(`input ${names[i]} ${type}`)
    else if (node.op === 'weight') {
      const { init, decay } = inits.get(i)!
      lines.push(`weight ${names[i]} ${type} ${printInit(init)}${decay ? ', decays' : ''}`)
    } else {
      const operands = [...node.inputs.map((input) => names[input]!), ...printAttributes(node)]
      lines.push(`%${i} = ${node.op}(${operands.join(', ')}) ${type}`)
    }
  }
  for (const [name, node] of Object.entries(graph.outputs)) lines.push(`${name} = ${names[node]}`)
  return `${lines.join('\n')}\n`
}

function printInit(init: WeightInit): string {
  switch (init.type) {
    case 'normal':
      return `normal(${init.deviation})`
    case 'uniform':
      return `uniform(${init.bound})`
    case 'constant':
      return `constant(${init.value})`
  }
}

/** The attributes that the shape of the result does not tell, without defaults. */
function printAttributes(node: GraphNode): string[] {
  if (node.op === 'reshape' || node.op === 'broadcast') return []
  return Object.entries(node.attributes)
    .filter(([name, value]) => value !== false && !(name === 'alpha' && value === 1))
    .map(([name, value]) => {
      if (value === true) return name
      return `${name}: ${Array.isArray(value) ? `[${value.join(' ')}]` : value}`
    })
}
