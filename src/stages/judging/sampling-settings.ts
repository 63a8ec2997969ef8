/** Settings of the kinds that let a model write. */

import type { SettingSchema } from '../../core/setting.ts'
import type { Sampling } from '../../train/generation/sampling.ts'

/** How tokens are drawn. */
export const samplingSettings = {
  temperature: {
    type: 'number',
    minimum: 0,
    default: 1,
    description: 'Logits are divided by it: below 1 it is less daring; 0 takes the likeliest token always.',
  },
  top_k: {
    type: 'integer',
    minimum: 0,
    default: 0,
    unit: 'count',
    description: 'Only the k likeliest tokens; 0 for all.',
  },
  top_p: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 1,
    default: 1,
    unit: 'fraction',
    description: 'Only the likeliest tokens that together have this probability (Holtzman et al. 2020).',
  },
  min_p: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 0,
    unit: 'fraction',
    description: 'Only tokens so likely, as a share of the likeliest one (Nguyen et al. 2024).',
  },
  repetition_penalty: {
    type: 'number',
    minimum: 1,
    default: 1,
    description:
      'Logits of tokens that are there already are divided by it, or multiplied where below 0 (Keskar et al. 2019).',
  },
} as const satisfies Readonly<Record<string, SettingSchema>>

export const maxTokensSetting = (byDefault: number) =>
  ({
    type: 'integer',
    minimum: 1,
    default: byDefault,
    unit: 'count',
    description: 'The most tokens of an answer; it ends with the context at the latest.',
  }) as const satisfies SettingSchema

interface SamplingValues {
  readonly temperature: number
  readonly top_k: number
  readonly top_p: number
  readonly min_p: number
  readonly repetition_penalty: number
}

/** The sampling of a call. */
export function samplingOf({ temperature, top_k, top_p, min_p, repetition_penalty }: SamplingValues): Sampling {
  return { temperature, topK: top_k, topP: top_p, minP: min_p, repetitionPenalty: repetition_penalty }
}
