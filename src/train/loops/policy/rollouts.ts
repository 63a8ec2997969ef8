/** Rollouts: a policy answers prompts; each answer is scored, and its tokens are read again by the policy and the reference. */

import type { Random } from '../../../core/values/random.ts'
import type { Compiler, Tensor, Tensors } from '../../../engine/engine.ts'
import { withoutDropout } from '../../../model/rewrite.ts'
import type { ModelSpec } from '../../../model/spec.ts'
import { withLogProbabilities } from '../../../model/training/log-probabilities.ts'
import type { KnownIds } from '../../../text/vocabulary.ts'
import { PackedForward } from '../../batches/packed-forward.ts'
import { Generator, type Writing } from '../../generation/generator.ts'
import { valueHead } from './loss.ts'

export interface Rollout {
  /** The ids of the prompt and of the response. The last id ended the response, unless it was cut off. */
  readonly ids: readonly number[]
  /** How many of the ids are the prompt's. */
  readonly prompt: number
  readonly ended: boolean
  /** The reward model's score of prompt and response. */
  readonly score: number
  /** log p of each token of the response under the policy that wrote it, in nats. */
  readonly policy: Float32Array
  /** The same under the reference. */
  readonly reference: Float32Array
  /** The policy's value before each token of the response; zeros for a policy without a value head. */
  readonly values: Float32Array
}

/** Scores sequences of a prompt and a response. */
export interface Scorer {
  score(sequences: readonly ArrayLike<number>[]): Promise<ArrayLike<number>>
  dispose(): Promise<void>
}

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

export class Rollouts {
  readonly #generator: Generator
  readonly #reader: PackedForward
  readonly #readsValues: boolean

  /** `model` gives `logits` and perhaps `value`. */
  constructor(compiler: Compiler, model: ModelSpec, { vocab, known, batch, rows, threads }: RolloutShape) {
    this.#generator = new Generator(compiler, model, { vocab, batch, threads, ...(known && { known }) })
    this.#readsValues = model.graph.outputs[valueHead] !== undefined
    const graph = withLogProbabilities(withoutDropout(model.graph), this.#readsValues ? [valueHead] : [])
    this.#reader = new PackedForward(compiler, graph, { vocab, rows, width: { context: model.context }, threads })
  }

  /**
   * One response to each prompt. `reference` has the weights of the reference that differ from those of the policy. `writing` draws from the whole distribution at its temperature: leaving out tokens (top-k, top-p) would
   * bias the ratios.
   */
  async sample(
    policy: Tensors,
    reference: Tensors,
    prompts: readonly ArrayLike<number>[],
    writing: Writing,
    randoms: readonly Random[],
    scorer: Scorer,
  ): Promise<Rollout[]> {
    const completions = await this.#generator.complete(policy, prompts, writing, randoms)
    const sequences = prompts.map((prompt, i) => [...Array.from(prompt), ...completions[i]!.tokens])
    const scores = await scorer.score(sequences)
    const starts = prompts.map(({ length }) => length - 1)
    const byPolicy = await this.#read(policy, sequences, starts, writing.temperature)
    // The reference has no value head: the policy's is computed in its place, and the result is not used.
    const byReference = await this.#read({ ...policy, ...reference }, sequences, starts, writing.temperature)
    return sequences.map((ids, i) => ({
      ids,
      prompt: prompts[i]!.length,
      ended: completions[i]!.ended,
      score: scores[i]!,
      policy: byPolicy[i]!.logProbabilities,
      reference: byReference[i]!.logProbabilities,
      values: byPolicy[i]!.values,
    }))
  }

  async dispose(): Promise<void> {
    await this.#generator.dispose()
    await this.#reader.dispose()
  }

  /** Log-probabilities and values of responses; `starts` has the place before each response. */
  async #read(
    weights: Tensors,
    sequences: readonly (readonly number[])[],
    starts: readonly number[],
    temperature: number,
  ) {
    const divisor: Tensor = { dtype: 'float32', shape: [], data: Float32Array.of(temperature) }
    const read: { readonly logProbabilities: Float32Array; readonly values: Float32Array }[] = []
    for await (const { outputs, index, at } of this.#reader.run({ ...weights, temperature: divisor }, sequences)) {
      const [from, to] = [at + starts[index]!, at + sequences[index]!.length - 1]
      const part = (name: string) => (outputs[name]!.data as Float32Array).slice(from, to)
      const values = this.#readsValues ? part(valueHead) : new Float32Array(to - from)
      read[index] = { logProbabilities: part('logProbabilities'), values }
    }
    return read
  }
}
