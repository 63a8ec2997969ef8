/** Counting sentences, by rule. */

/** What ends in a full stop and ends no sentence. */
const abbreviation = /(?:^|[\s(["'“‘])(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|No|Vol|Fig|cf|e\.g|i\.e|[A-Z])\.$/

/** Marks that end a sentence, closing quotes and brackets, and white space or the end of the line. */
const ending = /[.!?…。！？]+["'”’)\]»」』]*(?=\s|$)|[。！？]/g

/**
 * How many sentences a text has. A line ends a sentence even without a mark, as C4 counts. A full stop behind an initial or a
 * usual abbreviation ends none.
 */
export function countSentences(text: string): number {
  let sentences = 0
  for (const line of text.split('\n')) {
    let start = 0
    for (const match of line.matchAll(ending)) {
      const end = match.index + match[0].length
      if (match[0] === '.' && end < line.length && abbreviation.test(line.slice(Math.max(start, end - 8), end)))
        continue
      if (/[\p{L}\p{N}]/u.test(line.slice(start, end))) sentences++
      start = end
    }
    if (/[\p{L}\p{N}]/u.test(line.slice(start))) sentences++
  }
  return sentences
}
