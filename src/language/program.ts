/**
 * The typed program: every name is resolved, every `op`, `filter` and `if` is evaluated, and every call is checked. What remains is a
 * list of calls of stage kinds and the artefacts that flow between them, from which the plan is made.
 */

import type { Span } from '../../grammar/span.ts'
import type { ArtefactType } from '../core/artefact.ts'
import type { Catalogue, StageKind } from '../core/kind/kind.ts'
import type { FilePattern } from '../core/plan.ts'
import type { JsonObject } from '../core/values/json.ts'
import type { Variant } from '../core/variant.ts'
import type { ModelSpec } from '../model/spec.ts'

/** One output of a call. */
export interface ValueRef {
  readonly call: number
  readonly output: string
}

export interface CheckedCall {
  /** The index of the call in `calls`. */
  readonly index: number
  readonly kind: string
  /** The kind itself, if it is a custom stage: no catalogue has it. */
  readonly custom?: StageKind
  /** The names that the call is bound to, in the order of its outputs; empty for an inner call of an expression. */
  readonly names: readonly string[]
  /** The declaration that encloses the call, for the ids of inner calls: `base`. */
  readonly within: string
  /** The values of the variables of `for`s that the call was made for. */
  readonly variant?: Variant
  /** Normalized settings with their defaults. Fields that begin with `$` are texts for people. */
  readonly params: JsonObject
  readonly hints: JsonObject
  readonly files: Readonly<Record<string, FilePattern>>
  readonly inputs: Readonly<Record<string, readonly ValueRef[]>>
  readonly outputs: readonly { readonly name: string; readonly type: ArtefactType }[]
  /** The metrics that the outputs will have, if the kind knows them: see `StageKind.metrics`. */
  readonly metrics?: readonly string[]
  readonly span: Span
  /** The span of the call in the file that binds it: for a call in the body of an `op`, the call of that `op`. */
  readonly at: Span
  readonly settingSpans: Readonly<Record<string, Span>>
  readonly exportTo?: string
}

export interface TypedProgram {
  readonly file: string
  /** Calls in an order in which every call follows those whose outputs it takes. */
  readonly calls: readonly CheckedCall[]
  /** The models that calls refer to (`params.model` is `{ model: digest, $name, $arguments }`), by digest. */
  readonly models: Readonly<Record<string, ModelSpec>>
  /** The values of the program's `param`s. */
  readonly params: JsonObject
  /** The source files of the program, the entry first. */
  readonly sources: readonly string[]
  /** The npm packages whose modules the program uses: `recipes` and its version. */
  readonly packages: readonly { readonly name: string; readonly version: string }[]
}

/** The stage kind of a call; `undefined` if the catalogue does not have it. */
export function kindOf(call: Pick<CheckedCall, 'kind' | 'custom'>, { kinds }: Catalogue): StageKind | undefined {
  return call.custom ?? (Object.hasOwn(kinds, call.kind) ? kinds[call.kind] : undefined)
}
