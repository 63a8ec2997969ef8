/** The kind `expect`: a gate. The declaration `expect base.valid_loss < 4.5` is a call of it. */

import { measuredKinds } from '../shared/artefact-kinds.ts'
import { defineKind } from '../shared/define-kind.ts'

export const expect = defineKind({
  name: 'expect',
  version: 1,
  summary: 'Fails the run if a metric of a stage does not meet an expectation.',
  documentation: `Written as a declaration: \`expect base.valid_loss < 4.5\`. Metrics are read from the artefact: of weights and
reports those in their \`metrics.json\`; of documents \`documents\` and \`bytes\`; of tokens \`tokens\`, \`documents\`, \`bytes\` and
\`bytes_per_token\`; of a tokenizer \`vocab\`; of pairs \`pairs\`, of prompts \`prompts\`; of answers \`answers\`, \`responses\` and \`ended\`, and of those that
\`generate\` wrote \`tokens\` and \`mean_length\`; of rankings \`rankings\`, \`responses\` and \`with_ties\`. Its output is a report of the values that it read.

A report on several models has a metric for each: \`expect score.loss[chat] < 4\`. The brackets can be left out if it is on one.

\`expect docs == ["a", "b"]\` compares the texts of documents, in their order.`,
  inputs: {
    of: {
      kinds: measuredKinds,
      list: true,
      optional: true,
      description: 'The artefacts whose metrics the expectation reads.',
    },
  },
  settings: {},
  positional: [],
  outputs: () => [{ name: 'out', type: { kind: 'Report' } }],
  resources: () => ({ cpus: 1, memory: 128 * 1024 ** 2 }),
  load: () => import('./expect.run.ts'),
})
