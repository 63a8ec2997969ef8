/** What a language model makes of tokens that are there: their log-probabilities, added to the graph that gives its logits. */

import { GraphBuilder } from './build.ts'
import type { Graph } from './graph.ts'
import { copyInto } from './rewrite.ts'

/**
 * The graph with two more inputs, `targets` [batch, time] (ids) and `temperature` [], and one output, `logProbabilities`
 * [batch, time]: log softmax(logits / temperature) of each target, in nats.
 */
export function withLogProbabilities(model: Graph): Graph {
  const builder = new GraphBuilder()
  const place = copyInto(builder, model)
  const logits = place[model.outputs.logits!]!
  const targets = builder.input('targets', builder.shape(logits).slice(0, -1), 'int32')
  const temperature = builder.input('temperature', [], 'float32')
  const scaled = builder.apply('div', [logits, temperature], {})
  return builder.finish({ logProbabilities: builder.apply('log_probability', [scaled, targets], {}) })
}
