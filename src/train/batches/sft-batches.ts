/** Batches of conversations, packed into rows, with the weight of each token. */

import type { Tensors } from '../../engine/engine.ts'
import { fillPacked, makePacked } from './packed.ts'
import { fillRows } from './rows.ts'

/** A conversation, encoded. */
export interface LearnedSequence {
  readonly ids: Uint32Array
  /** 1 for ids that are learned: those of the assistant's answers, and of the end of each. */
  readonly mask: Uint8Array
  /** How many ids are learned: at least one. The first id never is, since no token precedes it. */
  readonly learned: number
}

export interface SftBatch {
  /** The inputs of withSegments and withCrossEntropy. */
  readonly feeds: Tensors
  /** Fills the batch with conversations that fit, of a step that learns `total` ids in all. */
  fill(sequences: readonly LearnedSequence[], total: number): void
}

/** The memory of a batch; it is reused for every step. */
export function makeSftBatch(rows: number, time: number): SftBatch {
  const packed = makePacked(rows, time)
  const counts = new Float32Array(rows * time)
  const sum = new Float32Array(1)
  return {
    feeds: {
      ...packed.feeds,
      counts: { dtype: 'float32', shape: [rows, time], data: counts },
      total: { dtype: 'float32', shape: [], data: sum },
    },
    fill(sequences, total) {
      const ids = sequences.map((sequence) => sequence.ids)
      counts.fill(0)
      sum[0] = total
      const lengths = ids.map(({ length }) => length)
      for (const { index, at } of fillPacked(packed, ids, fillRows(lengths, time))) {
        const { mask } = sequences[index]!
        // The target of a token is the id after it.
        for (let t = 1; t < mask.length; t++) counts[at + t - 1] = mask[t]!
      }
    },
  }
}
