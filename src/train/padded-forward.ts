/**
 * A model's graph run over sequences of any length: in batches of one size, padded at the right to a few widths, so that a few
 * compilations serve all. Causal attention looks to the left, so what stands in the padding changes nothing before it, and
 * positions need no adjustment (general details 2 and 3 of "The N Implementation Details of RLHF with PPO", Huang et al. 2023,
 * where padding is at the left).
 */

import type { Engine, Executable, Tensor } from '../engine/engine.ts'
import { bind } from '../model/bind.ts'
import type { Graph } from '../model/graph.ts'

/** Memory of a batch of sequences, filled again and again. */
export interface PaddedBatch {
  readonly rows: number
  readonly time: number
  /** `tokens`, `positions`, and `targets`: the token after each. */
  readonly feeds: Readonly<Record<string, Tensor>>
  readonly tokens: Int32Array
  readonly targets: Int32Array
}

export function makePadded(rows: number, time: number): PaddedBatch {
  const shape = [rows, time]
  const tokens = new Int32Array(rows * time)
  const targets = new Int32Array(rows * time)
  const positions = Int32Array.from({ length: rows * time }, (_, i) => i % time)
  const tensor = (data: Int32Array) => ({ dtype: 'int32', shape, data }) as const
  const feeds = { tokens: tensor(tokens), targets: tensor(targets), positions: tensor(positions) }
  return { rows, time, feeds, tokens, targets }
}

/** Fills a batch with at most `rows` sequences of at most `time` tokens; the rest is 0. */
export function fillPadded({ time, tokens, targets }: PaddedBatch, sequences: readonly ArrayLike<number>[]): void {
  tokens.fill(0)
  targets.fill(0)
  for (const [row, sequence] of sequences.entries()) {
    tokens.set(sequence, row * time)
    for (let t = 1; t < sequence.length; t++) targets[row * time + t - 1] = sequence[t]!
  }
}

/** Sequences of at most so many tokens are padded to so many; longer ones to twice that, and so on up to the context. */
const narrowest = 32

/** The width that sequences of `length` tokens are padded to. */
export function widthFor(length: number, context: number): number {
  let width = narrowest
  while (width < length) width *= 2
  return Math.min(width, context)
}

/** What is read of the outputs for one sequence: `start` is its first place in each output [rows, time]. */
export type Take = (outputs: Readonly<Record<string, Tensor>>, start: number, index: number, row: number) => void

export class PaddedForward {
  readonly #engine: Engine
  readonly #graph: Graph
  readonly #options: {
    readonly vocab: number
    readonly batch: number
    readonly context: number
    readonly threads: number
  }
  readonly #widths = new Map<number, { readonly executable: Executable; readonly batch: PaddedBatch }>()

  /** For `graph` with the symbols `batch`, `time` and perhaps `vocab`; each width is compiled when it is first needed. */
  constructor(
    engine: Engine,
    graph: Graph,
    options: { readonly vocab: number; readonly batch: number; readonly context: number; readonly threads: number },
  ) {
    this.#engine = engine
    this.#graph = graph
    this.#options = options
  }

  /** Runs all sequences, of at most `context` tokens each, and hands the outputs of each to `take`; not in their order. */
  async run(
    weights: Readonly<Record<string, Tensor>>,
    sequences: readonly ArrayLike<number>[],
    take: Take,
  ): Promise<void> {
    const { batch: rows, context } = this.#options
    const groups = new Map<number, number[]>()
    for (const [index, { length }] of sequences.entries()) {
      if (length === 0 || length > context) throw new RangeError(`${length} tokens do not fit 1..${context}`)
      const width = widthFor(length, context)
      groups.set(width, [...(groups.get(width) ?? []), index])
    }
    for (const [width, indices] of [...groups].sort(([a], [b]) => a - b)) {
      const { executable, batch } = await this.#compiled(width)
      for (let from = 0; from < indices.length; from += rows) {
        const some = indices.slice(from, from + rows)
        fillPadded(
          batch,
          some.map((index) => sequences[index]!),
        )
        const outputs = await executable.run({ ...weights, ...batch.feeds })
        for (const [row, index] of some.entries()) take(outputs, row * width, index, row)
      }
    }
  }

  async dispose(): Promise<void> {
    for (const { executable } of this.#widths.values()) await executable.dispose()
    this.#widths.clear()
  }

  async #compiled(width: number) {
    const known = this.#widths.get(width)
    if (known !== undefined) return known
    const { vocab, batch, threads } = this.#options
    const graph = bind(this.#graph, { vocab, batch, time: width })
    const made = { executable: await this.#engine.compile(graph, { threads }), batch: makePadded(batch, width) }
    this.#widths.set(width, made)
    return made
  }
}
