/** Settings that the kinds which learn from rankings have in common: reward_model and dpo. */

import type { SettingSchema } from '../../../core/kind/setting.ts'

export const preferenceLossSetting = {
  type: 'string',
  enum: ['bradley_terry', 'plackett_luce'],
  default: 'bradley_terry',
  description:
    'The model of preferences: bradley_terry compares all pairs of a ranking, plackett_luce each answer with all worse ones. They are the same for rankings of two answers.',
} as const satisfies SettingSchema

export const answerTooLongSetting = {
  type: 'string',
  enum: ['drop', 'cut_start'],
  default: 'drop',
  description: 'Whether an answer that does not fit with its prompt is left out, or the prompt loses its beginning.',
} as const satisfies SettingSchema
