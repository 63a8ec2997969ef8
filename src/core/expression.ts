/** Expressions over the metrics of a document, as the checker writes them. */

import type { Arithmetic, Comparison } from './values/operators.ts'

/** A metric of a document that expressions can name. */
export interface MetricSpec {
  readonly name: string
  readonly type: 'number' | 'string' | 'boolean'
  readonly unit?: 'count' | 'fraction'
  readonly description: string
}

/** A checked expression over one document: plain JSON, which src/data compiles to a closure. */
export type DocumentExpression =
  | { readonly op: 'metric'; readonly name: string }
  | { readonly op: 'literal'; readonly value: number | string | boolean }
  | { readonly op: 'not' | 'negate'; readonly of: DocumentExpression }
  | {
      readonly op: 'and' | 'or' | Comparison | Exclude<Arithmetic, '^'>
      readonly left: DocumentExpression
      readonly right: DocumentExpression
    }
  /** `words in 50..100`: both ends count. */
  | {
      readonly op: 'between'
      readonly of: DocumentExpression
      readonly from: DocumentExpression
      readonly to: DocumentExpression
    }
  /** `language in ["en", "de"]`. */
  | { readonly op: 'among'; readonly of: DocumentExpression; readonly list: readonly (number | string)[] }
