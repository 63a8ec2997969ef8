/** Packs several documents into one row: attention stays within each. */

import { GraphBuilder } from '../build.ts'
import type { Graph } from '../graph.ts'
import { copyInto, finishCopy } from '../rewrite.ts'
import { withoutSegments } from './attention-inputs.ts'

/**
 * The graph with one more input, `segments` [batch, time]: each token attends only to tokens with the same number. The caller feeds
 * `positions` that restart at 0 in each segment.
 */
export function withSegments(graph: Graph): Graph {
  const builder = new GraphBuilder()
  const tokens = graph.nodes[graph.inputs.tokens!]!.shape
  const place = copyInto(builder, graph, (_, node, inputs) => {
    if (node.op !== 'attention') return undefined
    const segments = builder.input('segments', tokens, 'int32')
    return builder.apply(
      'attention',
      [...withoutSegments(node.attributes, inputs), segments],
      node.attributes,
      node.scope,
    )
  })
  return finishCopy(builder, graph, place)
}
