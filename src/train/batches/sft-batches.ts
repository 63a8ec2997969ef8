/** Batches of conversations: packed into rows, with how much each token is learned. */

import type { Tensor } from '../../engine/engine.ts'
import { fillPacked, makePacked } from './packed.ts'
import { fillRows } from './rows.ts'

/** A conversation, encoded. */
export interface LearnedSequence {
  readonly ids: Uint32Array
  /** 1 on ids that are to be learned: the assistant's, and the end of what it says. */
  readonly mask: Uint8Array
  /** How many ids are learned; at least one, and never the first, which nothing comes before. */
  readonly learned: number
}

export interface SftBatch {
  /** Those of withSegments and withCrossEntropy. */
  readonly feeds: Readonly<Record<string, Tensor>>
  /** Fills it with conversations that fit, of a step that learns `total` ids. */
  fill(sequences: readonly LearnedSequence[], total: number): void
}

/** Memory of a batch, filled again and again. */
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
        // The target at a place is the id after it.
        for (let t = 1; t < mask.length; t++) counts[at + t - 1] = mask[t]!
      }
    },
  }
}
