/** Runs a model's graph over sequences of any length and number, packed into rows. */

import type { Compiler, Executable, Tensors } from '../../engine/engine.ts'
import { bind } from '../../model/bind.ts'
import type { Graph } from '../../model/graph.ts'
import { withSegments } from '../../model/segments.ts'
import {
  fillPacked,
  makePacked,
  type PackedBatch,
  packedBatches,
  type ReadTokens,
  tokensRead,
  widthFor,
} from './packed.ts'

export interface ForwardShape {
  /** The size of the tokenizer, for a model that leaves it open. */
  readonly vocab: number
  /** Rows computed at once. */
  readonly rows: number
  /** The width of the rows, or the context of the model: rows then are as wide as the longest sequence needs. */
  readonly width: number | { readonly context: number }
  /** Which tokens of a sequence the model reads; default all. */
  readonly read?: ReadTokens
  readonly threads: number
}

/** The outputs for one sequence: `at` is the place of its first token in each output [rows, time], flat. */
export interface SequenceOutputs {
  readonly outputs: Tensors
  readonly index: number
  readonly at: number
}

export class PackedForward {
  readonly #compiler: Compiler
  readonly #graph: Graph
  readonly #shape: ForwardShape
  readonly #widths = new Map<number, { readonly executable: Executable; readonly batch: PackedBatch }>()

  /** For a graph with the symbols `batch`, `time` and perhaps `vocab`. It is compiled for a width when that is first needed. */
  constructor(compiler: Compiler, graph: Graph, shape: ForwardShape) {
    this.#compiler = compiler
    this.#graph = graph
    this.#shape = shape
  }

  /**
   * Runs all sequences, and yields the outputs of each, not in their order. The outputs are valid until the next is asked for. Throws a
   * RangeError if a sequence is too long.
   */
  async *run(weights: Tensors, sequences: readonly ArrayLike<number>[]): AsyncGenerator<SequenceOutputs> {
    const { rows, read = 'all' } = this.#shape
    const lengths = sequences.map(({ length }) => tokensRead(length, read))
    const width = this.#widthFor(lengths)
    const batches = packedBatches(lengths, { rows, width })
    const { executable, batch } = await this.#compiled(width)
    for (const members of batches) {
      const placed = fillPacked(batch, sequences, members, read)
      const outputs = await executable.run({ ...weights, ...batch.feeds })
      for (const { index, at } of placed) yield { outputs, index, at }
    }
  }

  async dispose(): Promise<void> {
    for (const { executable } of this.#widths.values()) await executable.dispose()
    this.#widths.clear()
  }

  /** Compiles the graph for rows of `width`, unless that is done. */
  async prepare(width: number): Promise<void> {
    await this.#compiled(width)
  }

  #widthFor(lengths: readonly number[]): number {
    const { width } = this.#shape
    if (typeof width === 'number') return width
    return widthFor(
      lengths.reduce((max, length) => Math.max(max, length), 0),
      width.context,
    )
  }

  async #compiled(width: number) {
    const known = this.#widths.get(width)
    if (known !== undefined) return known
    const { vocab, rows, threads } = this.#shape
    const graph = withSegments(bind(this.#graph, { vocab, batch: rows, time: width }))
    const compiled = { executable: await this.#compiler.compile(graph, { threads }), batch: makePacked(rows, width) }
    this.#widths.set(width, compiled)
    return compiled
  }
}
