/** The kind `identify_language`: the language of each document as a field. It runs inside `documents`. */

import { defineDocumentKind } from '../../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'
import { fieldNameProblem } from './field-name.ts'

export const identifyLanguage = defineDocumentKind({
  name: 'identify_language',
  version: 1,
  summary: 'Adds the language of each document, and its probability, as fields.',
  documentation: `\`docs |> identify_language() |> keep(where: language == "en" and language_score >= 0.65)\`.

The model is lid.176.ftz of fastText, which comes with llmpipe and knows 176 languages by their ISO 639 codes (\`en\`, \`zh\`, \`ceb\`). Labels
and probabilities are those of fastText. FineWeb keeps English from 0.65 on. Without a least score, precision is low: many texts in rare
languages are taken for English. A text without a letter is \`und\` with a score of 0. Texts are taken whole, with line ends as spaces.

The ledger counts the documents of each language. Fields of the record that have the same names are replaced, and the run warns; \`as: "lid"\`
names the fields \`lid\` and \`lid_score\`. Accuracy on public texts: docs/decisions/language.md.`,
  inputs: { docs: docsInput },
  settings: {
    as: {
      type: 'string',
      minLength: 1,
      default: 'language',
      description: 'The name of the field with the language; the probability is the field of this name with `_score`.',
    },
    model: {
      type: 'string',
      enum: ['lid176_ftz'],
      default: 'lid176_ftz',
      description: 'The model: lid.176.ftz (SHA-256 8f3472cf…).',
    },
  },
  positional: ['docs'],
  outputs: ({ settings }) => fieldNameProblem('as', settings.as) ?? docsOutput(),
  step: async () => (await import('../../../data/steps/identify-language.ts')).identifyLanguage,
})
