/** Log-probabilities of whole sequences under a model: references, preferences and likelihoods are read off them. */

import type { Engine, Executable, Tensor } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import { withLogProbabilities } from '../../model/log-probabilities.ts'
import { withoutDropout } from '../../model/rewrite.ts'
import { withSegments } from '../../model/segments.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { fillRows } from '../batches/rows.ts'

export interface SequenceShape {
  /** The size of the tokenizer, where the model leaves it open. */
  readonly vocab: number
  /** Rows computed at once. */
  readonly batch: number
  /** Tokens of a row; the longest sequence has one more. */
  readonly time: number
  readonly threads: number
}

export class SequenceScorer {
  readonly #executable: Executable
  readonly #batch: number
  readonly #time: number

  private constructor(executable: Executable, { batch, time }: SequenceShape) {
    this.#executable = executable
    this.#batch = batch
    this.#time = time
  }

  /** Compiles `model` for rows of `time` tokens. */
  static async compile(engine: Engine, model: ModelSpec, shape: SequenceShape): Promise<SequenceScorer> {
    const { vocab, batch, time, threads } = shape
    const graph = withSegments(bind(withoutDropout(model.graph), { batch, time, vocab }))
    return new SequenceScorer(await engine.compile(withLogProbabilities(graph), { threads }), shape)
  }

  /**
   * For each sequence, log p(token t + 1 | tokens up to t) in nats, at place t: one number fewer than it has tokens. Logits are
   * divided by `temperature` first. Short sequences share a row, each seeing only itself. Throws a RangeError where a sequence is
   * longer than `time` + 1.
   */
  async logProbabilities(
    weights: Readonly<Record<string, Tensor>>,
    sequences: readonly ArrayLike<number>[],
    temperature = 1,
  ): Promise<Float32Array[]> {
    const size = this.#batch * this.#time
    const scores = sequences.map(({ length }) => new Float32Array(Math.max(0, length - 1)))
    const lengths = scores.map((each) => each.length)
    const rows = fillRows(lengths, this.#time)
    const ints = () => new Int32Array(size)
    const [tokens, targets, positions, segments] = [ints(), ints(), ints(), ints()]
    const shape = [this.#batch, this.#time]
    const feeds: Record<string, Tensor> = {
      ...weights,
      tokens: { dtype: 'int32', shape, data: tokens },
      targets: { dtype: 'int32', shape, data: targets },
      positions: { dtype: 'int32', shape, data: positions },
      segments: { dtype: 'int32', shape, data: segments },
      temperature: { dtype: 'float32', shape: [], data: Float32Array.of(temperature) },
    }
    for (let from = 0; from < rows.length; from += this.#batch) {
      for (const array of [tokens, targets, positions, segments]) array.fill(0)
      const placed: { readonly sequence: number; readonly at: number }[] = []
      for (const [row, members] of rows.slice(from, from + this.#batch).entries()) {
        let at = row * this.#time
        for (const [number, sequence] of members.entries()) {
          placed.push({ sequence, at })
          const ids = sequences[sequence]!
          for (let t = 0; t < lengths[sequence]!; t++, at++) {
            tokens[at] = ids[t]!
            targets[at] = ids[t + 1]!
            positions[at] = t
            segments[at] = number + 1
          }
        }
      }
      const { logProbabilities } = await this.#executable.run(feeds)
      const computed = logProbabilities!.data as Float32Array
      for (const { sequence, at } of placed) scores[sequence]!.set(computed.subarray(at, at + lengths[sequence]!))
    }
    return scores
  }

  dispose(): Promise<void> {
    return this.#executable.dispose()
  }
}
