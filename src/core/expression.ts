/** Expressions over the metrics and fields of a document, as the checker writes them. */

import type { Arithmetic, Comparison } from './values/operators.ts'

/** A metric of a document that expressions can name. */
export interface MetricSpec {
  /** Of a metric that is also a function of a language, `stop_words("de")`: the version of that function, and the languages that it knows. */
  readonly languages?: { readonly version: number | string; readonly names: readonly string[] }
  readonly name: string
  readonly type: 'number' | 'string' | 'boolean'
  readonly unit?: 'count' | 'fraction'
  readonly description: string
  /** Raised whenever the same text gets another value; part of the key of programs that name the metric. */
  readonly version?: number | string
}

/** A checked expression over one document: plain JSON, which src/data compiles to a closure. */
export type DocumentExpression =
  | { readonly op: 'metric'; readonly name: string; readonly version?: number | string }
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
  /** The number of different stop words of a language, a code such as `de`. `version` is that of the lists and of the words. */
  | { readonly op: 'stop_words'; readonly of: DocumentExpression; readonly version: number | string }
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
  /** `url.host in list("blocklist.txt")`: the files `list.N` of the stage have the list, a value a line. A pass makes it `among`. */
  | { readonly op: 'listed'; readonly of: DocumentExpression; readonly list: number }
  /** `language in ["en", "de"]`. */
  | { readonly op: 'among'; readonly of: DocumentExpression; readonly list: readonly (number | string)[] }
