/** Adds checked calls to the program. */

import type { Span } from '../../../../grammar/span.ts'
import type { ArtefactType } from '../../../core/artefact.ts'
import type { StageKind } from '../../../core/kind/kind.ts'
import type { JsonObject } from '../../../core/values/json.ts'
import type { CheckedCall } from '../../program.ts'
import type { Env } from '../env.ts'
import { limitCalls } from '../limits.ts'
import type { Value } from '../values/values.ts'

export interface NewCall {
  readonly kind: string
  readonly custom?: StageKind
  readonly boundTo: readonly string[]
  readonly params: JsonObject
  readonly hints?: JsonObject
  readonly files?: CheckedCall['files']
  readonly inputs: CheckedCall['inputs']
  readonly outputs: readonly { readonly name: string; readonly type: ArtefactType }[]
  readonly metrics?: readonly string[]
  readonly span: Span
  readonly settingSpans?: Readonly<Record<string, Span>>
  readonly exportTo?: string
}

/** Adds a call to the program. Returns its outputs as values, in order. */
export function addCall(env: Env, call: NewCall): readonly Value[] {
  const { calls } = env.checker
  limitCalls(env, env.through[0]?.span ?? call.span)
  const index = calls.length
  const { boundTo, ...rest } = call
  const at = env.through[0]?.span ?? call.span
  const variant = env.variant === undefined ? {} : { variant: env.variant }
  calls.push({
    index,
    names: boundTo,
    within: env.within,
    ...variant,
    at,
    hints: {},
    files: {},
    settingSpans: {},
    ...rest,
  })
  for (const { type } of call.outputs)
    if (type.kind === 'Tokenizer' && !env.checker.tokenizers.has(type.tokenizer))
      env.checker.tokenizers.set(type.tokenizer, type)
  return call.outputs.map((output) => ({
    type: 'artefact',
    ref: { call: index, output: output.name },
    artefact: output.type,
  }))
}

/** A unique reference of an output before anything has run: the names it is bound to, or the enclosing declaration and the kind. */
export function referenceFor(env: Env, kind: string, boundTo: readonly string[]): string {
  const { references, numbers, entry } = env.checker
  const stem = env.module === entry ? '' : `${env.module.file.replace(/^.*[/:]|\.llmpipe$/g, '')}.`
  const plain = boundTo.length > 0 ? boundTo.join(',') : `${env.within}.${kind}`
  let reference = references.has(plain) ? `${stem}${plain}` : plain
  let number = numbers.get(plain) ?? 2
  for (; references.has(reference); number++) reference = `${plain}${number}`
  numbers.set(plain, number)
  references.add(reference)
  return reference
}
