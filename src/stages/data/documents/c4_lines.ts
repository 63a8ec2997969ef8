/** The kind `c4_lines`: keeps the lines that C4 keeps. It runs inside `documents`. */

import { versionWithWords } from '../../../data/words/segmentation.ts'
import { defineDocumentKind } from '../../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const c4Lines = defineDocumentKind({
  name: 'c4_lines',
  version: versionWithWords(2),
  summary: 'Keeps the lines that C4 keeps: sentences rather than menus and notices.',
  documentation: `Raffel et al. 2020, section 2.2, with the thresholds of its published code. A line is dropped if it lacks an end mark (\`. ! ? " '\`)
or ends in \`...\`, if it has fewer than \`min_words\` words or a word of more than \`max_word_length\` characters, or if it mentions JavaScript,
cookies or terms of use. \`lorem_ipsum\` and \`curly_brackets\` drop the whole page for a line that passes the earlier tests, in the order of
that code: a page with "lorem ipsum" is dropped even if that line mentions JavaScript. \`std.clean\` has the whole recipe: \`c4_quality\`.`,
  inputs: { docs: docsInput },
  settings: {
    min_words: {
      type: 'integer',
      unit: 'count',
      minimum: 0,
      default: 3,
      description: 'The least number of words in a line.',
    },
    max_word_length: {
      type: 'integer',
      unit: 'count',
      minimum: 1,
      default: 1000,
      description: 'The most characters in a word.',
    },
    terminal_punctuation: {
      type: 'boolean',
      default: true,
      description: 'Whether lines without an end mark are dropped.',
    },
    javascript: { type: 'boolean', default: true, description: 'Whether lines that mention JavaScript are dropped.' },
    policy: {
      type: 'boolean',
      default: true,
      description: 'Whether lines about cookies, privacy and terms of use are dropped.',
    },
    citations: {
      type: 'boolean',
      default: true,
      description: 'Whether [1], [edit] and [citation needed] are removed.',
    },
    lorem_ipsum: {
      type: 'boolean',
      default: false,
      description: 'Whether a page with "lorem ipsum" on a line is dropped, before lines about JavaScript are.',
    },
    curly_brackets: {
      type: 'boolean',
      default: false,
      description:
        'Whether a page with a { on a line is dropped, after lines about JavaScript and before those about policy are.',
    },
  },
  positional: ['docs'],
  outputs: docsOutput,
  step: async () => (await import('../../../data/steps/c4-lines.ts')).c4Lines,
})
