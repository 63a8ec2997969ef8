/** Settings of the kinds that make prompts of the fields of documents. */

import type { SettingSchema } from '../../core/kind/setting.ts'

const holes = 'its {holes} are fields of a document, `{word}`, `{answer.text}` or `{"my field"}`.'

export const promptSetting = {
  type: 'string',
  template: true,
  minLength: 1,
  description: `The message of the user; ${holes}`,
} as const satisfies SettingSchema

export const systemSetting = {
  type: 'string',
  template: true,
  optional: true,
  description: `The system message before it; ${holes}`,
} as const satisfies SettingSchema

export const responseSetting = {
  type: 'string',
  template: true,
  minLength: 1,
  description: `The answer of the assistant; ${holes}`,
} as const satisfies SettingSchema
