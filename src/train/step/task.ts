/** The fields that the tasks of all training loops share. */

import type { StageEvent } from '../../core/event.ts'
import type { Engine, Tensors } from '../../engine/engine.ts'
import type { AdamWSettings, TrainOptions } from '../../engine/training-session.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { Schedule } from './schedule.ts'

/** The settings of every optimizer. */
export interface OptimizerSettings {
  readonly optimizer: AdamWSettings
  readonly schedule: Schedule
  readonly seed: number
  readonly precision?: TrainOptions['precision']
}

export interface ClippingSettings {
  /** The largest norm of a step's gradients; longer ones are scaled down to it. Default: no limit. */
  readonly clip?: number | undefined
}

/** Settings that do not change the result. */
export interface TrainingHints {
  /** Seconds between checkpoints, at least; 0 for a checkpoint after each step. */
  readonly checkpoint_every: number
  /** Steps between metrics. */
  readonly log_every: number
  /** Whether the engine computes layers again for their gradients: see TrainOptions. */
  readonly recompute?: boolean | undefined
  /** How processes share the weights: see TrainOptions. */
  readonly shard?: TrainOptions['shard']
}

export interface TrainingTask<Settings extends OptimizerSettings> {
  readonly model: ModelSpec
  readonly settings: Settings
  readonly hints: TrainingHints
  readonly engine: Engine
  readonly threads: number
  /** The number of GPUs reserved for the training; default 0. */
  readonly gpus?: number | undefined
  /** The folder of checkpoints. */
  readonly work: string
  /** The step whose checkpoint is kept for trainings of more steps. */
  readonly keepState?: number | undefined
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

/** A task that starts from the weights of an earlier training. */
export interface TuningTask<Settings extends OptimizerSettings> extends TrainingTask<Settings> {
  /** The weights at the start, by name. */
  readonly weights: Tensors
  /** The size of the tokenizer. */
  readonly vocab: number
}
