/** Settings of the kinds that generate text. */

import type { SettingSchema } from '../../core/kind/setting.ts'
import type { Sampling } from '../../train/generation/sampling.ts'

/** How tokens are sampled. */
export const samplingSettings = {
  temperature: {
    type: 'number',
    minimum: 0,
    default: 1,
    description:
      'Divides the logits: values below 1 make likely tokens more likely, and 0 always takes the most likely token.',
  },
  top_k: {
    type: 'integer',
    minimum: 0,
    default: 0,
    unit: 'count',
    description: 'Keeps the k most likely tokens; 0 keeps all.',
  },
  top_p: {
    type: 'number',
    exclusiveMinimum: 0,
    maximum: 1,
    default: 1,
    unit: 'fraction',
    description: 'Keeps the most likely tokens that together have this probability (Holtzman et al. 2020).',
  },
  min_p: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    default: 0,
    unit: 'fraction',
    description:
      'Keeps tokens whose probability is at least this fraction of the most likely token’s (Nguyen et al. 2024).',
  },
  repetition_penalty: {
    type: 'number',
    minimum: 1,
    default: 1,
    description: 'Divides the logits of tokens that already occur, or multiplies negative ones (Keskar et al. 2019).',
  },
} as const satisfies Readonly<Record<string, SettingSchema>>

export const maxTokensSetting = (byDefault: number) =>
  ({
    type: 'integer',
    minimum: 1,
    default: byDefault,
    unit: 'count',
    description: 'The most tokens of an answer, which ends at the end of the context at the latest.',
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
