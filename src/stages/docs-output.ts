/** What kinds that take and make documents have in common. */

import type { ArtefactType, Ledger, StageReport } from '../core/artefact.ts'
import type { InputSpec, SettingSchema } from '../core/kind.ts'

export const docsInput: InputSpec = { kinds: ['Docs'], description: 'The documents.' }

export const docsOutput = (): readonly { readonly name: string; readonly type: ArtefactType }[] => [
  { name: 'out', type: { kind: 'Docs' } },
]

export const seedSetting: SettingSchema = {
  type: 'integer',
  minimum: 0,
  default: 1,
  description: 'Another seed draws otherwise.',
}

/** The report of a stage that made documents. */
export function docsReport(ledger: Ledger): StageReport {
  const { documents, bytes } = ledger.out
  const kept = documents === ledger.in.documents ? '' : ` of ${ledger.in.documents.toLocaleString('en-US')}`
  return {
    metrics: { documents, bytes },
    ledger,
    summary: `${documents.toLocaleString('en-US')}${kept} documents, ${inMegabytes(bytes)}`,
  }
}

function inMegabytes(bytes: number): string {
  return bytes < 1e5 ? `${(bytes / 1e3).toFixed(1)} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
