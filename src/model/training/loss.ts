/** The loss of a language model, added to the graph that gives its logits. */

import { GraphBuilder } from '../build.ts'
import { add, div, Expr, input, logProbability, mul, neg, sum } from '../expr.ts'
import type { Graph } from '../graph.ts'
import { copyInto } from '../rewrite.ts'

/** The prefix of the names of loss terms among the outputs of a model's graph: `term:z_loss`. */
const termPrefix = 'term:'

/** The output of a model's graph that is a loss term [batch, time] or [batch, 1]: see `loss_term` of architectures. */
export const termOutput = (name: string) => `${termPrefix}${name}`

/** The names of the loss terms of a model. */
export function lossTerms({ outputs }: Graph): string[] {
  return Object.keys(outputs).flatMap((name) => (name.startsWith(termPrefix) ? [name.slice(termPrefix.length)] : []))
}

/**
 * The cross entropy of a graph's `logits` [batch, time, vocab]. Further inputs: `targets` [batch, time] (ids), `counts` [batch, time] (the
 * weight of each target: 0 for those that are not learned), and `total` [], by which the counts are divided, so that a step can be summed
 * over several batches. Outputs: `loss`, the mean of −log p(target) over the targets that count, in nats, and `logProbabilities`
 * [batch, time]. If the model has loss terms, their means over the same tokens are added to the loss, and they and the cross entropy are
 * outputs too.
 */
export function withCrossEntropy(model: Graph): Graph {
  const builder = new GraphBuilder()
  const place = copyInto(builder, model)
  const logits = new Expr(builder, place[model.outputs.logits!]!)
  const shape = logits.shape.slice(0, -1)
  const targets = input(builder, 'targets', shape, 'int32')
  const counts = input(builder, 'counts', shape)
  const total = input(builder, 'total', [])
  const logProbabilities = logProbability(logits, targets)
  const axes = shape.map((_, i) => i)
  const crossEntropy = neg(div(sum(mul(logProbabilities, counts), axes), total))
  const terms = lossTerms(model).map((name) => {
    const term = new Expr(builder, place[model.outputs[termOutput(name)]!]!)
    return [termOutput(name), div(sum(mul(counts, term), axes), total)] as const
  })
  const outputs = { loss: terms.reduce((loss, [, term]) => add(loss, term), crossEntropy).node }
  if (terms.length === 0) return builder.finish({ ...outputs, logProbabilities: logProbabilities.node })
  return builder.finish({
    ...outputs,
    logProbabilities: logProbabilities.node,
    crossEntropy: crossEntropy.node,
    ...Object.fromEntries(terms.map(([name, { node }]) => [name, node])),
  })
}
