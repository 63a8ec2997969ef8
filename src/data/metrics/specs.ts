/** The metrics that expressions over documents may name, as the checker, the completion and the reference see them. */

import type { MetricSpec } from '../../core/expression.ts'
import { stopWordLanguages } from '../language/stop-word-languages.ts'
import { versionWithWords } from '../words/segmentation.ts'

type Spec = Omit<MetricSpec, 'name'>

const count = (description: string) => ({ type: 'number', unit: 'count', description }) as const
const fraction = (description: string) => ({ type: 'number', unit: 'fraction', description }) as const

/** Of a metric that counts words: version 2 finds them in scripts without spaces. */
const ofWords = { version: versionWithWords(2) }

const specs = {
  characters: count('Characters (Unicode code points).'),
  bytes: { type: 'number', unit: 'count', description: 'Bytes of the text in UTF-8.' },
  lines: count('Lines that are not blank.'),
  paragraphs: count('Paragraphs: texts between blank lines.'),
  words: {
    ...count(
      'Words: pieces between white space that have a letter or a number; in Chinese, Japanese, Thai, Lao, Khmer and Burmese, the words that ICU finds.',
    ),
    ...ofWords,
  },
  sentences: count('Sentences, by their end marks; the end of a line ends a sentence too.'),
  mean_word_length: { type: 'number', description: 'Characters of a word, on average.', ...ofWords },
  alpha_ratio: fraction('Letters, of all characters.'),
  digit_ratio: fraction('Decimal digits, of all characters.'),
  uppercase_ratio: fraction('Capital letters, of all letters.'),
  alpha_word_ratio: { ...fraction('Pieces between white space that have a letter (Gopher).'), ...ofWords },
  symbol_word_ratio: {
    ...fraction('Hash signs or ellipses, whichever are more, for each piece between white space (Gopher).'),
    ...ofWords,
  },
  bullet_line_ratio: fraction('Lines that begin with a bullet, • or - (Gopher).'),
  ellipsis_line_ratio: fraction('Lines that end in an ellipsis (Gopher).'),
  stop_words: {
    ...count(
      'How many of the, be, to, of, and, that, have, with occur (Gopher); `stop_words("de")`, `stop_words(language)`: how many of the stop words of another language.',
    ),
    languages: { version: versionWithWords(1), names: stopWordLanguages },
  },
  duplicate_line_ratio: fraction('Lines that repeat an earlier line (Gopher).'),
  duplicate_line_character_ratio: fraction('Characters in lines that repeat an earlier line (Gopher).'),
  duplicate_paragraph_ratio: fraction('Paragraphs that repeat an earlier paragraph (Gopher).'),
  duplicate_paragraph_character_ratio: fraction('Characters in paragraphs that repeat an earlier paragraph (Gopher).'),
  net_duplicate_line_character_ratio: fraction(
    'Characters in lines that repeat an earlier line; blank lines and line ends do not count (FineWeb).',
  ),
  top_2gram_ratio: { ...fraction('Characters in the most frequent pair of words (Gopher).'), ...ofWords },
  top_3gram_ratio: { ...fraction('Characters in the most frequent three words in a row (Gopher).'), ...ofWords },
  top_4gram_ratio: { ...fraction('Characters in the most frequent four words in a row (Gopher).'), ...ofWords },
  duplicate_5gram_ratio: {
    ...fraction('Characters in five words in a row that occurred before (Gopher).'),
    ...ofWords,
  },
  duplicate_6gram_ratio: { ...fraction('The same for six words (Gopher).'), ...ofWords },
  duplicate_7gram_ratio: { ...fraction('The same for seven words (Gopher).'), ...ofWords },
  duplicate_8gram_ratio: { ...fraction('The same for eight words (Gopher).'), ...ofWords },
  duplicate_9gram_ratio: { ...fraction('The same for nine words (Gopher).'), ...ofWords },
  duplicate_10gram_ratio: { ...fraction('The same for ten words (Gopher).'), ...ofWords },
  terminal_punctuation_line_ratio: fraction(
    'Lines that are not blank and end in a mark that ends sentences (FineWeb).',
  ),
  short_line_ratio: fraction('Lines that are not blank and have at most 30 characters (FineWeb).'),
  newline_word_ratio: { ...fraction('Line ends for each piece between white space (FineWeb).'), ...ofWords },
  curly_brackets: count('Opening curly brackets (C4).'),
  sentiment: {
    type: 'number',
    description: 'Mean valence of the words that are in AFINN-165, from −5 to 5; 0 if there are none (Nielsen 2011).',
  },
  lorem_ipsum: { type: 'boolean', description: 'Whether “lorem ipsum” occurs (C4).' },
} as const satisfies Record<string, Spec>

export type MetricName = keyof typeof specs

/** The metrics by name, for the catalogue. */
export const metrics: Readonly<Record<MetricName, MetricSpec>> = Object.fromEntries(
  Object.entries(specs).map(([name, spec]) => [name, { name, ...spec }]),
) as Record<MetricName, MetricSpec>
