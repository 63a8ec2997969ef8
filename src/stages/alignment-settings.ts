/** Settings that the kinds which train on preferences share. */

import type { JsonObject } from '../core/json.ts'
import type { SettingSchema } from '../core/kind.ts'
import { optimizerSetting } from './pretrain.ts'

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
