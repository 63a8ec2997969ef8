/** Reports what a stage kind itself finds wrong or doubtful in a call, at the arguments that it names. */

import type { Span } from '../../../../grammar/span.ts'
import type { CallExpression } from '../../../../grammar/syntax.ts'
import type { Diagnostic } from '../../../core/diagnostic.ts'
import type { Doubt, Misfit, StageKind } from '../../../core/kind/kind.ts'
import type { Matched } from '../../arguments.ts'
import * as artefacts from '../../messages/artefacts.generated.ts'
import type { More } from '../../messages/more.ts'
import * as say from '../../messages/settings.generated.ts'
import { type Env, report, type Thunk } from '../env.ts'

/** A call and its parts. `spans`: the spans of settings, by path. */
export interface Where {
  readonly call: CallExpression
  readonly kind: StageKind
  readonly matched: Matched<Thunk>
  readonly spans: Readonly<Record<string, Span>>
}

export function isMisfit(outputs: ReturnType<StageKind['outputs']>): outputs is Misfit {
  return 'code' in outputs
}

/** Reports a misfit, pointing at both arguments that do not go together. */
export function reportMisfit(env: Env, misfit: Misfit, { call, kind, matched, spans }: Where): void {
  const { named, rest } = matched
  const spanOf = (name: string): Span | undefined =>
    named.get(name)?.value.span ?? (name === kind.rest ? rest[0]?.value.span : spans[name])
  const span = spanOf(misfit.at) ?? call.callee.span
  const other = misfit.other === undefined ? undefined : spanOf(misfit.other)
  const message = /[.!?]$/.test(misfit.message) ? misfit.message : `${misfit.message}.`
  const more = {
    ...(misfit.help === undefined ? {} : { help: misfit.help }),
    ...(other === undefined ? {} : { related: [{ span: other, label: `\`${misfit.other}\` is here` }] }),
  }
  report(env, messageOf[misfit.code](span, message, misfit.at, more))
}

export function reportDoubt(env: Env, { at, message, help }: Doubt, { call, matched, spans }: Where): void {
  const span = spans[at] ?? matched.named.get(at)?.value.span ?? call.callee.span
  report(env, say.doubtfulSetting(span, { message }, { label: `\`${at}\``, ...(help === undefined ? {} : { help }) }))
}

const messageOf: {
  readonly [C in Misfit['code']]: (span: Span, message: string, at: string, more: More) => Diagnostic
} = {
  'tokenizer-mismatch': (span, message, _, more) => artefacts.tokenizerMismatch(span, { message }, more),
  'vocabulary-mismatch': (span, message, _, more) => artefacts.vocabularyMismatch(span, { message }, more),
  'template-mismatch': (span, message, _, more) => artefacts.templateMismatch(span, { message }, more),
  'wrong-count': (span, message, at, more) => artefacts.wrongCount(span, { message, got: `\`${at}\`` }, more),
  'invalid-setting': (span, message, at, more) =>
    say.invalidSetting(span, { message }, { label: `\`${at}\``, ...more }),
}
