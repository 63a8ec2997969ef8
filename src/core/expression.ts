/** Expressions over the metrics and fields of a document, as the checker writes them. */

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
  /** A field of a record: `["meta", "score"]`. `["text"]` and `["id"]` are those of the document. Its type is known for each document only. */
  | { readonly op: 'field'; readonly path: readonly string[] }
  /** A field, or a literal if the field is missing or null. */
  | { readonly op: 'default'; readonly of: DocumentExpression; readonly otherwise: number | string | boolean }
  /** Whether a field is there and not null. */
  | { readonly op: 'has'; readonly of: DocumentExpression }
  /** The number that a text stands for, as in CSV. */
  | { readonly op: 'number'; readonly of: DocumentExpression }
  /** Whether a pattern matches a part of a text; how often it matches. */
  | { readonly op: 'matches' | 'count'; readonly of: DocumentExpression; readonly pattern: string }
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
