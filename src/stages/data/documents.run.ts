/** Runs `documents`: the source or the artefact, and then each step, document by document. */

import type { JsonObject } from '../../core/json.ts'
import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import type { LedgerBook } from '../../data/ledger.ts'
import { CountedParts } from '../../data/pass/parts/counted-parts.ts'
import { partsOfDocs, partsOfFiles } from '../../data/pass/parts/pass-parts.ts'
import { runPass } from '../../data/pass/pass.ts'
import type { ReadParams } from '../../data/read/read.ts'
import { steps } from '../../data/steps/index.ts'
import { docsReport } from './docs-output.ts'

/** A call that was fused into the pass. */
interface Fused {
  readonly kind: string
  readonly params: JsonObject
}

export async function run(stage: StageRun): Promise<StageReport> {
  const params = stage.params as unknown as { readonly source?: Fused; readonly steps: readonly Fused[] }
  const over =
    params.source === undefined
      ? await partsOfDocs(stage.inputs.docs![0]!.path)
      : await partsOfFiles(readParams(params.source), Object.values(stage.files).flat())
  const makers = params.steps.map(({ kind, params: settings }) => {
    const maker = Object.hasOwn(steps, kind) ? steps[kind] : undefined
    if (maker === undefined) throw new Error(`there is no step "${kind}"`)
    return (book: LedgerBook) => maker(settings, book)
  })
  // Records whose fields are all that counts need no text; those that steps look at do.
  const warn = (message: string) => makers.length > 0 && stage.emit({ event: 'log', level: 'warning', message })
  const { signal, emit } = stage
  const parts = new CountedParts(stage.parts)
  const make = (book: LedgerBook) => makers.map((maker) => maker(book))
  const ledger = await runPass(over, make, stage.outputs.out!, { signal, parts, emit, warn })
  return { ...docsReport(ledger), ...parts.report() }
}

function readParams({ kind, params }: Fused): ReadParams {
  if (kind !== 'read') throw new Error(`there is no source "${kind}"`)
  return params as unknown as ReadParams
}
