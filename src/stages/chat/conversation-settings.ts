/** Settings of the kinds that make prompts of the fields of documents. */

import type { SettingSchema } from '../../core/setting.ts'

const holes = 'its {holes} are fields of a document, `{word}`, `{answer.text}` or `{"my field"}`.'

export const promptSetting = {
  type: 'string',
  template: true,
  minLength: 1,
  description: `What the user says; ${holes}`,
} as const satisfies SettingSchema

export const systemSetting = {
  type: 'string',
  template: true,
  optional: true,
  description: `A system message before it; ${holes}`,
} as const satisfies SettingSchema

export const responseSetting = {
  type: 'string',
  template: true,
  minLength: 1,
  description: `What the assistant answers; ${holes}`,
} as const satisfies SettingSchema
