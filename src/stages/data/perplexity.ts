/** The kind `perplexity`: how well a model predicts each document, as a field. */

import { defineKind } from '../shared/define-kind.ts'
import { trainingResources, trainingSettings } from '../training/settings/training-settings.ts'
import { docsInput, docsOutput } from './documents/docs-output.ts'
import { fieldNameProblem } from './documents/field-name.ts'

export const perplexity = defineKind({
  name: 'perplexity',
  version: 1,
  summary: 'Adds the perplexity of each document under a model, as a field.',
  documentation: `\`web |> perplexity(under: base) |> keep(where: perplexity < 200)\`. The field is exp of the mean −log p of the document's tokens, in nats, and so
the \`perplexity\` that \`evaluate(base, on: …)\` measures on this document alone. Wenzek et al. 2020 (CCNet) keep the documents that a model of Wikipedia
predicts well; a very low perplexity is mostly repetition.

A document is encoded with the tokenizer of the model, with the tokens before and after each document, and cut into windows of the model's context, as in
\`evaluate\`. A document with nothing to predict gets null, which the ledger counts and no comparison takes: write
\`default(perplexity, 1e9) < 200\` if there are such documents. \`as: "under_base"\` names the field otherwise. The number depends on the tokenizer: compare it between documents, and not between models of different tokenizers.`,
  inputs: {
    docs: docsInput,
    under: { kinds: ['Weights'], description: 'The model.' },
  },
  settings: {
    as: { type: 'string', minLength: 1, default: 'perplexity', description: 'The name of the field.' },
    batch: {
      type: 'integer',
      minimum: 1,
      default: 16,
      unit: 'count',
      description: 'The number of rows computed at once.',
    },
    engine: trainingSettings.engine,
  },
  positional: ['docs', 'under'],
  outputs: ({ settings }) => fieldNameProblem('as', settings.as) ?? docsOutput(),
  memoryHelp: 'Lower `batch`, the rows computed at once.',
  resources: trainingResources,
  load: () => import('./perplexity.run.ts'),
})
