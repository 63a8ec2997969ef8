/** Writing on: tokens sampled one after the other from what a model makes of those before. */

import { Random } from '../core/random.ts'
import type { Engine, Executable, Tensor } from '../engine/engine.ts'
import { bind } from '../model/bind.ts'
import { withoutDropout } from '../model/rewrite.ts'
import type { ModelSpec } from '../model/spec.ts'

export interface Sampling {
  /** Logits are divided by it; 0 takes the likeliest token always. */
  readonly temperature: number
  /** Only the k likeliest tokens; 0 for all. */
  readonly topK: number
  /** Only the likeliest tokens that together have this probability (Holtzman et al. 2020); 1 for all. */
  readonly topP: number
  readonly seed: number
  readonly maxTokens: number
  /** Ids that end the text; they are not part of it. */
  readonly stop: readonly number[]
}

export class Generator {
  readonly #executable: Executable
  readonly #context: number
  readonly #vocab: number

  private constructor(executable: Executable, context: number, vocab: number) {
    this.#executable = executable
    this.#context = context
    this.#vocab = vocab
  }

  /** Compiles `model` for one text of at most its context. */
  static async compile(engine: Engine, model: ModelSpec, vocab: number, threads: number): Promise<Generator> {
    const graph = bind(withoutDropout(model.graph), { batch: 1, time: model.context, vocab })
    return new Generator(await engine.compile(graph, { threads }), model.context, vocab)
  }

  /** Yields the ids that follow `prompt`, which has at least one. Beyond the context, the oldest half is forgotten. */
  async *generate(
    weights: Readonly<Record<string, Tensor>>,
    prompt: ArrayLike<number>,
    sampling: Sampling,
  ): AsyncGenerator<number> {
    if (prompt.length === 0) throw new RangeError('a prompt has at least one token')
    const random = new Random(sampling.seed, 'sampling')
    const shape = [1, this.#context]
    const tokens = new Int32Array(this.#context)
    const positions = Int32Array.from(tokens, (_, i) => i)
    const feeds = {
      ...weights,
      tokens: { dtype: 'int32', shape, data: tokens },
      positions: { dtype: 'int32', shape, data: positions },
    } as const
    const kept = Array.from(prompt).slice(-this.#context)
    tokens.set(kept)
    let length = kept.length
    for (let i = 0; i < sampling.maxTokens; i++) {
      const { logits } = await this.#executable.run(feeds)
      const last = (logits!.data as Float32Array).subarray((length - 1) * this.#vocab, length * this.#vocab)
      const id = sample(last, sampling, random)
      if (sampling.stop.includes(id)) return
      yield id
      if (length === this.#context) {
        const half = this.#context >> 1
        tokens.copyWithin(0, this.#context - half)
        length = half
      }
      tokens[length++] = id
    }
  }

  dispose(): Promise<void> {
    return this.#executable.dispose()
  }
}

/** Draws an id from logits. Of equally likely ids the lower comes first. */
export function sample(
  logits: Float32Array,
  { temperature, topK, topP }: Pick<Sampling, 'temperature' | 'topK' | 'topP'>,
  random: Random,
): number {
  const order = Uint32Array.from(logits, (_, i) => i).sort((a, b) => logits[b]! - logits[a]! || a - b)
  if (temperature === 0) return order[0]!
  const count = topK > 0 ? Math.min(topK, order.length) : order.length
  const highest = logits[order[0]!]!
  const weights = Float64Array.from(order.subarray(0, count), (id) => Math.exp((logits[id]! - highest) / temperature))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let kept = 0
  let mass = 0
  while (kept < count && (kept === 0 || mass < topP * total)) mass += weights[kept++]!
  let left = random.uniform() * mass
  for (let i = 0; i < kept; i++) {
    left -= weights[i]!
    if (left < 0) return order[i]!
  }
  return order[kept - 1]!
}
