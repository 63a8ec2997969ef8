/** Inputs, outputs and reports of the kinds that pass records on unchanged: documents, pairs, prompts, answers or rankings. */

import type { ArtefactType } from '../../core/artefact.ts'
import type { InputSpec } from '../../core/kind/setting.ts'
import type { StageReport } from '../../core/report.ts'
import { countOf } from './amounts.ts'

export const recordKinds = ['Docs', 'Pairs', 'Prompts', 'Answers', 'Rankings'] as const

export const recordsInput = {
  kinds: recordKinds,
  description: 'The documents, or pairs, prompts, answers, rankings.',
} as const satisfies InputSpec

/** One output of the type of the input. */
export function sameType({ inputs }: { readonly inputs: { readonly docs: ArtefactType } }) {
  return [{ name: 'out', type: inputs.docs }] as const
}

export function countReport(documents: number): StageReport {
  return { metrics: { documents }, summary: countOf(documents, 'document') }
}
