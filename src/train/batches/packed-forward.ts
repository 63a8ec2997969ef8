/** Runs a model's graph over sequences of any length and number, packed into rows. */

import type { Compiler, Executable, Tensors } from '../../engine/engine.ts'
import { withSegments } from '../../model/attention/segments.ts'
import { bind } from '../../model/bind.ts'
import type { Graph } from '../../model/graph.ts'
import {
  batchesOfRows,
  fillPacked,
  makePacked,
  type PackedBatch,
  type ReadTokens,
  tokensRead,
  widthFor,
} from './packed.ts'
import { fillRows } from './rows.ts'

export interface ForwardShape {
  /** The size of the tokenizer, for a model that leaves it open. */
  readonly vocab: number
  /** Rows computed at once; with several processes, the most that each computes. */
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
  readonly #forms = new Map<string, { readonly executable: Executable; readonly batch: PackedBatch }>()

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
    const { read = 'all' } = this.#shape
    const lengths = sequences.map(({ length }) => tokensRead(length, read))
    const width = this.#widthFor(lengths)
    const rows = fillRows(lengths, width)
    const { executable, batch } = await this.#compiled(width, rows.length)
    for (const members of batchesOfRows(rows, batch.rows)) {
      const placed = fillPacked(batch, sequences, members, read)
      const outputs = await executable.run({ ...weights, ...batch.feeds })
      for (const { index, at } of placed) yield { outputs, index, at }
    }
  }

  async dispose(): Promise<void> {
    for (const { executable } of this.#forms.values()) await executable.dispose()
    this.#forms.clear()
  }

  /** Compiles the graph for many rows of `width`, unless that is done. */
  async prepare(width: number): Promise<void> {
    await this.#compiled(width, Number.POSITIVE_INFINITY)
  }

  #widthFor(lengths: readonly number[]): number {
    const { width } = this.#shape
    if (typeof width === 'number') return width
    return widthFor(
      lengths.reduce((max, length) => Math.max(max, length), 0),
      width.context,
    )
  }

  /** The graph for `count` rows of `width`, or as many of them as are computed at once. Several processes have a share of the rows each. */
  async #compiled(width: number, count: number) {
    const { vocab, rows: most, threads } = this.#shape
    const { ways = 1 } = this.#compiler
    const each = ways === 1 ? most : Math.max(1, Math.min(most, Math.ceil(count / ways)))
    const key = `${width} ${each}`
    const known = this.#forms.get(key)
    if (known !== undefined) return known
    const graph = withSegments(bind(this.#graph, { vocab, batch: each, time: width }))
    const batch = makePacked(ways * each, width)
    const options = ways === 1 ? { threads } : { threads, divided: Object.keys(batch.feeds) }
    const compiled = { executable: await this.#compiler.compile(graph, options), batch }
    this.#forms.set(key, compiled)
    return compiled
  }
}
