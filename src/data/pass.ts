/** One streaming pass: documents from a source through steps to the shards of an artefact, with a ledger of it all. */

import type { Ledger } from '../core/artefact.ts'
import type { StageEvent } from '../core/event.ts'
import { Interrupted, StageError } from '../core/failure.ts'
import type { LedgerBook } from './ledger.ts'
import { ShardWriter } from './shards.ts'
import type { Source } from './source.ts'
import type { Step } from './steps/step.ts'

export interface PassSurroundings {
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

/** Milliseconds between two reports. */
const pace = 250

export async function runPass(
  source: Source,
  steps: readonly Step[],
  folder: string,
  book: LedgerBook,
  { signal, emit }: PassSurroundings,
): Promise<Ledger> {
  const writer = new ShardWriter(folder)
  let reported = performance.now()
  for await (const batch of source.batches()) {
    next: for (const document of batch) {
      book.in.add(Buffer.byteLength(document.text))
      for (const step of steps) if (!step(document)) continue next
      book.out.add(Buffer.byteLength(document.text))
      writer.write(document)
    }
    if (signal.aborted) throw new Interrupted()
    if (performance.now() - reported < pace) continue
    reported = performance.now()
    emit({ event: 'progress', done: source.done, total: source.total, unit: 'bytes' })
    emit({ event: 'ledger', ledger: book.ledger() })
    // Signals are delivered between turns of the event loop only.
    await new Promise(setImmediate)
  }
  writer.close()
  const ledger = book.ledger()
  emit({ event: 'progress', done: source.total, total: source.total, unit: 'bytes' })
  emit({ event: 'ledger', ledger })
  refuseNothing(book)
  return ledger
}

/** A corpus of nothing is a mistake somewhere, and what follows would only say so less clearly. */
function refuseNothing(book: LedgerBook): void {
  if (book.out.documents > 0) return
  if (book.in.documents === 0) {
    const lost = book.malformedCount
    throw new StageError(
      'no-documents',
      lost === 0 ? 'there is no document' : `there is no document, and ${lost} lines could not be read`,
      lost === 0
        ? 'Look at what is read: are the files empty?'
        : 'The ledger says why: is this the format it is read as?',
    )
  }
  const strictest = book.strictest
  const most = strictest === undefined ? '' : `; ${strictest.documents} of them fell to "${strictest.rule}"`
  throw new StageError(
    'empty-corpus',
    `none of ${book.in.documents} documents is left${most}`,
    'The ledger shows some of each rule. Loosen the rule, or look at how documents are split.',
  )
}
