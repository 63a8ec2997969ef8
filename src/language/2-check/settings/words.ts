/** Settings that take one of a few words, and the values of settings in words for messages. */

import type { Span } from '../../../../grammar/span.ts'
import type { SettingSchema } from '../../../core/kind/setting.ts'
import { didYouMean } from '../../messages/more.ts'
import { unknownChoice } from '../../messages/settings.generated.ts'
import { reportShadow } from '../documents/condition.ts'
import { type Env, report } from '../env.ts'
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
  // A text may have line breaks, and the message is one line.
  const shown = JSON.stringify(got).slice(1, -1)
  report(env, unknownChoice(span, { got: shown, setting: path.path, choices }, near))
}
