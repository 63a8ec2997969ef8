/** Estimates the cost of each training stage of a plan: parameters, FLOPs for each token, memory, and time. */

import { stepsOfEpochs } from '../core/kind/epochs.ts'
import type { Plan, PlanNode } from '../core/plan.ts'
import type { Json } from '../core/values/json.ts'
import { bind } from '../model/bind.ts'
import { type Cost, costOf } from '../model/estimates/cost.ts'
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
  /** The steps of the training; `undefined` as `tokens` is. */
  readonly steps: number | undefined
  /** The size of the vocabulary. `assumed`: the size is not known until the tokenizer is trained. */
  readonly vocab: { readonly size: number; readonly assumed: boolean }
  /**
   * The number of tokens that the training sees, repetitions included, and the time for them. `undefined` if the training counts epochs of
   * tokens that are not encoded yet.
   */
  readonly tokens: number | undefined
  readonly seconds: number | undefined
}

/** The assumed size of a vocabulary of characters. */
const assumedVocabulary = 100

/**
 * Estimates every stage of a plan that trains a model for a number of steps, or of epochs. `cores`: the number of cores that compute.
 * `encoded`: the numbers of tokens of artefacts that exist, by the node that makes them.
 */
export function estimate(plan: Plan, cores: number, encoded: ReadonlyMap<string, number> = new Map()): Estimate[] {
  return plan.nodes.flatMap((node) => {
    const { model: at, steps: given, epochs, batch, context, accumulate, freeze } = node.params
    const trained = node.outputs[0]?.type
    // Weights that are trained further without a model keep theirs.
    const digest =
      (at as { readonly model?: Json } | undefined)?.model ?? (trained?.kind === 'Weights' ? trained.model : undefined)
    if (typeof digest !== 'string' || typeof batch !== 'number') return []
    const model = plan.models[digest] as unknown as ModelSpec | undefined
    // `sft` and `dpo` count epochs of examples, whose tokens only the run knows.
    if (typeof given !== 'number' && (typeof epochs !== 'number' || !learnsTokens(node, plan))) return []
    // Only the files of the weights have it.
    if (model === undefined) return []
    const time = typeof context === 'number' ? context : model.context
    const vocab = vocabularyOf(model, node, plan)
    const sizes = { batch, time, vocab: vocab.size }
    const cost = costOf(model.graph, sizes, freeze === undefined ? {} : { freeze: freeze as readonly string[] })
    const bound = bind(model.graph, sizes)
    const times = typeof accumulate === 'number' ? accumulate : 1
    const sources = (node.inputs.on ?? []).map((ref) => encoded.get(ref.node))
    const there = sources.includes(undefined) ? undefined : sources.reduce((sum: number, each = 0) => sum + each, 0)
    const perStep = batch * time * times
    const steps = typeof given === 'number' ? given : there && stepsOfEpochs(Number(epochs), there, perStep)
    const tokens = steps && steps * perStep
    const seconds = tokens && (tokens * cost.trainingFlops) / (gigaflopsPerCore * 1e9 * cores)
    return [{ node, model: model.$name, cost, bound, batch, accumulate: times, time, vocab, steps, tokens, seconds }]
  })
}

function learnsTokens({ inputs }: PlanNode, plan: Plan): boolean {
  const [source] = inputs.on ?? []
  const outputs = plan.nodes.find(({ id }) => id === source?.node)?.outputs
  return outputs?.find(({ name }) => name === source?.output)?.type.kind === 'Tokens'
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
