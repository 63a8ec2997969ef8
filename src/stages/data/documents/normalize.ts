/** The kind `normalize`: one spelling for texts that look the same. It runs inside `documents`. */

import { defineDocumentKind } from '../../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const normalize = defineDocumentKind({
  name: 'normalize',
  version: 1,
  summary: 'Repairs mojibake, composes characters, removes control characters, tidies white space.',
  documentation: `In this order: UTF-8 that was read as Latin-1 or Windows-1252 is repaired (\`cafÃ©\` to \`café\`, as ftfy does it), characters are
composed (NFC), control characters are removed, white space is tidied. The ledger counts the documents that each step changed.

\`white_space: trim\` makes every line end \`\\n\` and every other space plain, removes spaces at the ends of lines, and leaves at most one blank line
between paragraphs. \`collapse\` also replaces several spaces by one, which would spoil source code and verse.`,
  inputs: { docs: docsInput },
  settings: {
    unicode: {
      type: 'string',
      enum: ['nfc', 'nfkc', 'keep'],
      default: 'nfc',
      description: 'The form of Unicode. nfkc also replaces ligatures and wide forms by plain letters.',
    },
    white_space: {
      type: 'string',
      enum: ['trim', 'collapse', 'keep'],
      default: 'trim',
      description: 'How white space is tidied.',
    },
    control_characters: { type: 'boolean', default: true, description: 'Whether control characters are removed.' },
    mojibake: { type: 'boolean', default: true, description: 'Whether mojibake is repaired.' },
  },
  positional: ['docs'],
  outputs: docsOutput,
  step: async () => (await import('../../../data/steps/normalize.ts')).normalize,
})
