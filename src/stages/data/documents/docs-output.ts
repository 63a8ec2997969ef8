/** Settings, outputs and reports of the kinds that take and make documents. */

import type { InputSpec, SettingSchema } from '../../../core/kind/setting.ts'
import type { Ledger } from '../../../core/ledger.ts'
import type { StageReport } from '../../../core/report.ts'
import { countOf, sizeOf } from '../../shared/amounts.ts'

export const docsInput = { kinds: ['Docs'], description: 'The documents.' } as const satisfies InputSpec

export const docsOutput = () => [{ name: 'out', type: { kind: 'Docs' } }] as const

export const seedSetting = {
  type: 'integer',
  minimum: 0,
  default: 1,
  description: 'The seed of the random numbers.',
} as const satisfies SettingSchema

/** The report of a stage that writes documents. */
export function docsReport(ledger: Ledger): StageReport {
  const { documents, bytes } = ledger.out
  const all = countOf(ledger.in.documents, 'document')
  const kept = documents === ledger.in.documents ? all : `${documents.toLocaleString('en-US')} of ${all}`
  return {
    metrics: { documents, bytes },
    ledger,
    summary: `${kept}, ${sizeOf(bytes)}`,
  }
}
