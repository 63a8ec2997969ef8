/** The kind `c4_lines`: keeps the lines that C4 keeps. It runs inside `documents`. */

import { defineDocumentKind } from '../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const c4Lines = defineDocumentKind({
  name: 'c4_lines',
  version: 1,
  summary: 'Keeps the lines that C4 keeps: sentences, and not menus and notices.',
  documentation: `Raffel et al. 2020, section 2.2, with the thresholds of its published code. A line is dropped that lacks an end mark (\`. ! ? " '\`)
or ends in \`...\`, has fewer than \`min_words\` words or one of more than \`max_word_length\` characters, or speaks of JavaScript, cookies or
terms of use. \`lorem_ipsum\` and \`curly_brackets\` drop the whole page for a line that has none of the faults before them, in the order of
that code: a page of "lorem ipsum" goes even if that line speaks of JavaScript. \`std.clean\` has the whole recipe: \`c4_quality\`.`,
  inputs: { docs: docsInput },
  settings: {
    min_words: { type: 'integer', unit: 'count', minimum: 0, default: 3, description: 'Words a line has at least.' },
    max_word_length: {
      type: 'integer',
      unit: 'count',
      minimum: 1,
      default: 1000,
      description: 'Characters a word of a line has at most.',
    },
    terminal_punctuation: {
      type: 'boolean',
      default: true,
      description: 'Whether lines have to end in an end mark.',
    },
    javascript: { type: 'boolean', default: true, description: 'Whether lines that speak of JavaScript go.' },
    policy: { type: 'boolean', default: true, description: 'Whether lines on cookies, privacy and terms of use go.' },
    citations: {
      type: 'boolean',
      default: true,
      description: 'Whether [1], [edit] and [citation needed] are taken out.',
    },
    lorem_ipsum: {
      type: 'boolean',
      default: false,
      description: 'Whether a page goes that says "lorem ipsum" on a line, before lines on JavaScript go.',
    },
    curly_brackets: {
      type: 'boolean',
      default: false,
      description:
        'Whether a page goes that has a { on a line, after lines on JavaScript and before those on policy go.',
    },
  },
  positional: ['docs'],
  outputs: docsOutput,
  step: async () => (await import('../../data/steps/c4-lines.ts')).c4Lines,
})
