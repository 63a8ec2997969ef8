/** What a place that reports adds to a message: other places, a did-you-mean, other words under the carets. */

import { nearest } from '../../../grammar/nearest.ts'
import type { Span } from '../../../grammar/span.ts'

export interface More {
  readonly related?: readonly { readonly span: Span; readonly label: string }[]
  readonly help?: string
  readonly label?: string
}

/** Help that names the candidate nearest to a word, or else lists the candidates where they are few. */
export function didYouMean(word: string, candidates: Iterable<string>, otherwise?: string): More {
  const all = [...new Set(candidates)]
  const near = nearest(word, all)
  if (near !== undefined) return { help: `Did you mean \`${near}\`?` }
  if (otherwise !== undefined) return { help: otherwise }
  if (all.length > 0 && all.length <= 12) return { help: `Known: ${all.sort().join(', ')}.` }
  return {}
}
