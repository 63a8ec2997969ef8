/** Batches of rankings: their responses packed into rows, and the choices between them. */

import type { Tensor, Tensors } from '../../engine/engine.ts'
import { masked } from '../../model/ops.ts'
import { type Choice, choicesOf, type PreferenceLoss } from './choices.ts'
import { fillPacked, makePacked, type Placed, widthToFill } from './packed.ts'
import { fillRows, rowEstimateSample, rowsFor, rowsOfLargest, type Unit, unitsInBatches } from './rows.ts'

/** A ranking, encoded. */
export interface RankedSequences {
  /** The prompt with each response, up to the end token. */
  readonly sequences: readonly ArrayLike<number>[]
  /** For each sequence, the number of ids before the response. */
  readonly prompts: readonly number[]
  /** 1 is best; equal numbers are ties. */
  readonly ranks: readonly number[]
}

/** The sizes of a batch: rows of `time` tokens, with room for the responses and choices of any `batch` rankings. */
export interface RankingSizes {
  /** The most batches that a step fills, by the steps of the first epoch. */
  readonly batches: number
  readonly rows: number
  readonly time: number
  readonly responses: number
  readonly choices: number
  readonly options: number
}

export interface SizesOptions {
  /** Rankings of a step. */
  readonly batch: number
  readonly context: number
  readonly loss: PreferenceLoss
  /** How many rows of a width fit the memory of a batch. */
  maxRows(time: number): number
  /** Rankings that are scored too, but not learned from. */
  readonly others?: readonly RankedSequences[]
}

/** The sizes of batches for steps of `batch` of these rankings, taken in this order. */
export function sizesFor(
  learned: readonly RankedSequences[],
  { batch, context, loss, maxRows, others = [] }: SizesOptions,
): RankingSizes {
  const rankings = [...learned, ...others]
  const max = (measure: (ranking: RankedSequences) => number) =>
    rankings.reduce((found, ranking) => Math.max(found, measure(ranking)), 0)
  const responses = max(({ sequences }) => sequences.length)
  const longest = max(({ sequences }) => Math.max(...sequences.map(({ length }) => length)))
  const units = learned.map(rankingUnit)
  const time = widthToFill(units.slice(0, rowEstimateSample).flat(), longest, context)
  const min = rowsOfLargest(units, time)
  const steps = Array.from({ length: Math.ceil(Math.min(units.length, rowEstimateSample) / batch) }, (_, step) =>
    units.slice(step * batch, (step + 1) * batch),
  )
  const rows = rowsFor(steps, time, { min, max: maxRows(time) })
  return {
    batches: Math.max(...steps.map((step) => unitsInBatches(step, rows, time).length)),
    rows,
    time,
    responses: batch * responses,
    choices: batch * max(({ ranks }) => choicesOf(ranks, loss).length),
    options: max(({ ranks }) => Math.max(...choicesOf(ranks, loss).map(({ others }) => 1 + others.length))),
  }
}

/** The responses of a ranking are in one batch, since its loss compares them. */
export function rankingUnit({ sequences }: RankedSequences): Unit {
  return sequences.map(({ length }) => length)
}

export interface RankingBatch {
  /** The inputs of withSegments, withScoresAtLast and withPreferenceLoss. */
  readonly feeds: Tensors
  /** Fills the batch with rankings that fit, of a step of `count` rankings. */
  fill(rankings: readonly RankedSequences[], count: number): Filled
}

export interface Filled {
  /** The index of the first response of each ranking. */
  readonly starts: readonly number[]
  /** The places of the responses. */
  readonly placed: readonly Placed[]
}

/** The memory of a batch; it is filled again and again. */
export function makeRankingBatch(sizes: RankingSizes, loss: PreferenceLoss, margin: number): RankingBatch {
  const { rows, time, responses, choices, options } = sizes
  const packed = makePacked(rows, time)
  const last = new Int32Array(responses)
  const chosen = new Int32Array(choices)
  const ids = new Int32Array(choices * options)
  const offsets = new Float32Array(choices * options)
  const counted = new Float32Array(choices * options)
  const shares = new Float32Array(choices)

  const fill = (rankings: readonly RankedSequences[], count: number): Filled => {
    for (const array of [last, ids, counted, shares]) array.fill(0)
    offsets.fill(masked)
    let filled = 0
    const put = ({ chosen: best, others, share }: Choice, first: number) => {
      const at = filled * options
      for (const [i, other] of [best, ...others].entries()) {
        ids[at + i] = first + other
        offsets[at + i] = i === 0 ? 0 : margin
        counted[at + i] = i === 0 ? 1 : 1 / others.length
      }
      shares[filled++] = share / count
    }
    const sequences: ArrayLike<number>[] = []
    const starts: number[] = []
    for (const ranking of rankings) {
      starts.push(sequences.length)
      for (const choice of choicesOf(ranking.ranks, loss)) put(choice, sequences.length)
      sequences.push(...ranking.sequences)
    }
    // An unused choice still has one option, so that its softmax is defined.
    for (let i = filled; i < choices; i++) offsets[i * options] = 0
    const members = fillRows(
      sequences.map(({ length }) => length),
      time,
    )
    const placed = fillPacked(packed, sequences, members)
    for (const { index, at } of placed) last[index] = at + sequences[index]!.length - 1
    return { starts, placed }
  }

  const tensor = (shape: readonly number[], data: Int32Array | Float32Array) =>
    ({ dtype: data instanceof Int32Array ? 'int32' : 'float32', shape, data }) as Tensor
  const feeds = {
    ...packed.feeds,
    last: tensor([responses], last),
    chosen: tensor([choices], chosen),
    options: tensor([choices, options], ids),
    offsets: tensor([choices, options], offsets),
    counted: tensor([choices, options], counted),
    shares: tensor([choices], shares),
  }
  return { feeds, fill }
}
