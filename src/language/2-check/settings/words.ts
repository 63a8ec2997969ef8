/** Settings that take one of a few words, and the values of settings in words for messages. */

import type { Span } from '../../../../grammar/span.ts'
import type { SettingSchema } from '../../../core/setting.ts'
import { didYouMean } from '../../messages/more.ts'
import { unknownChoice } from '../../messages/settings.generated.ts'
import { reportShadow } from '../documents/condition.ts'
import { type Env, report } from '../env.ts'
import { unitInWords } from '../values/values.ts'
import type { SettingPath } from './path.ts'

/** Reports a binding of the program that has the name of a choice, since nothing could refer to the binding here. */
export function reportHidden(env: Env, word: string, span: Span, path: SettingPath): void {
  const hidden = env.locals.get(word)?.span ?? env.module.scope.get(word)?.at
  if (hidden) reportShadow(env, word, hidden, span, `a choice for \`${path.path}\``)
}

export function reportUnknownChoice(env: Env, schema: SettingSchema, got: string, span: Span, path: SettingPath): void {
  const groups = Object.keys(schema.calls ?? {}).map((name) => `${name}(…)`)
  const choices = [...(schema.enum ?? []), ...groups].join(', ')
  const near = didYouMean(got, schema.enum ?? [], `Choices: ${choices}.`)
  report(env, unknownChoice(span, { got, setting: path.path, choices }, near))
}

/** The values that a setting takes, in words: `a whole number`, `one of exact, minhash`. */
export function expectedInWords(schema: SettingSchema): string {
  const groups = Object.keys(schema.calls ?? {}).map((name) => `${name}(…)`)
  const words = [...(schema.enum ?? []), ...groups]
  if (words.length > 0) return `one of ${words.join(', ')}${schema.orString ? ' or a text' : ''}`
  switch (schema.type) {
    case 'integer':
      return schema.unit === 'bytes' || schema.unit === 'seconds' ? unitInWords(schema.unit) : 'a whole number'
    case 'number':
      return schema.unit === undefined ? 'a number' : unitInWords(schema.unit)
    case 'string':
      return schema.template ? 'a template' : 'a text'
    case 'boolean':
      return 'true or false'
    case 'array':
      return 'a list'
    default:
      return schema.expression ? 'a condition' : 'a value'
  }
}
