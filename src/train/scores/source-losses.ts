/** The loss of each source of a mixture, from the loss of each token of a batch. */

import type { Tensors } from '../../engine/engine.ts'
import { remember } from '../step/divergence.ts'

/** The losses of the last steps in which a source occurred, for each source. */
export type LastLosses = readonly (readonly number[])[]

/** The sum of the losses of `tokens` tokens, in nats. */
interface Sum {
  loss: number
  tokens: number
}

const zero = (): Sum => ({ loss: 0, tokens: 0 })

export class SourceLosses {
  #since: Sum[]

  constructor(sources: number) {
    this.#since = Array.from({ length: sources }, zero)
  }

  /**
   * Takes in the batches of a step. `outputs` has the `logProbabilities` [rows, time] of each batch, and `ofRows` the source of each of its
   * rows. Returns the losses to remember: those of the step behind `last`.
   */
  step(outputs: readonly Tensors[], ofRows: readonly Uint16Array[], last: LastLosses): LastLosses {
    const sums = this.#since.map(zero)
    for (const [part, { logProbabilities }] of outputs.entries()) {
      const { data } = logProbabilities!
      const rows = ofRows[part]!
      const time = data.length / rows.length
      for (const [row, source] of rows.entries()) {
        const sum = sums[source]!
        for (let i = row * time; i < (row + 1) * time; i++) sum.loss -= data[i]!
        sum.tokens += time
      }
    }
    return sums.map(({ loss, tokens }, source) => {
      const known = last[source] ?? []
      if (tokens === 0) return known
      this.#since[source]!.loss += loss
      this.#since[source]!.tokens += tokens
      return remember(known, loss / tokens)
    })
  }

  /** The mean loss of each source in nats a token since the last call; `undefined` for a source that did not occur. */
  take(): readonly (number | undefined)[] {
    const means = this.#since.map(({ loss, tokens }) => (tokens === 0 ? undefined : loss / tokens))
    this.#since = this.#since.map(zero)
    return means
  }
}
