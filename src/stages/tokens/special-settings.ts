/** The settings of special tokens, for all kinds that make a tokenizer. */

import type { Misfit } from '../../core/kind/kind.ts'
import type { SettingSchema } from '../../core/kind/setting.ts'
import { type SpecialTokens, specialByte } from '../../text/special.ts'

/** The special token that ends a document. A default of `''` means none. */
export function endOfTextSetting(byDefault: string) {
  return {
    type: 'string',
    default: byDefault,
    description: 'The special token after each document; "" for none.',
  } as const satisfies SettingSchema
}

export const specialSetting = {
  type: 'array',
  items: { type: 'string', minLength: 1, description: 'The text of a special token.' },
  default: [],
  description: 'Further special tokens. Ordinary text never becomes one, even if it spells one out.',
} as const satisfies SettingSchema

/** The error in the special tokens of a byte tokenizer; `undefined` if there is none. */
export function specialProblem(special: SpecialTokens): Misfit | undefined {
  const byte = specialByte(special)
  if (byte === undefined) return undefined
  return {
    code: 'invalid-setting',
    at: byte === special.endOfText ? 'end_of_text' : 'special',
    message: `the special token ${JSON.stringify(byte)} is a single character, which is how tokenizer.json writes a byte`,
    help: `Give it a text of its own: "<|${byte}|>".`,
  }
}
