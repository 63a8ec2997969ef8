/** Runs `documents`: the source or the artefact, and then each step, document by document. */

import type { StageReport } from '../core/artefact.ts'
import type { JsonObject } from '../core/json.ts'
import type { StageRun } from '../core/kind.ts'
import { LedgerBook } from '../data/ledger.ts'
import { runPass } from '../data/pass.ts'
import { type ReadParams, readSource } from '../data/read/read.ts'
import { docsSource } from '../data/read-docs.ts'
import { steps } from '../data/steps/index.ts'
import { docsReport } from './docs-output.ts'

/** A call that was fused into the pass. */
interface Fused {
  readonly kind: string
  readonly params: JsonObject
}

export async function run(stage: StageRun): Promise<StageReport> {
  const params = stage.params as unknown as { readonly source?: Fused; readonly steps: readonly Fused[] }
  const book = new LedgerBook()
  // Records whose fields are all that counts need no text; those that steps look at do.
  const warn = (message: string) => params.steps.length > 0 && stage.emit({ event: 'log', level: 'warning', message })
  const source =
    params.source === undefined
      ? await docsSource(stage.inputs.docs![0]!.path)
      : await readSource(readParams(params.source), { files: stage.files, book, warn })
  const made = params.steps.map(({ kind, params: settings }) => {
    const maker = Object.hasOwn(steps, kind) ? steps[kind] : undefined
    if (maker === undefined) throw new Error(`there is no step "${kind}"`)
    return maker(settings, book)
  })
  return docsReport(await runPass(source, made, stage.outputs.out!, book, stage))
}

function readParams({ kind, params }: Fused): ReadParams {
  if (kind !== 'read') throw new Error(`there is no source "${kind}"`)
  return params as unknown as ReadParams
}
