/** The kind `score`: the probability that a classifier gives each document, as a field. */

import { versionWithWords } from '../../data/words/segmentation.ts'
import { defineKind } from '../shared/define-kind.ts'
import { docsInput, docsOutput } from './documents/docs-output.ts'
import { fieldNameProblem } from './documents/field-name.ts'

export const score = defineKind({
  name: 'score',
  // `score` finds words itself: a classifier that learned from texts with spaces has the same bytes with every ICU.
  version: versionWithWords(1),
  summary: 'Adds the probability that a classifier gives each document, as a field.',
  documentation: `\`web |> score(with: quality) |> keep(where: score > 0.5)\`. The field \`score\` is a number from 0 (as the bad documents) to 1 (as the good
ones), with five digits. \`as: "quality"\` names the field otherwise, for instance to score with two classifiers. A field of the record that has the same
name is replaced, and the run warns.

Documents are scored in parts that are kept: if files are added, only their documents are scored.`,
  inputs: {
    docs: docsInput,
    with: { kinds: ['Classifier'], description: 'The classifier.' },
  },
  settings: {
    as: { type: 'string', minLength: 1, default: 'score', description: 'The name of the field.' },
  },
  positional: ['docs', 'with'],
  outputs: ({ settings }) => fieldNameProblem('as', settings.as) ?? docsOutput(),
  resources: () => ({ cpus: 1, memory: 512 * 1024 ** 2 }),
  hasParts: () => true,
  load: () => import('./score.run.ts'),
})
