/** What kinds have in common that pass records on as they are: documents, pairs, prompts, answers or rankings. */

import type { ArtefactKind } from '../../core/artefact.ts'
import type { TypedCall } from '../../core/kind.ts'
import type { StageReport } from '../../core/report.ts'
import type { InputSpec } from '../../core/setting.ts'
import { countOf } from './amounts.ts'

const recorded: readonly ArtefactKind[] = ['Docs', 'Pairs', 'Prompts', 'Answers', 'Rankings']

export const recordsInput: InputSpec = {
  kinds: recorded,
  description: 'The documents, or pairs, prompts, answers, rankings.',
}

/** One output, of the type that goes in. */
export function sameType({ inputs }: TypedCall) {
  return [{ name: 'out', type: inputs.docs![0]! }]
}

export function countReport(documents: number): StageReport {
  return { metrics: { documents }, summary: countOf(documents, 'document') }
}
