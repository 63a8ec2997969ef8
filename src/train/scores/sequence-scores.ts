/** Log-probabilities of whole sequences under a model: references, preferences and likelihoods are made of them. */

import type { Compiler, Tensor, Tensors } from '../../engine/engine.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { withLogProbabilities } from '../../model/training/log-probabilities.ts'
import { PackedForward } from '../batches/packed-forward.ts'

export interface SequenceShape {
  /** The size of the tokenizer, for a model that leaves it open. */
  readonly vocab: number
  /** Rows computed at once. */
  readonly rows: number
  /** Tokens of a row; the longest sequence has one more. */
  readonly time: number
  readonly threads: number
}

export class SequenceScorer {
  readonly #forward: PackedForward

  private constructor(forward: PackedForward) {
    this.#forward = forward
  }

  /** Compiles `model` for rows of `time` tokens. */
  static async compile(compiler: Compiler, model: ModelSpec, shape: SequenceShape): Promise<SequenceScorer> {
    const { vocab, rows, time: width, threads } = shape
    const graph = withLogProbabilities(withoutDropout(model.graph))
    const forward = new PackedForward(compiler, graph, { vocab, rows, width, read: 'all but the last', threads })
    await forward.prepare(width)
    return new SequenceScorer(forward)
  }

  /**
   * For each sequence, log p(token t + 1 | tokens up to t) in nats, at index t: one number fewer than it has tokens. Logits are divided
   * by `temperature` first. Short sequences share a row, each seeing only itself. Throws a RangeError if a sequence is longer than
   * `time` + 1.
   */
  async logProbabilities(
    weights: Tensors,
    sequences: readonly ArrayLike<number>[],
    temperature = 1,
  ): Promise<Float32Array[]> {
    const fed: Tensor = { dtype: 'float32', shape: [], data: Float32Array.of(temperature) }
    const scores = sequences.map(({ length }) => new Float32Array(Math.max(0, length - 1)))
    for await (const { outputs, index, at } of this.#forward.run({ ...weights, temperature: fed }, sequences)) {
      const computed = outputs.logProbabilities!.data as Float32Array
      scores[index]!.set(computed.subarray(at, at + scores[index]!.length))
    }
    return scores
  }

  dispose(): Promise<void> {
    return this.#forward.dispose()
  }
}
