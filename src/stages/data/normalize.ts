/** The kind `normalize`: one way of writing for what looks the same. It runs inside `documents`. */

import { defineDocumentKind } from '../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const normalize = defineDocumentKind({
  name: 'normalize',
  version: 1,
  summary: 'Repairs mojibake, composes characters, takes out control characters, tidies white space.',
  documentation: `In this order: UTF-8 that was read as Latin-1 or Windows-1252 is repaired (\`cafÃ©\` to \`café\`, as ftfy does it), characters are
composed (NFC), control characters are taken out, white space is tidied. The ledger counts the documents each changed.

\`white_space: trim\` makes every line end \`\\n\` and every other space plain, leaves none at the ends of lines, and at most one blank line
between paragraphs. \`collapse\` also makes one space of several, which would spoil source code and verse.`,
  inputs: { docs: docsInput },
  settings: {
    unicode: {
      type: 'string',
      enum: ['nfc', 'nfkc', 'keep'],
      default: 'nfc',
      description: 'The form of Unicode; nfkc also makes plain letters of ligatures and wide forms.',
    },
    white_space: {
      type: 'string',
      enum: ['trim', 'collapse', 'keep'],
      default: 'trim',
      description: 'How white space is tidied.',
    },
    control_characters: { type: 'boolean', default: true, description: 'Whether control characters are taken out.' },
    mojibake: { type: 'boolean', default: true, description: 'Whether mojibake is repaired.' },
  },
  positional: ['docs'],
  outputs: docsOutput,
  step: async () => (await import('../../data/steps/normalize.ts')).normalize,
})
