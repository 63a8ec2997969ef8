/** The loss of a language model, added to the graph that gives its logits. */

import { GraphBuilder } from './build.ts'
import { div, Expr, input, logProbability, mul, neg, sum } from './expr.ts'
import type { Graph } from './graph.ts'
import { copyInto } from './rewrite.ts'

/**
 * The cross entropy of a graph's `logits` [batch, time, vocab]. Further inputs: `targets` [batch, time] (ids), `counts` [batch, time] (the
 * weight of each target: 0 for those that are not learned), and `total` [], by which the counts are divided, so that a step can be summed
 * over several batches. Outputs: `loss`, the mean of −log p(target) over the targets that count, in nats, and `logProbabilities`
 * [batch, time].
 */
export function withCrossEntropy(model: Graph): Graph {
  const builder = new GraphBuilder()
  const logits = new Expr(builder, copyInto(builder, model)[model.outputs.logits!]!)
  const shape = logits.shape.slice(0, -1)
  const targets = input(builder, 'targets', shape, 'int32')
  const counts = input(builder, 'counts', shape)
  const total = input(builder, 'total', [])
  const logProbabilities = logProbability(logits, targets)
  const axes = shape.map((_, i) => i)
  const loss = neg(div(sum(mul(logProbabilities, counts), axes), total))
  return builder.finish({ loss: loss.node, logProbabilities: logProbabilities.node })
}
