/** Rollouts: a policy answers prompts; each answer is scored, and each of its tokens read again by policy and reference. */

import type { Random } from '../../../core/random.ts'
import type { Engine, Tensor } from '../../../engine/engine.ts'
import { GraphBuilder } from '../../../model/build.ts'
import type { Graph } from '../../../model/graph.ts'
import { copyInto, withoutDropout } from '../../../model/rewrite.ts'
import type { ModelSpec } from '../../../model/spec.ts'
import type { KnownIds } from '../../../text/vocabulary.ts'
import { PackedForward } from '../../batches/packed-forward.ts'
import { Generator, type Writing } from '../../generation/generator.ts'

export interface Rollout {
  /** The prompt's ids and those of the response, the last of which ended it or was cut off. */
  readonly ids: readonly number[]
  /** How many are the prompt's. */
  readonly prompt: number
  readonly ended: boolean
  /** The reward model's score of it all. */
  readonly score: number
  /** log p of each token of the response under the policy that wrote it, and under the reference, in nats. */
  readonly policy: Float32Array
  readonly reference: Float32Array
  /** Where the policy has a value head: its value before each token of the response. */
  readonly values: Float32Array
}

/** Scores sequences of a prompt and a response. */
export type Scorer = (sequences: readonly ArrayLike<number>[]) => Promise<ArrayLike<number>>

export interface RolloutShape {
  readonly vocab: number
  /** The ids that stand for something; default all. */
  readonly known?: KnownIds | undefined
  /** Responses written at once. */
  readonly batch: number
  /** Rows read at once. */
  readonly rows: number
  readonly threads: number
}

type Weights = Readonly<Record<string, Tensor>>

export class Rollouts {
  readonly #generator: Generator
  readonly #reader: PackedForward
  readonly #readsValues: boolean

  /** `model` gives `logits` and perhaps `value`; the reference has the same weights but for that head. */
  constructor(engine: Engine, model: ModelSpec, { vocab, known, batch, rows, threads }: RolloutShape) {
    this.#generator = new Generator(engine, model, { vocab, batch, threads, ...(known && { known }) })
    this.#readsValues = model.graph.outputs.value !== undefined
    this.#reader = new PackedForward(engine, reading(model.graph), { vocab, rows, context: model.context, threads })
  }

  /** One response to each prompt. `writing` draws from the whole distribution at its temperature: what else it cut off would bias the ratios. */
  async make(
    policy: Weights,
    reference: Weights,
    prompts: readonly ArrayLike<number>[],
    writing: Writing,
    randoms: readonly Random[],
    score: Scorer,
  ): Promise<Rollout[]> {
    const completions = await this.#generator.complete(policy, prompts, writing, randoms)
    const sequences = prompts.map((prompt, i) => [...Array.from(prompt), ...completions[i]!.tokens])
    const scores = await score(sequences)
    const starts = prompts.map(({ length }) => length - 1)
    const ours = await this.#read(policy, sequences, starts, writing.temperature)
    // The reference has no value head; the policy's takes its place, and what it says is not looked at.
    const theirs = await this.#read({ ...policy, ...reference }, sequences, starts, writing.temperature)
    return sequences.map((ids, i) => ({
      ids,
      prompt: prompts[i]!.length,
      ended: completions[i]!.ended,
      score: scores[i]!,
      policy: ours[i]!.logProbabilities,
      reference: theirs[i]!.logProbabilities,
      values: ours[i]!.values,
    }))
  }

  async dispose(): Promise<void> {
    await this.#generator.dispose()
    await this.#reader.dispose()
  }

  /** Log-probabilities and values from `starts` on, the place before each response. */
  async #read(weights: Weights, sequences: readonly (readonly number[])[], starts: readonly number[], heat: number) {
    const temperature: Tensor = { dtype: 'float32', shape: [], data: Float32Array.of(heat) }
    const read: { readonly logProbabilities: Float32Array; readonly values: Float32Array }[] = []
    await this.#reader.run({ ...weights, temperature }, sequences, (outputs, at, index) => {
      const [from, to] = [at + starts[index]!, at + sequences[index]!.length - 1]
      const part = (name: string) => (outputs[name]!.data as Float32Array).slice(from, to)
      const values = this.#readsValues ? part('value') : new Float32Array(to - from)
      read[index] = { logProbabilities: part('logProbabilities'), values }
    })
    return read
  }
}

/** The graph that reads responses: `logProbabilities` of `targets` at a `temperature`, and `value` where there is one; no dropout. */
function reading(model: Graph): Graph {
  const builder = new GraphBuilder()
  const plain = withoutDropout(model)
  const place = copyInto(builder, plain)
  const logits = place[plain.outputs.logits!]!
  const targets = builder.input('targets', builder.shape(logits).slice(0, -1), 'int32')
  const scaled = builder.apply('div', [logits, builder.input('temperature', [], 'float32')], {})
  const logProbabilities = builder.apply('log_probability', [scaled, targets], {})
  const { value } = plain.outputs
  return builder.finish({ logProbabilities, ...(value === undefined ? {} : { value: place[value]! }) })
}
