/** The log-probabilities that a language model gives to known tokens, added to the graph that gives its logits. */

import { GraphBuilder } from '../build.ts'
import { div, Expr, input, logProbability } from '../expr.ts'
import type { Graph } from '../graph.ts'
import { copyInto } from '../rewrite.ts'

/**
 * The graph with two more inputs, `targets` [batch, time] (ids) and `temperature` [], and the output `logProbabilities` [batch, time]:
 * log softmax(logits / temperature) of each target, in nats. It keeps those outputs of `model` that `keep` names.
 */
export function withLogProbabilities(model: Graph, keep: readonly string[] = []): Graph {
  const builder = new GraphBuilder()
  const place = copyInto(builder, model)
  const logits = new Expr(builder, place[model.outputs.logits!]!)
  const targets = input(builder, 'targets', logits.shape.slice(0, -1), 'int32')
  const temperature = input(builder, 'temperature', [])
  const logProbabilities = logProbability(div(logits, temperature), targets)
  const kept = keep.map((name) => [name, place[model.outputs[name]!]!] as const)
  return builder.finish({ logProbabilities: logProbabilities.node, ...Object.fromEntries(kept) })
}
