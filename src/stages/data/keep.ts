/** The kinds `keep` and `drop`: documents of which something is true. They run inside `documents`. */

import type { Kind } from '../shared/services.ts'
import { docsInput, docsOutput } from './docs-output.ts'

export const keep: Kind = sift(
  'keep',
  'Keeps the documents of which a condition is true.',
  'What is true of documents that stay.',
)

export const drop: Kind = sift(
  'drop',
  'Drops the documents of which a condition is true.',
  'What is true of documents that go.',
)

function sift(name: string, summary: string, description: string): Kind {
  return {
    name,
    version: 1,
    summary,
    documentation: `\`docs |> ${name}(where: words ${name === 'keep' ? '>=' : '<'} 8 and alpha_ratio > 0.7)\`. The reference lists the metrics.`,
    shape: 'document',
    inputs: { docs: docsInput },
    settings: { properties: { where: { description, expression: 'condition' } } },
    positional: ['docs', 'where'],
    outputs: docsOutput,
  }
}
