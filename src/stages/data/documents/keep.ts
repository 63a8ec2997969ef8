/** The kinds `keep` and `drop`: documents of which a condition is true. They run inside `documents`. */

import type { StepMaker } from '../../../data/steps/step.ts'
import { defineDocumentKind } from '../../shared/define-kind.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const keep = sift(
  'keep',
  'Keeps the documents of which a condition is true.',
  'The condition of the documents that stay.',
  async () => (await import('../../../data/steps/keep.ts')).keep,
)

export const drop = sift(
  'drop',
  'Drops the documents of which a condition is true.',
  'The condition of the documents that are dropped.',
  async () => (await import('../../../data/steps/keep.ts')).drop,
)

function sift(name: string, summary: string, description: string, step: () => Promise<StepMaker>) {
  return defineDocumentKind({
    name,
    version: 1,
    summary,
    documentation: `\`docs |> ${name}(where: words ${name === 'keep' ? '>=' : '<'} 8 and alpha_ratio > 0.7)\`. The reference lists the metrics.

Fields of records are named as they are: \`lang == "en" and default(meta.score, 0) > 0.5\`, \`matches(url, r"\\.edu/")\`.`,
    inputs: { docs: docsInput },
    settings: { where: { description, expression: 'condition' } },
    positional: ['docs', 'where'],
    outputs: docsOutput,
    step,
  })
}
