/** The memory of a device that a training takes, as the engine torch computes it. */

import { savedNumbers } from '../gradients/saved.ts'
import type { Graph } from '../graph.ts'
import { sizeOf } from '../shape.ts'

/** The most numbers in the logits that are computed at once, for which there are three arrays: src/engine/torch/emit/chunked.ts. */
const logitsAtOnce = 2 ** 26

/** The share of a GPU's memory that a training is fitted to. */
export const usableShare = 0.8

/** Bytes, by purpose. */
export interface TrainingMemory {
  /** In bfloat16 they have a copy in 16 bits. */
  readonly weights: number
  readonly gradients: number
  /** The moments of AdamW. */
  readonly optimizer: number
}

/** The memory of `parameters` weights, of which `learned` are learned. */
export function stateMemory(parameters: number, learned: number, precision: 'float32' | 'bfloat16'): TrainingMemory {
  return { weights: (precision === 'bfloat16' ? 6 : 4) * parameters, gradients: 4 * learned, optimizer: 8 * learned }
}

/**
 * Bytes of weights, gradients and moments on one of `devices` that divide all of them. Beside its part, a device has the weights and gradients of two
 * layers, and those of all weights outside of layers. The moments of `learned` numbers are those of AdamW.
 */
export function dividedMemory(
  weights: readonly { readonly name: string; readonly size: number }[],
  learned: number,
  devices: number,
  precision: 'float32' | 'bfloat16',
): number {
  const sizes = new Map<string, number>()
  for (const { name, size } of weights) {
    // `layers.3` of `layers.3.attention.q.weight`.
    const layer = /^[^.]+\.\d+(?=\.)/.exec(name)?.[0] ?? ''
    sizes.set(layer, (sizes.get(layer) ?? 0) + size)
  }
  const { '': outside = 0, ...layers } = Object.fromEntries(sizes)
  const whole = outside + 2 * Math.max(0, ...Object.values(layers))
  const parameters = outside + Object.values(layers).reduce((sum, size) => sum + size, 0)
  const here = stateMemory(whole, whole, precision)
  return (4 * parameters + 12 * learned) / devices + here.weights + here.gradients
}

/** The most rows, `share` or a half of it or a half of that, with which a part fits the memory of the device; at least one. */
export function rowsThatFit(share: number, fits: (rows: number) => boolean): number {
  let rows = share
  while (rows > 1 && !fits(rows)) rows = Math.ceil(rows / 2)
  return rows
}

/** Bytes of the results that the forward pass of a graph keeps. All sizes of the graph are numbers. */
export function savedBytes(graph: Graph, precision: 'float32' | 'bfloat16'): number {
  return (precision === 'bfloat16' ? 2 : 4) * savedNumbers(graph)
}

/** Bytes of the logits of `rows` tokens while their loss is computed. */
export function logitBytes(rows: number, vocab: number): number {
  return 3 * 4 * Math.min(logitsAtOnce, rows * vocab)
}

/** Bytes of results and logits in a step of an objective, a graph with a loss. All its sizes are numbers. */
export function objectiveBytes(objective: Graph, precision: 'float32' | 'bfloat16'): number {
  const logits = objective.nodes.flatMap(({ op, inputs }) =>
    op === 'log_probability' ? [sizeOf(objective.nodes[inputs[0]!]!.shape)] : [],
  )
  return savedBytes(objective, precision) + logitBytes(1, Math.max(0, ...logits))
}
