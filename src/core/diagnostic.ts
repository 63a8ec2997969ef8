/** A diagnostic: an error or warning about a program, its place and the way out. Bad input returns diagnostics; a throw is a bug. */

import type { Span } from '../../grammar/span.ts'

export interface Diagnostic {
  /** `E0203`; stable, explained by `llmpipe explain E0203` and docs/reference/errors.md. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly span: Span
  /** The words under the carets, about this piece of the source. */
  readonly label?: string
  /** Other places that matter: the first definition, or what disagrees. */
  readonly related?: readonly { readonly span: Span; readonly label: string }[]
  /** The ways out, perhaps with a did-you-mean. */
  readonly help?: string
  /** The way out as an edit, if there is exactly one. */
  readonly fix?: Fix
}

/** An edit that editors offer. */
export type Fix =
  /** Replaces the text at `span`, or at the span of the diagnostic. */
  | { readonly type: 'replace'; readonly text: string; readonly span?: Span }
  /** Imports a name of a standard module. */
  | { readonly type: 'import'; readonly module: string; readonly name: string }
