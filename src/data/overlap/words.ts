/** Splits texts into words to compare them, also in scripts without spaces between words. */

import { separateWords } from '../words/segment.ts'

/** The words of a text in lower case, without punctuation: runs of letters, marks and digits; in scripts without spaces, as ICU finds them. */
export function wordsOf(text: string): string[] {
  // Words are separated first: NFKC takes letters of Thai apart, which the dictionary has whole.
  return (
    separateWords(text)
      .normalize('NFKC')
      .toLowerCase()
      .match(/[\p{L}\p{M}\p{N}]+/gu) ?? []
  )
}
