/** The interface of engines: they compute tensor graphs whose sizes are numbers, and may train on memory of their own. */

import type { CompositeOp } from '../model/gradients/expand.ts'
import type { Graph } from '../model/graph.ts'
import type { TrainingSession, TrainOptions } from './training-session.ts'

/** A tensor in host memory, row-major. */
export type Tensor =
  | { readonly dtype: 'float32'; readonly shape: readonly number[]; readonly data: Float32Array }
  | { readonly dtype: 'int32'; readonly shape: readonly number[]; readonly data: Int32Array }

/** Tensors by the names of inputs, weights or outputs. */
export type Tensors = Readonly<Record<string, Tensor>>

/** Formats of numbers that an engine may compute in. */
export type NumberFormat = 'float32' | 'bfloat16' | 'float16' | 'int32'

export interface CompileOptions {
  readonly threads: number
  /**
   * Inputs whose rows, their first axis, the processes of a session divide. The graph then has the rows of one process; these inputs and all
   * outputs have `ways` times as many. Default: one process computes, or all compute the same.
   */
  readonly divided?: readonly string[]
}

/** Compiles graphs: an engine, whose executables are fed all weights, or a training session, whose executables read its own. */
export interface Compiler {
  /** How many processes divide rows: see CompileOptions. Default 1. */
  readonly ways?: number
  /** Prepares a graph with no symbols left (see src/model/bind.ts). */
  compile(graph: Graph, options: CompileOptions): Promise<Executable>
  /**
   * An empty memory for the keys and values of `texts` texts with room for `room` tokens each, kept where the engine computes. `graph`
   * is one with a past (see src/model/attention/past.ts). If the graph has fewer texts, they are those of one process. A compiler without this method leaves the memory to the host: generation/memory.ts.
   */
  remember?(graph: Graph, texts: number, room: number): KeyValueMemory
}

/** The rows of packed sequences that a device computes best at once, and the most bytes that their results may take. */
export interface RowLimits {
  readonly rows: number
  readonly bytes: number
}

export interface Engine extends Compiler {
  /**
   * The limits of batches whose results do not depend on their division, but for rounding. Default: those of a machine without a GPU
   * (train/batches/rows.ts).
   */
  readonly atOnce?: RowLimits
  /** Starts `count` more engines that compute the same, each on another device of this machine. Default: there is only one device. */
  others?(count: number): Promise<readonly Engine[]>
  /** How many devices a stage may use that reserves `gpus`; default 1. */
  devices?(gpus: number): number
  /** Its name in programs: `onnx`. */
  readonly name: string
  /** The runtime and the device, for people: `ONNX Runtime 1.30.0, CPU`. */
  readonly description: string
  /** The formats that it computes in; all engines have float32 and int32, the formats of host tensors. */
  readonly dtypes: ReadonlySet<NumberFormat>
  /** Whether it copies a weight that is fed to its device once, so that a change in place has no effect. Default: it reads it in every run. */
  readonly copies?: boolean
  /** Composite operations that it computes whole, with their gradients; it expands the others (see src/model/gradients/expand.ts). */
  readonly fused: ReadonlySet<CompositeOp>
  /**
   * Trains on memory of the engine: weights, gradients and moments stay there. `objective` is bound to numbers, has the output `loss` []
   * and is not yet differentiated. Without this method the host trains: train/step/host-session.ts, over `compile`.
   */
  train?(objective: Graph, options: TrainOptions): Promise<TrainingSession>
}

export interface Executable {
  /**
   * Computes the outputs. `feeds` holds a tensor for every input, and for every weight that the compiler does not hold itself. An output
   * named in `into` is written to that tensor's memory; others are allocated. That memory may be a feed's only if the feed is one term
   * of the sum that the output is, and is used for nothing else. An engine with `copies` reads a weight once: later runs that are fed the same
   * tensor use the copy.
   */
  run(feeds: Tensors, into?: Tensors): Promise<Record<string, Tensor>>
  dispose(): Promise<void>
}

/** How the next tokens of texts are drawn: settings of Sampling in src/train/generation/sampling.ts, which explains them. */
export interface TokenDrawing {
  readonly temperature: number
  readonly topK: number
  readonly topP: number
  readonly minP: number
  /** No id from `end` on is drawn, nor any of `holes`. */
  readonly end: number
  readonly holes: readonly number[]
  /** Whether to compute log-probabilities. */
  readonly logProbabilities: boolean
  /** A random number in [0, 1) for each text; of no effect for a temperature of 0 and for texts that have ended. */
  readonly uniforms: readonly number[]
}

/** Keys and values of the texts that a model is writing, so that no token is computed twice. */
export interface KeyValueMemory {
  /** How many tokens of each text it holds. */
  readonly filled: readonly number[]
  /** How many tokens of each text it has room for. */
  readonly room: number
  /** Whether `step` and `read` take a drawing, so that logits need not leave the device. Default: they do not. */
  readonly draws?: boolean
  /**
   * Runs a graph with a past of `room` on the next token of each text, and keeps the keys and values of text i if `counts[i]` is 1.
   * Returns the outputs; those of keys and values may be missing. With `drawing`, the output `logits` [texts, 1, vocab] is replaced by
   * `ids` [texts], int32, drawn from them and, if asked for, `logProbabilities` [texts], in nats.
   */
  step(
    executable: Executable,
    feeds: Tensors,
    counts: readonly number[],
    drawing?: TokenDrawing,
  ): Promise<Record<string, Tensor>>
  /** The same for a graph without a past on whole prompts: the first `counts[i]` keys and values of text i are kept. */
  read(
    executable: Executable,
    feeds: Tensors,
    counts: readonly number[],
    drawing?: TokenDrawing,
  ): Promise<Record<string, Tensor>>
  /** A memory of the texts at these indices, with room for `room` tokens each. This one is not used any more. */
  select(texts: readonly number[], room: number): KeyValueMemory
}
