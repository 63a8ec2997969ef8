/** The problems that a text can have. The language makes a diagnostic of each (src/language/messages/syntax.md). */

import type { Span } from './span.ts'

/** Habits of other languages, and slips, that have a message of their own (grammar/habits). */
export type Habit =
  | 'other-operator'
  | 'other-word'
  | 'setting-with-equals'
  | 'comparison-with-equals'
  | 'binding-without-equals'
  | 'binding-without-keyword'
  | 'other-import'
  | 'method-call'
  | 'block-on-its-own-line'
  | 'letters-of-a-name'
  | 'invisible-character'
  | 'merge-conflict'
  | 'other-quotes'
  | 'no-dictionary'
  | 'other-if'
  | 'block-without-braces'
  | 'other-list'
  | 'hole-with-a-list'
  | 'other-number'
  | 'call-without-parentheses'

export type SyntaxProblem = { readonly span: Span } & (
  | {
      readonly problem: 'unexpected-character'
      readonly text: string
      /** How many other comments begin with `#`, if `text` is the `#` of a comment. */
      readonly more?: number
    }
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
      /** The text to write instead, if it is known. */
      readonly help?: string
    }
  | { readonly problem: 'not-a-declaration'; readonly found: string; readonly nearest?: string }
  | { readonly problem: 'keyword-as-name'; readonly keyword: string }
  /** `isNamed`: a name follows, so that only the comma is missing. */
  | { readonly problem: 'missing-comma'; readonly isNamed: boolean }
  | { readonly problem: 'missing-value'; readonly name: string }
  | { readonly problem: 'unnamed-in-block' }
  | { readonly problem: 'chained-comparison'; readonly first: Span }
  /** `name`: the name on the right; `left`: the callee on the left; `takes`: whether arguments without parentheses follow. */
  | { readonly problem: 'pipe-into-no-call'; readonly name?: string; readonly left?: string; readonly takes?: boolean }
  /** `written`: the text at the span; `help`: the text to write instead. */
  | { readonly problem: Habit; readonly written: string; readonly help: string }
  | { readonly problem: 'not-utf-8' }
  | { readonly problem: 'too-deep' | 'too-long' | 'too-many-problems'; readonly most: number }
)
