/** Batches of rankings: all their responses as rows, and the choices between them. */

import type { Tensor } from '../engine/engine.ts'
import { masked } from '../model/ops.ts'
import { fillPadded, makePadded } from './padded-forward.ts'
import { type Choice, choicesOf, type PreferenceLoss } from './reward-loss.ts'

/** A ranking, encoded. */
export interface RankedSequences {
  /** The prompt with each response, up to the end token. */
  readonly sequences: readonly ArrayLike<number>[]
  /** 1 is best; equal numbers are ties. */
  readonly ranks: readonly number[]
}

/** How large a batch has to be for any `batch` of these rankings. */
export interface RewardSizes {
  readonly rows: number
  readonly time: number
  readonly choices: number
  readonly options: number
}

/** Widths are multiples of this many tokens. */
const grain = 16

export function sizesFor(
  rankings: readonly RankedSequences[],
  { batch, context, loss }: { readonly batch: number; readonly context: number; readonly loss: PreferenceLoss },
): RewardSizes {
  const most = (measure: (ranking: RankedSequences) => number) =>
    rankings.reduce((found, ranking) => Math.max(found, measure(ranking)), 0)
  const longest = most(({ sequences }) => Math.max(...sequences.map(({ length }) => length)))
  return {
    rows: batch * most(({ sequences }) => sequences.length),
    time: Math.min(context, Math.ceil(longest / grain) * grain),
    choices: batch * most(({ ranks }) => choicesOf(ranks, loss).length),
    options: most(({ ranks }) => Math.max(...choicesOf(ranks, loss).map(({ others }) => 1 + others.length))),
  }
}

export interface RewardBatch {
  readonly feeds: Readonly<Record<string, Tensor>>
  /** Fills it; returns the row at which the responses of each ranking begin. */
  fill(rankings: readonly RankedSequences[]): readonly number[]
}

/** Memory of a batch, filled again and again; the feeds are those of withPreferenceLoss. */
export function makeRewardBatch(sizes: RewardSizes, loss: PreferenceLoss, margin: number): RewardBatch {
  const { rows, time, choices, options } = sizes
  const padded = makePadded(rows, time)
  const last = new Int32Array(rows)
  const chosen = new Int32Array(choices)
  const ids = new Int32Array(choices * options)
  const offsets = new Float32Array(choices * options)
  const counted = new Float32Array(choices * options)
  const shares = new Float32Array(choices)

  const fill = (rankings: readonly RankedSequences[]): number[] => {
    for (const array of [last, ids, counted, shares]) array.fill(0)
    offsets.fill(masked)
    const sequences: ArrayLike<number>[] = []
    const starts: number[] = []
    let count = 0
    const put = ({ chosen: best, others, share }: Choice, row: number) => {
      const at = count * options
      for (const [i, other] of [best, ...others].entries()) {
        ids[at + i] = row + other
        offsets[at + i] = i === 0 ? 0 : margin
        counted[at + i] = i === 0 ? 1 : 1 / others.length
      }
      shares[count++] = share / rankings.length
    }
    for (const ranking of rankings) {
      starts.push(sequences.length)
      for (const choice of choicesOf(ranking.ranks, loss)) put(choice, sequences.length)
      for (const sequence of ranking.sequences) {
        last[sequences.length] = sequences.length * time + sequence.length - 1
        sequences.push(sequence)
      }
    }
    // A choice that is none still has one option, so that its softmax is of something.
    for (let i = count; i < choices; i++) offsets[i * options] = 0
    fillPadded(padded, sequences)
    return starts
  }

  const tensor = (shape: readonly number[], data: Int32Array | Float32Array) =>
    ({ dtype: data instanceof Int32Array ? 'int32' : 'float32', shape, data }) as Tensor
  const feeds = {
    ...padded.feeds,
    last: tensor([rows], last),
    chosen: tensor([choices], chosen),
    options: tensor([choices, options], ids),
    offsets: tensor([choices, options], offsets),
    counted: tensor([choices, options], counted),
    shares: tensor([choices], shares),
  }
  return { feeds, fill }
}
