/**
 * The typed program: what is left of a file once every name is resolved, every `op`, `filter` and `if` is worked out and
 * every call is checked. A list of calls to stage kinds and what flows between them; the plan is made of it.
 */

import type { Span } from '../../grammar/span.ts'
import type { ArtefactType } from '../core/artefact.ts'
import type { JsonObject } from '../core/json.ts'
import type { Catalogue, StageKind } from '../core/kind.ts'
import type { Variant } from '../core/variant.ts'
import type { ModelSpec } from '../model/spec.ts'

/** An output of a call. */
export interface ValueRef {
  readonly call: number
  readonly output: string
}

export interface CheckedCall {
  /** Its index in `calls`. */
  readonly index: number
  readonly kind: string
  /** The kind itself, where it is one of the project's own: no catalogue has it. */
  readonly own?: StageKind
  /** The names it is bound to, in the order of its outputs; empty for an inner call of an expression. */
  readonly names: readonly string[]
  /** The declaration it stands in, for the ids of inner calls: `base`. */
  readonly within: string
  /** The choice of values in a `for` that it was made for. */
  readonly variant?: Variant
  /** Normalized settings with defaults; `$…` fields are words for people. */
  readonly params: JsonObject
  readonly hints: JsonObject
  readonly files: Readonly<Record<string, { readonly patterns: readonly string[]; readonly base: string }>>
  readonly inputs: Readonly<Record<string, readonly ValueRef[]>>
  readonly outputs: readonly { readonly name: string; readonly type: ArtefactType }[]
  /** The metrics that its outputs will have, where the kind says so: see `StageKind.metrics`. */
  readonly metrics?: readonly string[]
  readonly span: Span
  /** Where the file that binds it calls it: for a call in the body of an `op`, the call of that. */
  readonly at: Span
  readonly settingSpans: Readonly<Record<string, Span>>
  readonly exportTo?: string
}

export interface TypedProgram {
  readonly file: string
  /** Every call after the calls it takes from. */
  readonly calls: readonly CheckedCall[]
  /** The models that calls refer to (`params.model` is `{ model: digest, $name, $arguments }`), by digest. */
  readonly models: Readonly<Record<string, ModelSpec>>
  /** `param`s with the values they have. */
  readonly params: JsonObject
  /** Source files read, the entry first. */
  readonly sources: readonly string[]
}

/** The kind of a call. */
export function kindOf(call: Pick<CheckedCall, 'kind' | 'own'>, { kinds }: Catalogue): StageKind | undefined {
  return call.own ?? (Object.hasOwn(kinds, call.kind) ? kinds[call.kind] : undefined)
}
