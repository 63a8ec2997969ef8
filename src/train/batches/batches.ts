/** Batches of windows of a corpus. */

import type { Tensor } from '../../engine/engine.ts'
import type { TokenReader } from '../../text/tokens.ts'

/** The inputs of one pass of a model: `batch` windows of `time` tokens, and for each token the one that follows it. */
export interface Batch {
  readonly feeds: Readonly<Record<string, Tensor>>
  readonly tokens: Int32Array
  readonly targets: Int32Array
  /** The weight of each target. */
  readonly counts: Float32Array
  /** The sum of the losses is divided by it. */
  readonly total: Float32Array
}

/** A batch to fill; its memory is reused for every step. */
export function makeBatch(batch: number, time: number): Batch {
  const size = batch * time
  const tokens = new Int32Array(size)
  const targets = new Int32Array(size)
  const counts = new Float32Array(size).fill(1)
  const total = Float32Array.of(size)
  const positions = Int32Array.from({ length: size }, (_, i) => i % time)
  const shape = [batch, time]
  return {
    tokens,
    targets,
    counts,
    total,
    feeds: {
      tokens: { dtype: 'int32', shape, data: tokens },
      targets: { dtype: 'int32', shape, data: targets },
      positions: { dtype: 'int32', shape, data: positions },
      counts: { dtype: 'float32', shape, data: counts },
      total: { dtype: 'float32', shape: [], data: total },
    },
  }
}

/** Fills a row of a batch with the window of a corpus that begins at `place`. */
export function fillRow(
  { tokens, targets }: Batch,
  row: number,
  reader: TokenReader,
  time: number,
  place: number,
): void {
  const window = reader.window(place, time + 1)
  tokens.set(window.subarray(0, time), row * time)
  targets.set(window.subarray(1), row * time)
}

/**
 * Fills a batch with consecutive windows from `from` on, so that each target occurs once. Returns the number of targets. Places after
 * the last token have weight 0.
 */
export function windowsInOrder(batch: Batch, reader: TokenReader, time: number, from: number, end: number): number {
  let place = from
  let count = 0
  batch.counts.fill(0)
  for (let start = 0; start < batch.tokens.length && place + 1 < end; start += time) {
    const length = Math.min(time, end - 1 - place)
    const window = reader.window(place, length + 1)
    batch.tokens.set(window.subarray(0, length), start)
    batch.targets.set(window.subarray(1), start)
    batch.counts.fill(1, start, start + length)
    place += length
    count += length
  }
  batch.total[0] = count
  return count
}
