/** Optional parts of a diagnostic: related places, help, and the words under the carets. */

import { nearest } from '../../../grammar/nearest.ts'
import type { Span } from '../../../grammar/span.ts'
import type { Fix } from '../../core/diagnostic.ts'

export interface More {
  readonly related?: readonly { readonly span: Span; readonly label: string }[]
  readonly help?: string
  readonly label?: string
  readonly fix?: Fix
}

/**
 * Help with the candidate nearest to a word, which the span of the diagnostic has to be the place of; without one, `otherwise`, or the list of
 * candidates if it is short.
 */
export function didYouMean(word: string, candidates: Iterable<string>, otherwise?: string): More {
  const all = [...new Set(candidates)]
  const near = nearest(word, all)
  if (near !== undefined) return { help: `Did you mean \`${near}\`?`, fix: { type: 'replace', text: near } }
  if (otherwise !== undefined) return { help: otherwise }
  if (all.length > 0 && all.length <= 12) return { help: `Known: ${all.sort().join(', ')}.` }
  return {}
}

/** The help for trained weights where `pretrain` takes an architecture. */
export const pretrainFromWeights =
  'It takes an architecture there: `model gpt = llama(…)`. To train weights further, write `pretrain(from: base, …)`.'

/**
 * Help from a table of habits. If it is nothing but the text to write, it is the fix too: ``Write `true`.`` A text with braces is an
 * example of a form.
 */
export function habitHelp(help: string): More {
  const text = /^Write `([^`…{]+)`\.$/.exec(help)?.[1]
  return text === undefined ? { help } : { help, fix: { type: 'replace', text } }
}
