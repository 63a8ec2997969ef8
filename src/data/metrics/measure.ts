/** Computes each metric of a page, by the definitions of the papers and of datatrove. */

import type { Page } from './page.ts'
import { countSentences } from './sentences.ts'
import { sentimentOf } from './sentiment.ts'
import type { MetricName } from './specs.ts'
import { endsSentence } from './terminal.ts'

type Measure = (page: Page) => number | boolean | string

export const measures: { readonly [M in MetricName]: Measure } = {
  characters: ({ counts }) => counts.characters,
  bytes: ({ text }) => Buffer.byteLength(text),
  lines: ({ writtenLines }) => writtenLines.length,
  paragraphs: ({ text }) => text.split(/\n\s*\n/).filter((paragraph) => paragraph.trim() !== '').length,
  words: ({ counts }) => counts.words,
  sentences: ({ text }) => countSentences(text),
  mean_word_length: ({ counts }) => ratio(counts.wordCharacters, counts.words),
  alpha_ratio: ({ counts }) => ratio(counts.letters, counts.characters),
  digit_ratio: ({ counts }) => ratio(counts.digits, counts.characters),
  uppercase_ratio: ({ counts }) => ratio(counts.upper, counts.letters),
  alpha_word_ratio: ({ counts }) => ratio(counts.alphaPieces, counts.pieces),
  symbol_word_ratio: ({ text, counts }) =>
    ratio(Math.max(occurrences(text, '#'), occurrences(text, '...') + occurrences(text, '…')), counts.pieces),
  bullet_line_ratio: ({ lines }) => share(lines, isBullet),
  ellipsis_line_ratio: ({ lines }) => share(lines, isCut),
  stop_words: ({ text }) => stopWordsIn(text),
  duplicate_line_ratio: ({ lineDuplicates: { duplicates, parts } }) => ratio(duplicates, parts),
  duplicate_line_character_ratio: ({ lineDuplicates, counts }) => ratio(lineDuplicates.characters, counts.characters),
  duplicate_paragraph_ratio: ({ paragraphDuplicates: { duplicates, parts } }) => ratio(duplicates, parts),
  duplicate_paragraph_character_ratio: ({ paragraphDuplicates, counts }) =>
    ratio(paragraphDuplicates.characters, counts.characters),
  net_duplicate_line_character_ratio: ({ writtenLineDuplicates, counts, text }) =>
    ratio(writtenLineDuplicates.characters, counts.characters - occurrences(text, '\n')),
  top_2gram_ratio: (page) => top(page, 2),
  top_3gram_ratio: (page) => top(page, 3),
  top_4gram_ratio: (page) => top(page, 4),
  duplicate_5gram_ratio: (page) => duplicated(page, 5),
  duplicate_6gram_ratio: (page) => duplicated(page, 6),
  duplicate_7gram_ratio: (page) => duplicated(page, 7),
  duplicate_8gram_ratio: (page) => duplicated(page, 8),
  duplicate_9gram_ratio: (page) => duplicated(page, 9),
  duplicate_10gram_ratio: (page) => duplicated(page, 10),
  terminal_punctuation_line_ratio: ({ writtenLines }) => share(writtenLines, endsSentence),
  short_line_ratio: ({ writtenLines }) => share(writtenLines, isShort),
  newline_word_ratio: ({ text, counts }) => ratio(occurrences(text, '\n'), counts.pieces),
  curly_brackets: ({ text }) => occurrences(text, '{'),
  sentiment: ({ text }) => sentimentOf(text),
  lorem_ipsum: ({ text }) => /lorem ipsum/i.test(text),
}

/** The ratio of an empty document is 0. */
function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}

function share(lines: readonly string[], test: (line: string) => boolean): number {
  let found = 0
  for (const line of lines) if (test(line)) found++
  return ratio(found, lines.length)
}

/** Whether a line begins with • or -. */
function isBullet(line: string): boolean {
  const first = line.trimStart().charCodeAt(0)
  return first === 0x2022 || first === 0x2d
}

/** Whether a line ends with an ellipsis. */
function isCut(line: string): boolean {
  const end = line.trimEnd()
  return end.endsWith('...') || end.endsWith('…')
}

function occurrences(text: string, of: string): number {
  let found = 0
  for (let at = text.indexOf(of); at !== -1; at = text.indexOf(of, at + of.length)) found++
  return found
}

function top({ grams, counts }: Page, n: number): number {
  return ratio(grams.top(n), counts.characters)
}

function duplicated({ grams, counts }: Page, n: number): number {
  return ratio(grams.duplicated(n), counts.characters)
}

/** Whether a line has at most 30 code points. */
function isShort(line: string): boolean {
  return line.length <= 30 || (line.length <= 60 && [...line].length <= 30)
}

const stopWord = /(?<![\p{L}\p{M}\p{N}_])(?:the|be|to|of|and|that|have|with)(?![\p{L}\p{M}\p{N}_])/giu

function stopWordsIn(text: string): number {
  const found = new Set<string>()
  for (const [word] of text.matchAll(stopWord)) {
    found.add(word.toLowerCase())
    if (found.size === 8) break
  }
  return found.size
}
