/** The loss of a language model, added to the graph that gives its logits. */

import { GraphBuilder } from './build.ts'
import type { Graph } from './graph.ts'
import { copyInto } from './rewrite.ts'

/**
 * The graph with two more inputs, `targets` [batch, time] (ids) and `counts` [batch, time] (how much each target weighs: 0 for
 * what is not learned), and the outputs `loss`, the mean of −log p(target) over the targets that count, in nats, and
 * `logProbabilities` [batch, time].
 *
 * Counts are divided by `total`, an input [], so that a step can be summed over several batches.
 */
export function withCrossEntropy(model: Graph): Graph {
  const builder = new GraphBuilder()
  const place = copyInto(builder, model)
  const logits = place[model.outputs.logits!]!
  const shape = builder.shape(logits).slice(0, -1)
  const targets = builder.input('targets', shape, 'int32')
  const counts = builder.input('counts', shape, 'float32')
  const total = builder.input('total', [], 'float32')
  const logProbabilities = builder.apply('log_probability', [logits, targets], {})
  const weighted = builder.apply('mul', [logProbabilities, counts], {})
  const sum = builder.apply('sum', [weighted], { axes: shape.map((_, i) => i), keep: false })
  const loss = builder.apply('neg', [builder.apply('div', [sum, total], {})], {})
  return builder.finish({ loss, logProbabilities })
}
