/** Counts sentences by rules. */

/** Abbreviations: their full stop does not end a sentence. */
const abbreviation = /(?:^|[\s(["'“‘])(?:Mr|Mrs|Ms|Dr|Prof|St|Jr|Sr|vs|etc|No|Vol|Fig|cf|e\.g|i\.e|[A-Z])\.$/

/** The end of a sentence: marks, then closing quotes and brackets, then white space or the end of the line. */
const ending = /[.!?…。！？]+["'”’)\]»」』]*(?=\s|$)|[。！？]/g

/**
 * The number of sentences in a text. The end of a line ends a sentence even without a mark, as in C4. A full stop after an initial or a
 * common abbreviation does not.
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
