/** Estimates the cost of each training stage of a plan: parameters, FLOPs for each token, memory, and time. */

import type { Plan, PlanNode } from '../core/plan.ts'
import type { Json } from '../core/values/json.ts'
import { bind } from '../model/bind.ts'
import { type Cost, costOf } from '../model/cost.ts'
import type { Graph } from '../model/graph.ts'
import type { ModelSpec } from '../model/spec.ts'

/** The speed of a training step on one core, measured with small models in ONNX Runtime on AVX-512. */
export const gigaflopsPerCore = 45

export interface Estimate {
  readonly node: PlanNode
  readonly model: string
  readonly cost: Cost
  /** The graph of the model for a batch, without symbols. */
  readonly bound: Graph
  /** Sequences in a batch, batches in a step, and tokens in a sequence. */
  readonly batch: number
  readonly accumulate: number
  readonly time: number
  /** The size of the vocabulary. `assumed`: the size is not known until the tokenizer is trained. */
  readonly vocab: { readonly size: number; readonly assumed: boolean }
  /** The number of tokens that the training sees, repetitions included. */
  readonly tokens: number
  readonly seconds: number
}

/** The assumed size of a vocabulary of characters. */
const assumedVocabulary = 100

/** Estimates every stage of a plan that trains a model for a number of steps. `cores`: the number of cores that compute. */
export function estimate(plan: Plan, cores: number): Estimate[] {
  return plan.nodes.flatMap((node) => {
    const { model: at, steps, batch, context, accumulate } = node.params
    const digest = (at as { readonly model?: Json } | undefined)?.model
    if (typeof digest !== 'string' || typeof steps !== 'number' || typeof batch !== 'number') return []
    const model = plan.models[digest] as unknown as ModelSpec
    const time = typeof context === 'number' ? context : model.context
    const vocab = vocabularyOf(model, node, plan)
    const sizes = { batch, time, vocab: vocab.size }
    const cost = costOf(model.graph, sizes)
    const bound = bind(model.graph, sizes)
    const times = typeof accumulate === 'number' ? accumulate : 1
    const tokens = steps * batch * time * times
    const seconds = (tokens * cost.trainingFlops) / (gigaflopsPerCore * 1e9 * cores)
    return [{ node, model: model.$name, cost, bound, batch, accumulate: times, time, vocab, tokens, seconds }]
  })
}

/** The size of the tokenizer whose tokens a stage takes. */
export function vocabularyOf(model: ModelSpec, node: PlanNode, plan: Plan): Estimate['vocab'] {
  if (typeof model.vocab === 'number') return { size: model.vocab, assumed: false }
  const types = new Map(
    plan.nodes.flatMap(({ id, outputs }) => outputs.map(({ name, type }) => [`${id} ${name}`, type])),
  )
  for (const ref of Object.values(node.inputs).flat()) {
    const tokens = types.get(`${ref.node} ${ref.output}`)
    if (tokens?.kind !== 'Tokens') continue
    for (const type of types.values())
      if (type.kind === 'Tokenizer' && type.tokenizer === tokens.tokenizer && typeof type.size === 'number')
        return { size: type.size, assumed: false }
  }
  return { size: assumedVocabulary, assumed: true }
}
