/** A diagnostic: one thing wrong with a program, where, and what to do. Bad input returns these; a throw is our bug. */

import type { Span } from '../../grammar/span.ts'

export interface Diagnostic {
  /** `E0203`; stable, explained by `llmpipe explain E0203` and docs/reference/errors.md. */
  readonly code: string
  readonly severity: 'error' | 'warning'
  readonly message: string
  readonly span: Span
  /** Words under the carets: what is wrong with just this piece. */
  readonly label?: string
  /** The other places it is about: where the first definition is, what disagrees. */
  readonly related?: readonly { readonly span: Span; readonly label: string }[]
  /** The way out; a did-you-mean among them. */
  readonly help?: string
}
