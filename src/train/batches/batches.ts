/** Batches of windows of a corpus. */

import { Random } from '../../core/values/random.ts'
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

/**
 * Fills a batch with windows at random places, as nanoGPT does: each place of the corpus is equally likely, drawn with
 * replacement, across documents. Depends on `seed` and `index` alone.
 */
export function randomWindows(batch: Batch, reader: TokenReader, time: number, seed: number, index: number): void {
  const random = new Random(seed, 'batches', index)
  for (let start = 0; start < batch.tokens.length; start += time) {
    const place = random.below(reader.length - time)
    const window = reader.window(place, time + 1)
    batch.tokens.set(window.subarray(0, time), start)
    batch.targets.set(window.subarray(1), start)
  }
}

/** Fills a batch with the windows of `index`, the number of the batch, counted from 0 over all steps. */
export type Windows = (batch: Batch, index: number) => void

/** Draws windows as randomWindows does. */
export function windowsAtRandom(reader: TokenReader, time: number, seed: number): Windows {
  return (batch, index) => randomWindows(batch, reader, time, seed, index)
}

/**
 * Draws windows that together cover the corpus: each pass learns every token once, except for less than a window at the ends. Every pass
 * cuts the corpus at other places and has an order of its own. Depends on `seed` and the index alone.
 */
export function windowsShuffled(reader: TokenReader, time: number, seed: number): Windows {
  const targets = reader.length - 1
  // One window fewer than fits, so that the first can begin anywhere within a window's length.
  const count = Math.max(1, Math.floor((targets - (time - 1)) / time))
  let pass = -1
  let first = 0
  let order = new Uint32Array(0)
  return (batch, index) => {
    const rows = batch.tokens.length / time
    for (let row = 0; row < rows; row++) {
      const number = index * rows + row
      if (Math.floor(number / count) !== pass) {
        pass = Math.floor(number / count)
        const random = new Random(seed, 'windows', pass)
        first = random.below(targets - count * time + 1)
        order = random.permutation(count)
      }
      const window = reader.window(first + order[number % count]! * time, time + 1)
      batch.tokens.set(window.subarray(0, time), row * time)
      batch.targets.set(window.subarray(1), row * time)
    }
  }
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
