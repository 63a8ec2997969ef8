/** The graph of a plan, for questions about the order of nodes. */

import { alg, Graph } from '@dagrejs/graphlib'
import type { Plan } from '../core/plan.ts'
import { takenBy } from './plan.ts'

/** The graph of a plan, with an edge from each node to each node that takes from it. */
export function graphOf(plan: Plan): Graph {
  const graph = new Graph({ directed: true })
  for (const { id } of plan.nodes) graph.setNode(id)
  for (const node of plan.nodes) for (const id of takenBy(node)) graph.setEdge(id, node.id)
  return graph
}

/** Whether every node follows its inputs, no input is missing, and no nodes form a circle. The runner relies on it. */
export function isInOrder(plan: Plan): boolean {
  const graph = graphOf(plan)
  const place = new Map(plan.nodes.map(({ id }, index) => [id, index]))
  return (
    place.size === plan.nodes.length &&
    alg.isAcyclic(graph) &&
    graph.edges().every(({ v, w }) => (place.get(v) ?? Infinity) < (place.get(w) ?? -1))
  )
}

/** The nodes that depend on some nodes, these included, in the order of the plan. */
export function behind(plan: Plan, ids: readonly string[]): string[] {
  const graph = graphOf(plan)
  const reached = new Set(ids.filter((id) => graph.hasNode(id)).flatMap((id) => alg.postorder(graph, [id])))
  return plan.nodes.filter(({ id }) => reached.has(id)).map(({ id }) => id)
}
