/** A model's graph run over sequences of any length and number, packed into rows. */

import type { Engine, Executable, Tensor } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import type { Graph } from '../../model/graph.ts'
import { withSegments } from '../../model/segments.ts'
import { batchesOf, fillPacked, makePacked, type PackedBatch, widthFor } from './packed.ts'

export interface ForwardShape {
  /** The size of the tokenizer, where the model leaves it open. */
  readonly vocab: number
  /** Rows computed at once. */
  readonly rows: number
  /** The model's context: no sequence is longer. */
  readonly context: number
  readonly threads: number
}

/** What is read for one sequence: `at` is its first place in each output [rows, time], flat. */
export type Take = (outputs: Readonly<Record<string, Tensor>>, at: number, index: number) => void

export class PackedForward {
  readonly #engine: Engine
  readonly #graph: Graph
  readonly #shape: ForwardShape
  readonly #widths = new Map<number, { readonly executable: Executable; readonly batch: PackedBatch }>()

  /** For a graph with the symbols `batch`, `time` and perhaps `vocab`; it is compiled for a width when that is first needed. */
  constructor(engine: Engine, graph: Graph, shape: ForwardShape) {
    this.#engine = engine
    this.#graph = graph
    this.#shape = shape
  }

  /** Runs all sequences and hands the outputs of each to `take`; not in their order. A RangeError where one is too long. */
  async run(
    weights: Readonly<Record<string, Tensor>>,
    sequences: readonly ArrayLike<number>[],
    take: Take,
  ): Promise<void> {
    const { rows, context } = this.#shape
    const width = widthFor(
      sequences.reduce((longest, { length }) => Math.max(longest, length), 0),
      context,
    )
    const { executable, batch } = await this.#compiled(width)
    for (const members of batchesOf(sequences, { rows, width })) {
      const placed = fillPacked(batch, sequences, members)
      const outputs = await executable.run({ ...weights, ...batch.feeds })
      for (const { index, at } of placed) take(outputs, at, index)
    }
  }

  async dispose(): Promise<void> {
    for (const { executable } of this.#widths.values()) await executable.dispose()
    this.#widths.clear()
  }

  async #compiled(width: number) {
    const known = this.#widths.get(width)
    if (known !== undefined) return known
    const { vocab, rows, threads } = this.#shape
    const graph = withSegments(bind(this.#graph, { vocab, batch: rows, time: width }))
    const made = { executable: await this.#engine.compile(graph, { threads }), batch: makePacked(rows, width) }
    this.#widths.set(width, made)
    return made
  }
}
