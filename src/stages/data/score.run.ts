/** Runs `score`: a pass over documents with one step. */

import { readClassifier } from '../../data/classifier/model.ts'
import type { LedgerBook } from '../../data/ledger.ts'
import { PartCounts } from '../../data/pass/parts/made-parts.ts'
import { partsOfDocs } from '../../data/pass/parts/pass-parts.ts'
import { passWork, runPass } from '../../data/pass/pass.ts'
import { AddedFields } from '../../data/steps/added-fields.ts'
import type { Step } from '../../data/steps/step.ts'
import type { PartsOf, RunOf, StageOf } from '../shared/define-kind.ts'
import { docsReport } from './documents/docs-output.ts'
import type { score } from './score.ts'

async function passOf({ inputs, settings }: StageOf<typeof score>) {
  const { docs, with: model } = inputs
  const probability = readClassifier(model.path)
  const step = (book: LedgerBook): Step => {
    const change = book.step('score')
    const fields = new AddedFields('score', book)
    return (document) => {
      fields.add(document, { [settings.as]: Number(probability(document.text).toFixed(5)) })
      change.documents++
      return true
    }
  }
  const over = await partsOfDocs(docs.path)
  const steps = (book: LedgerBook) => [step(book)]
  // A part depends on the classifier too.
  return { over, steps, work: passWork(over, steps, { with: model.digest }) }
}

export const parts: PartsOf<typeof score> = async (stage) => (await passOf(stage)).work

export const run: RunOf<typeof score> = async (stage) => {
  const { emit } = stage
  const { over, steps, work } = await passOf(stage)
  const counts = new PartCounts()
  const warn = (message: string) => emit({ event: 'log', level: 'warning', message })
  const ledger = await runPass(over, steps, stage.outputs.out, { ...stage, warn, counts }, work)
  return { ...docsReport(ledger), ...counts.report() }
}
