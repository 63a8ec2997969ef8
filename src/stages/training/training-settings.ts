/** Settings that the kinds which train share. */

import type { JsonObject } from '../../core/json.ts'
import type { Doubt } from '../../core/kind.ts'
import type { Continues } from '../../core/resources.ts'
import type { SettingSchema } from '../../core/setting.ts'
import { defaultEngine, engineNames } from '../../engine/names.ts'
import { type Schedule, sharedSteps, warmupWarning } from '../../train/step/schedule.ts'

const warmup: SettingSchema = {
  type: 'integer',
  minimum: 0,
  default: 0,
  unit: 'count',
  description: 'Steps through which the learning rate rises.',
}

const floor: SettingSchema = {
  type: 'number',
  minimum: 0,
  maximum: 1,
  default: 0.1,
  unit: 'fraction',
  description: 'Where the learning rate ends, as a fraction of its peak.',
}

export const optimizerSetting: SettingSchema = {
  description: 'How gradients change weights.',
  default: { call: 'adamw', lr: 1e-3, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0.1 },
  calls: {
    adamw: {
      description: 'AdamW (Loshchilov and Hutter 2019); matrices decay, gains and biases do not.',
      positional: ['lr'],
      properties: {
        lr: { type: 'number', exclusiveMinimum: 0, default: 1e-3, description: 'The learning rate at its peak.' },
        betas: {
          type: 'array',
          items: { type: 'number', minimum: 0, exclusiveMaximum: 1, description: 'How slowly a mean moves.' },
          minItems: 2,
          maxItems: 2,
          default: [0.9, 0.95],
          description: 'How slowly the means of the gradient and of its square move.',
        },
        eps: {
          type: 'number',
          exclusiveMinimum: 0,
          default: 1e-8,
          description: 'Added to the root of the mean square.',
        },
        weight_decay: { type: 'number', minimum: 0, default: 0.1, description: 'How much weights shrink.' },
      },
    },
  },
}

export const scheduleSetting: SettingSchema = {
  description: 'How the learning rate goes over the steps.',
  default: { call: 'cosine', warmup: 0, floor: 0.1 },
  calls: {
    constant: { description: 'The same throughout.', properties: { warmup } },
    linear: { description: 'Down in a line.', properties: { warmup, floor } },
    cosine: { description: 'Down along half a cosine (Loshchilov and Hutter 2017).', properties: { warmup, floor } },
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
          description: 'The last fraction of the steps, in which it goes down.',
        },
        floor,
      },
    },
  },
}

/** AdamW with defaults of its own, whether it is written or not. */
export function adamwSetting(defaults: {
  readonly lr: number
  readonly eps: number
  readonly weight_decay: number
}): SettingSchema {
  const { adamw } = optimizerSetting.calls!
  const properties = Object.fromEntries(
    Object.entries(adamw!.properties).map(([name, schema]) => {
      const own = (defaults as JsonObject)[name]
      return [name, own === undefined ? schema : { ...schema, default: own }]
    }),
  )
  const whole = { call: 'adamw', betas: [0.9, 0.95], ...defaults }
  return { ...optimizerSetting, default: whole, calls: { adamw: { ...adamw!, properties } } }
}

/** The settings that every training ends with. */
export const trainingSettings = {
  engine: { type: 'string', enum: engineNames, default: defaultEngine, description: 'What computes.' },
  checkpoint_every: {
    type: 'number',
    unit: 'seconds',
    minimum: 0,
    default: 30,
    hint: true,
    description:
      'Time between checkpoints, at least: where one takes long, they are further apart, and take 3% of the time at most. 0 saves after each step.',
  },
  log_every: {
    type: 'integer',
    minimum: 1,
    default: 10,
    hint: true,
    unit: 'count',
    description: 'Steps between reports.',
  },
} as const satisfies Readonly<Record<string, SettingSchema>>

/** The greatest norm of a step's gradients. */
export const normSetting: SettingSchema = {
  type: 'number',
  exclusiveMinimum: 0,
  default: 1,
  description: 'The greatest norm of all gradients together; larger ones are scaled down.',
}

/** How training takes the machine: all its cores, and some memory. */
export const trainingResources = () => ({ cpus: 64, memory: 2 * 1024 ** 3 })

/** For kinds with `steps` and a `schedule`: a warm-up that is not over when the training is. */
export function warmupDoubts(params: JsonObject): readonly Doubt[] {
  const message = warmupWarning(params.schedule as unknown as Schedule, params.steps as number)
  return message === undefined ? [] : [{ at: 'schedule.warmup', message, help: 'Make it a few per cent of the steps.' }]
}

/** What does not matter to the steps that `sharedSteps` counts. */
const notInSharedSteps = ['params.steps', ...['call', 'decay', 'floor'].map((name) => `params.schedule.${name}`)]

/** For kinds with `steps` and a `schedule`: more steps under one that does not go by their number go on with what fewer left. */
export function continuesWithMoreSteps(params: JsonObject): Continues | undefined {
  const until = sharedSteps(params.schedule as unknown as Schedule, params.steps as number)
  return until === 0 ? undefined : { without: notInSharedSteps, until }
}
