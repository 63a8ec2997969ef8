/** Adds checked calls to the program. */

import type { Span } from '../../../../grammar/span.ts'
import type { ArtefactType } from '../../../core/artefact.ts'
import type { StageKind } from '../../../core/kind/kind.ts'
import type { JsonObject } from '../../../core/values/json.ts'
import type { CheckedCall } from '../../program.ts'
import type { Checker, Env } from '../env.ts'
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
  const checked: CheckedCall = {
    index,
    names: boundTo,
    within: env.within,
    ...variant,
    at,
    hints: {},
    files: {},
    settingSpans: {},
    ...rest,
  }
  calls.push(checked)
  env.checker.reuse.frames.at(-1)?.steps.push(checked)
  addTokenizers(env.checker, call.outputs)
  return call.outputs.map((output) => ({
    type: 'artefact',
    ref: { call: index, output: output.name },
    artefact: output.type,
  }))
}

/** Adds the tokenizers among the outputs of a call. */
export function addTokenizers({ tokenizers }: Checker, outputs: CheckedCall['outputs']): void {
  for (const { type } of outputs)
    if (type.kind === 'Tokenizer' && !tokenizers.has(type.tokenizer)) tokenizers.set(type.tokenizer, type)
}

/** The place of a call: the declaration that encloses it, and the file of its module, or `undefined` for the entry file. */
export interface CallPlace {
  readonly within: string
  readonly file: string | undefined
}

/** A unique reference of an output before anything has run: the names it is bound to, or the enclosing declaration and the kind. */
export function referenceFor(checker: Checker, place: CallPlace, kind: string, boundTo: readonly string[]): string {
  const { references, numbers } = checker
  const stem = place.file === undefined ? '' : `${place.file.replace(/^.*[/:]|\.llmpipe$/g, '')}.`
  const plain = boundTo.length > 0 ? boundTo.join(',') : `${place.within}.${kind}`
  let reference = references.has(plain) ? `${stem}${plain}` : plain
  let number = numbers.get(plain) ?? 2
  for (; references.has(reference); number++) reference = `${plain}${number}`
  numbers.set(plain, number)
  references.add(reference)
  checker.reuse.frames.at(-1)?.references.push({ place, kind, boundTo, reference })
  return reference
}
