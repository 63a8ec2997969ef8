/** Batches of responses, packed into rows, with numbers for each of their tokens. */

import type { Tensors } from '../../../engine/engine.ts'
import { fillPacked, makePacked } from '../../batches/packed.ts'
import { fillRows } from '../../batches/rows.ts'

/** A response after its prompt, and numbers for each token of the response. */
export interface LearnedResponse {
  /** All ids, those of the prompt first. */
  readonly ids: readonly number[]
  /** How many are the prompt's. */
  readonly prompt: number
  /** The numbers of each token, by the name of the input that they are fed to. */
  readonly numbers: Readonly<Record<string, ArrayLike<number>>>
}

export interface TokenBatch {
  /** The inputs of withSegments, `total`, and one [rows, time] for each name. */
  readonly feeds: Tensors
  /** Fills the batch with responses that fit; the loss divides sums by `total`. */
  fill(responses: readonly LearnedResponse[], total: number): void
}

/** The memory of a batch; it is reused for every step. Places without a token of a response are 0. */
export function makeTokenBatch(rows: number, time: number, names: readonly string[]): TokenBatch {
  const packed = makePacked(rows, time)
  const sum = new Float32Array(1)
  const columns = names.map((name) => [name, new Float32Array(rows * time)] as const)
  const fed = columns.map(([name, data]) => [name, { dtype: 'float32', shape: [rows, time], data } as const] as const)
  return {
    feeds: { ...packed.feeds, ...Object.fromEntries(fed), total: { dtype: 'float32', shape: [], data: sum } },
    fill(responses, total) {
      const ids = responses.map((response) => response.ids)
      const lengths = ids.map(({ length }) => length)
      const placed = fillPacked(packed, ids, fillRows(lengths, time))
      sum[0] = total
      for (const [name, data] of columns) {
        data.fill(0)
        for (const { index, at } of placed) {
          const { prompt, numbers } = responses[index]!
          // A token is a target at the place of the token before it.
          data.set(numbers[name]!, at + prompt - 1)
        }
      }
    },
  }
}
