/** What can be wrong with the text itself; the language makes a diagnostic of each (src/language/messages/syntax.md). */

import type { Span } from './span.ts'

export type SyntaxProblem = { readonly span: Span } & (
  | { readonly problem: 'unexpected-character'; readonly text: string }
  | { readonly problem: 'unterminated-string' }
  | { readonly problem: 'unterminated-hole' }
  | { readonly problem: 'empty-hole' }
  | { readonly problem: 'unknown-escape'; readonly escape: string }
  | { readonly problem: 'unknown-suffix'; readonly suffix: string; readonly nearest?: string }
  | { readonly problem: 'decimal-point'; readonly text: string; readonly better: string }
  | {
      readonly problem: 'expected'
      /** In words: `a value`, `` `)` ``. */
      readonly expected: string
      readonly found: string
      /** The bracket that is still open. */
      readonly opened?: Span
    }
  | { readonly problem: 'not-a-declaration'; readonly found: string; readonly nearest?: string }
  | { readonly problem: 'keyword-as-name'; readonly keyword: string }
  | { readonly problem: 'missing-comma' }
  | { readonly problem: 'missing-value'; readonly name: string }
  | { readonly problem: 'unnamed-in-block' }
  | { readonly problem: 'chained-comparison'; readonly first: Span }
  | { readonly problem: 'pipe-into-no-call'; readonly name?: string }
)
