/** Settings that the kinds which train have in common. */

import type { Doubt } from '../../../core/kind/kind.ts'
import { type Mixture, sharedByMixture } from '../../../core/kind/mixture.ts'
import type { Continues } from '../../../core/kind/resources.ts'
import type { SettingSchema } from '../../../core/kind/setting.ts'
import { defaultEngine, engineNames, precisions } from '../../../engine/names.ts'
import { type Schedule, sharedSteps, warmupWarning } from '../../../train/step/schedule.ts'

const warmup = {
  type: 'number',
  minimum: 0,
  default: 0,
  countOrPart: true,
  description:
    'The steps in which the learning rate rises to its peak: a number of them (100), or a part of all steps (3%).',
} as const satisfies SettingSchema

const floor = {
  type: 'number',
  minimum: 0,
  maximum: 1,
  default: 0.1,
  unit: 'fraction',
  description: 'The learning rate at the end, as a fraction of its peak.',
} as const satisfies SettingSchema

/** AdamW. The defaults hold both for calls without the setting and for the arguments of `adamw(…)`. */
export const adamwSetting = (defaults: {
  readonly lr: number
  readonly betas?: readonly [number, number]
  readonly eps: number
  readonly weight_decay: number
}) => {
  const { lr, betas = [0.9, 0.95], eps, weight_decay } = defaults
  return {
    description: 'How gradients change the weights.',
    default: { call: 'adamw', lr, betas, eps, weight_decay },
    calls: {
      adamw: {
        description: 'AdamW (Loshchilov and Hutter 2019). Matrices decay; gains and biases do not.',
        positional: ['lr'],
        properties: {
          lr: { type: 'number', exclusiveMinimum: 0, default: lr, description: 'The learning rate at its peak.' },
          betas: {
            type: 'array',
            items: { type: 'number', minimum: 0, exclusiveMaximum: 1, description: 'The decay rate of a mean.' },
            minItems: 2,
            maxItems: 2,
            default: betas,
            description: 'The decay rates of the running means of the gradient and of its square.',
          },
          eps: {
            type: 'number',
            exclusiveMinimum: 0,
            default: eps,
            description: 'Added to the root of the mean square, against division by 0.',
          },
          weight_decay: {
            type: 'number',
            minimum: 0,
            default: weight_decay,
            description: 'How much weights shrink: each step takes lr · weight_decay of them.',
          },
        },
      },
    },
  } as const satisfies SettingSchema
}

export const scheduleSetting = {
  description: 'How the learning rate changes over the steps.',
  default: { call: 'cosine', warmup: 0, floor: 0.1 },
  calls: {
    constant: { description: 'The same rate in every step.', properties: { warmup } },
    linear: { description: 'Falls in a line.', properties: { warmup, floor } },
    cosine: { description: 'Falls along half a cosine (Loshchilov and Hutter 2017).', properties: { warmup, floor } },
    wsd: {
      description: 'Warm-up, stable, decay (Hu et al. 2024).',
      properties: {
        warmup,
        decay: {
          type: 'number',
          minimum: 0,
          maximum: 1,
          default: 0.2,
          unit: 'fraction',
          description: 'The fraction of the steps, at the end, in which the rate falls.',
        },
        floor,
      },
    },
  },
} as const satisfies SettingSchema

/** A schedule that falls in a line to 0 unless a call gives another. */
export const linearSchedule = { ...scheduleSetting, default: { call: 'linear', warmup: 0, floor: 0 } } as const

/** The settings that every training ends with. */
export const trainingSettings = {
  engine: { type: 'string', enum: engineNames, default: defaultEngine, description: 'The engine that computes.' },
  precision: {
    type: 'string',
    enum: precisions,
    default: 'float32',
    keepsKeys: true,
    description:
      'The format of products and of the numbers between them. bfloat16 is faster on GPUs; weights, norms, softmax and losses stay float32.',
  },
  recompute: {
    type: 'boolean',
    optional: true,
    hint: true,
    description:
      'Whether the engine torch computes layers again for their gradients instead of keeping their results: the same numbers in less memory and more time, because the forward pass of the layers runs twice. By default it does if the GPU is estimated to have too little memory otherwise.',
  },
  shard: {
    type: 'string',
    enum: ['moments', 'weights'],
    optional: true,
    hint: true,
    description:
      'How the GPUs of the engine torch share a model: each has all weights and a part of the moments (`moments`), or a part of everything, and a whole layer only while it computes the layer (`weights`): less memory, and more to send. By default `weights` if weights, gradients and moments are estimated not to fit a GPU.',
  },
  checkpoint_every: {
    type: 'number',
    unit: 'seconds',
    minimum: 0,
    default: 30,
    hint: true,
    description:
      'The least time between checkpoints. Slow checkpoints are further apart, so that they take at most 3% of the time. 0 saves one after each step.',
  },
  log_every: {
    type: 'integer',
    minimum: 1,
    default: 10,
    hint: true,
    unit: 'count',
    description: 'The number of steps between reports.',
  },
} as const satisfies Readonly<Record<string, SettingSchema>>

export const normSetting = {
  type: 'number',
  exclusiveMinimum: 0,
  default: 1,
  description: 'The greatest norm of all gradients of a step together; larger gradients are scaled down to it.',
} as const satisfies SettingSchema

/** The batch size of kinds whose steps learn from whole examples. */
export const batchSetting = (description: string) =>
  ({ type: 'integer', minimum: 1, default: 16, unit: 'count', description }) as const satisfies SettingSchema

export const epochsSetting = (byDefault: number, description: string) =>
  ({ type: 'integer', minimum: 1, default: byDefault, unit: 'count', description }) as const satisfies SettingSchema

export const heldOutSetting = (byDefault: number, description: string) =>
  ({
    type: 'number',
    minimum: 0,
    exclusiveMaximum: 1,
    default: byDefault,
    unit: 'fraction',
    description,
  }) as const satisfies SettingSchema

export const seedSetting = (description: string) =>
  ({ type: 'integer', default: 1, description }) as const satisfies SettingSchema

/** Training uses all cores of the machine. */
export const trainingResources = () => ({ cpus: 64, memory: 2 * 1024 ** 3 })

interface Scheduled {
  readonly schedule: Schedule
  /** `undefined` if only the run knows it: the training counts epochs. */
  readonly steps?: number
}

/** A warning about a warm-up that does not end within the training. */
export function warmupDoubts({ schedule, steps }: Scheduled): readonly Doubt[] {
  const message = steps === undefined ? undefined : warmupWarning(schedule, steps)
  if (message === undefined) return []
  return [{ at: 'schedule.warmup', message, help: 'Make it a few per cent of the steps: `warmup: 3%`.' }]
}

/** The components of a key that do not affect the steps that `sharedSteps` counts. */
const notInSharedSteps = ['params.steps', ...['call', 'decay', 'floor'].map((name) => `params.schedule.${name}`)]

/**
 * A longer training under a schedule and with a mixture that do not depend on the number of steps continues the shorter one. A training that
 * counts epochs continues none: the plan does not know its steps.
 */
export function continuesWithMoreSteps({ schedule, steps }: Scheduled, mixture?: Mixture): Continues | undefined {
  if (steps === undefined) return undefined
  const until = Math.min(sharedSteps(schedule, steps), mixture === undefined ? steps : sharedByMixture(mixture, steps))
  return until === 0 ? undefined : { without: notInSharedSteps, until }
}
