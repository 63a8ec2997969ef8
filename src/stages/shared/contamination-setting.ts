/** The setting of the kinds that measure models: whether a run compares the texts to measure on with those that the models learned from. */

import type { SettingSchema } from '../../core/kind/setting.ts'

export const contaminationSetting = {
  type: 'string',
  enum: ['check', 'off'],
  optional: true,
  hint: true,
  description:
    'Whether a run compares the texts to measure on with those that the model has learned from, in a stage of its own (`contamination`); by default it does.',
} as const satisfies SettingSchema
