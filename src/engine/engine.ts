/** What an engine does: take a tensor graph whose sizes are numbers, and compute it. */

import type { Graph } from '../model/graph.ts'

/** A tensor in memory, row-major. */
export type Tensor =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }

export interface CompileOptions {
  readonly threads: number
}

export interface Engine {
  /** `onnx`, `tfjs`. */
  readonly name: string
  /** What it computes with, for people: `ONNX Runtime 1.30.0, CPU`. */
  readonly description: string
  /** Prepares a graph with no symbols left (see src/model/bind.ts). Weights are fed like inputs, by name. */
  compile(graph: Graph, options: CompileOptions): Promise<Executable>
}

export interface Executable {
  /**
   * Computes the outputs. `feeds` holds a tensor for every input and weight. An output named in `into` is written to that
   * tensor's memory; others are allocated. That memory may be a feed's only where the feed is one term of the sum that the output is, and is
   * used for nothing else.
   */
  run(feeds: Readonly<Record<string, Tensor>>, into?: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>
  dispose(): Promise<void>
}
