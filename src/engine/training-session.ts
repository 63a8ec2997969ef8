/** Training where the engine computes: the interface that the training loops use, whether the host or a device holds the weights. */

import type { Graph } from '../model/graph.ts'
import type { Compiler, Tensors } from './engine.ts'
import type { Precision } from './names.ts'

/** AdamW of Loshchilov and Hutter 2019. */
export interface AdamWSettings {
  /** The learning rate at its peak. */
  readonly lr: number
  readonly betas: readonly number[]
  readonly eps: number
  readonly weight_decay: number
}

/** The place of one weight in the flat array of all learned weights. */
export interface ParameterSlot {
  readonly name: string
  readonly shape: readonly number[]
  /** Index of its first number. */
  readonly start: number
  readonly size: number
  /** Whether AdamW decays it. Slots that decay come first. */
  readonly decay: boolean
}

/** Weights begin at multiples of this many numbers: a cache line, and a multiple of the kernels' groups of four. */
const alignment = 16

/** The index at which the slot after this one begins. */
export function endOf({ start, size }: Pick<ParameterSlot, 'start' | 'size'>): number {
  return start + Math.ceil(size / alignment) * alignment
}

/** The length of an array with these slots. */
export function spanOf(slots: readonly ParameterSlot[]): number {
  const last = slots.at(-1)
  return last === undefined ? 0 : endOf(last)
}

/** The length of the part that decays, at the beginning of the array. */
export function decayedSpan(slots: readonly ParameterSlot[]): number {
  return spanOf(slots.filter((slot) => slot.decay))
}

export interface TrainOptions {
  /** The weights that are learned, as laid out by layOut. */
  readonly slots: readonly ParameterSlot[]
  /** The other weights of the objective: they stay as they are. */
  readonly frozen: Tensors
  /** Weights that will be fed to executables of the session, such as those of a reference: the session leaves room for them. Default none. */
  readonly beside?: Tensors | undefined
  readonly optimizer: AdamWSettings
  /** The format of products and of the numbers between them; default float32. The engine has it among its `dtypes`. */
  readonly precision?: Precision | undefined
  /** Seeds the masks of dropout. */
  readonly seed: number
  /** Whether each step has one batch: its gradients then replace those before, and `clear` does nothing. */
  readonly single: boolean
  readonly threads: number
  /** The number of GPUs reserved for the training; default 0. */
  readonly gpus?: number | undefined
  /**
   * The objective over some of the rows of a batch, for sessions that divide batches. The loss of a batch is the sum of the losses of its
   * parts, and rows of zeros add nothing to it. `undefined`: batches of the objective cannot be divided; processes take them in turn.
   */
  readonly divide?: ((rows: number) => Graph) | undefined
  /**
   * Whether layers are computed again for their gradients, instead of keeping their results: the same numbers in less memory and more
   * time. Default: if the memory of the device would not suffice otherwise.
   */
  readonly recompute?: boolean | undefined
  /**
   * How processes share the weights: each has all of them and a part of the moments (`moments`), or a part of everything, and a whole layer
   * only while it computes the layer (`weights`). Default: `weights` if weights, gradients and moments would not fit the device otherwise.
   */
  readonly shard?: 'moments' | 'weights' | undefined
  /** The most batches of a step: no more processes than these take batches in turn. Default 1. */
  readonly batches?: number | undefined
  /** The number of rows that are computed at once, where batches are divided. Default: as many as fit the memory of the device. */
  readonly microBatch?: number | undefined
}

/** Writes the initial weights of a slot to `values`, which has the size of the slot. */
export type FillSlot = (slot: ParameterSlot, values: Float32Array) => void

/** Texts by name, kept beside the tensors of a file. */
export type Metadata = Readonly<Record<string, string>>

/** A result that the engine has begun to compute. Reading it waits; until then the engine may be given more work. */
export interface Pending<T> {
  read(): Promise<T>
}

/** One step of AdamW. */
export interface Update {
  /** Counted from 1. */
  readonly step: number
  /** The learning rate of this step. */
  readonly rate: number
  /** The largest norm of the step's gradients: longer ones are scaled down to it. Default: no limit. */
  readonly maxNorm?: number | undefined
  /** How many batches were summed that the step takes the mean of; default 1. */
  readonly batches?: number | undefined
}

/**
 * A training under way. Work is done in the order of the calls; a session may return before it is done, so that the host prepares the
 * next batch meanwhile. Executables that the session compiles read its weights where they are, and take those that are fed instead.
 */
export interface TrainingSession extends Compiler {
  /**
   * Compiles other models, in float32, which the processes of the session compute: all weights are fed. Default: the engine does.
   */
  readonly beside?: Compiler
  /** How many steps it is given before the numbers of the first are read: 0 if its work is done when a call returns. */
  readonly ahead: 0 | 1
  /** How many GPUs compute, of an engine that has them; `undefined` on the host. */
  readonly gpus?: number | undefined
  /** How many processes compute; default 1. */
  readonly processes?: number
  /** Whether these take whole batches in turn, instead of some rows of each. */
  readonly inTurn?: boolean
  /** Sets the weights to initial values, slot by slot. The moments stay 0. */
  fill(values: FillSlot): Promise<void>
  /**
   * The learned weights after all steps so far, by name. They are only valid until the next call that changes them. A device may write them
   * to a file in `folder`, of which large weights are read when their `data` is: take it once for each weight.
   */
  weights(folder: string): Promise<Tensors>
  /**
   * Writes weights and moments to a safetensors file, and syncs it: the float32 tensors `parameters`, `first` and `second`, in the layout
   * of the slots, with `metadata` and, as `digest`, the SHA-256 of their names and bytes. Every session can restore the file.
   */
  save(path: string, metadata: Metadata): Promise<void>
  /** Sets weights and moments to those of a file, and returns its metadata. Changes nothing and returns `undefined` if the file is corrupt. */
  restore(path: string): Promise<Metadata | undefined>
  /** Sets the gradients to 0. */
  clear(): void
  /**
   * Adds the gradients of a batch. Returns once `feeds` may be written again, with all outputs of the objective. The masks of dropout
   * are fixed by the seed and `index`.
   */
  accumulate(feeds: Tensors, index: number): Promise<Pending<Tensors>>
  /** The Euclidean norm of all gradients together, summed in double precision; a device may return it rounded to float32. */
  norm(): Pending<number>
  /** Takes a step of AdamW. */
  update(update: Update): Promise<void>
  /** Frees what only training needs. Weights, and executables that read them, stay. */
  finish(): Promise<void>
  /** Frees everything, also the executables that it compiled. */
  dispose(): Promise<void>
}
