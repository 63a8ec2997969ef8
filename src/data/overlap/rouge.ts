/** ROUGE-L (Lin 2004): the overlap of two texts, in order. */

import { wordsOf } from './words.ts'

/** The F1 score of the longest common subsequence of words: 1 for equal texts, 0 if they share no word. */
export function rougeL(text: string, reference: string): number {
  const [a, b] = [wordsOf(text), wordsOf(reference)]
  if (a.length === 0 || b.length === 0) return 0
  let above = new Uint32Array(b.length + 1)
  for (const word of a) {
    const row = new Uint32Array(b.length + 1)
    for (let j = 0; j < b.length; j++) row[j + 1] = word === b[j] ? above[j]! + 1 : Math.max(row[j]!, above[j + 1]!)
    above = row
  }
  return (2 * above[b.length]!) / (a.length + b.length)
}
