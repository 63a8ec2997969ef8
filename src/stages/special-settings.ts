/** The settings of special tokens, which all kinds that make a tokenizer have in common. */

import type { SettingSchema } from '../core/kind.ts'

/** The special token that ends a document; `''` as the default means that there is none. */
export function endOfTextSetting(byDefault: string): SettingSchema {
  return {
    type: 'string',
    default: byDefault,
    description: 'The special token that stands after each document; "" for none.',
  }
}

export const specialSetting: SettingSchema = {
  type: 'array',
  items: { type: 'string', minLength: 1, description: 'The text of a special token.' },
  default: [],
  description: 'Further special tokens. They are never made of ordinary text, even where it spells them out.',
}
