/** Runs `perplexity`: documents are scored some at a time, so that short ones share rows. */

import type { Document } from '../../data/document.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { ShardWriter } from '../../data/shards/shards.ts'
import { documentsIn } from '../../data/shards/walk.ts'
import { AddedFields } from '../../data/steps/added-fields.ts'
import { loadContestants } from '../../train/evaluation/contestant.ts'
import { DocumentLoss } from '../../train/evaluation/document-loss.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { docsReport } from './documents/docs-output.ts'
import type { perplexity } from './perplexity.ts'

/** How many documents are scored at a time. */
const atOnce = 64

/** How many digits a perplexity has: more differ between engines and processors. */
const digits = 4

export const run: RunOf<typeof perplexity> = async (stage, services) => {
  const { inputs, settings, emit } = stage
  const engine = await services.engine(settings.engine)
  const [model] = loadContestants([{ name: 'the model', folder: inputs.under.path }], undefined)
  const losses = await DocumentLoss.compile(model!, { engine, threads: stage.threads, batch: settings.batch })
  const book = new LedgerBook()
  const change = book.step('perplexity')
  const unknown = book.step('perplexity', () => `documents without a token to predict have no ${settings.as}`)
  const fields = new AddedFields('perplexity', book)
  const writer = new ShardWriter(stage.outputs.out)
  let sum = 0
  let tokens = 0
  const score = async (documents: readonly Document[]) => {
    const found = await losses.of(documents.map(({ text }) => text))
    for (const [index, document] of documents.entries()) {
      const own = found[index]!
      book.in.add(Buffer.byteLength(document.text))
      book.out.add(Buffer.byteLength(document.text))
      if (own.tokens === 0) unknown.documents++
      else change.documents++
      sum += own.sum
      tokens += own.tokens
      const value = own.tokens === 0 ? null : Number(Math.exp(own.sum / own.tokens).toPrecision(digits))
      fields.add(document, { [settings.as]: value })
      writer.write(document)
    }
  }
  for await (const documents of documentsIn([inputs.docs.path], stage, 'measuring'))
    for (let at = 0; at < documents.length; at += atOnce) await score(documents.slice(at, at + atOnce))
  await losses.dispose()
  writer.close()
  const ledger = book.ledger()
  emit({ event: 'ledger', ledger })
  for (const message of book.warnings()) emit({ event: 'log', level: 'warning', message })
  const report = docsReport(ledger)
  const loss = tokens === 0 ? {} : { loss: sum / tokens, perplexity: Math.exp(sum / tokens) }
  return { ...report, metrics: { ...report.metrics, ...loss }, engine: engine.description }
}
