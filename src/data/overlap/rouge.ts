/** ROUGE-L (Lin 2004): how much of two texts is the same in the same order. */

import { wordsOf } from './words.ts'

/** The F1 of the longest common subsequence of their words: 1 where they are the same, 0 where they share none. */
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
