/**
 * One streaming pass: sends documents through steps, writes those that are left to an artefact, and keeps the ledger. A pass works part
 * by part and keeps every part. Parts that an earlier run kept give the same shards and ledger as parts that are made now.
 */

import type { StageEvent } from '../../core/event.ts'
import { StageError } from '../../core/failure.ts'
import type { Parts } from '../../core/kind/stage.ts'
import type { Ledger } from '../../core/ledger.ts'
import type { Json } from '../../core/values/json.ts'
import { LedgerBook, type LedgerPart } from '../ledger.ts'
import { Pace, type PaceOptions } from '../pace.ts'
import { bytesOf, ShardWriter, shardsIn } from '../shards/shards.ts'
import type { Step } from '../steps/step.ts'
import type { PassPart, PassParts } from './parts/pass-parts.ts'
import type { SourceContext } from './source.ts'

export interface PassOptions extends PaceOptions {
  readonly parts: Parts
  readonly warn: SourceContext['warn']
}

/** Makes the steps of the pass, which count what they do in a book. */
type Steps = (book: LedgerBook) => readonly Step[]

/** The value that is kept with the documents of a part. */
interface PartRecord {
  readonly ledger: LedgerPart
  readonly warning?: string
  readonly isLikelyWrong?: true
}

export async function runPass(
  { total, parts, enter }: PassParts,
  steps: Steps,
  folder: string,
  options: PassOptions,
): Promise<Ledger> {
  const writer = new ShardWriter(folder)
  const pace = new Pace(options, total)
  const emptyBook = () => {
    const book = new LedgerBook()
    steps(book)
    enter(book)
    return book
  }
  const whole = emptyBook()
  let done = 0
  let warned = false
  const warn: SourceContext['warn'] = (message, isLikelyWrong) => {
    if (!warned) options.warn(message, isLikelyWrong)
    warned = true
  }

  const make = async (part: PassPart, into: string): Promise<PartRecord> => {
    const book = new LedgerBook()
    const made = steps(book)
    let warned: Pick<PartRecord, 'warning' | 'isLikelyWrong'> | undefined
    const source = part.open({
      book,
      warn(warning, isLikelyWrong) {
        warned ??= { warning, ...(isLikelyWrong ? { isLikelyWrong } : {}) }
        warn(warning, isLikelyWrong)
      },
    })
    const ledgerNow = (): StageEvent => {
      const now = emptyBook()
      now.add(whole.part())
      now.add(book.part())
      return { event: 'ledger', ledger: now.ledger() }
    }
    const kept = new ShardWriter(into, Number.POSITIVE_INFINITY)
    for await (const batch of source.batches()) {
      next: for (const document of batch) {
        book.in.add(Buffer.byteLength(document.text))
        for (const step of made) if (!step(document)) continue next
        book.out.add(Buffer.byteLength(document.text))
        kept.write(document)
      }
      await pace.at(done + source.done, ledgerNow)
    }
    kept.close()
    return { ledger: book.part(), ...warned }
  }

  for await (const part of parts) {
    const { folder: kept, value } = await options.parts.part(part.content, async (into) => {
      return (await make(part, into)) as unknown as Json
    })
    const { ledger, warning, isLikelyWrong = false } = value as unknown as PartRecord
    if (warning !== undefined) warn(warning, isLikelyWrong)
    whole.add(ledger)
    for (const { path } of await shardsIn(kept)) for await (const bytes of bytesOf(path)) writer.append(bytes)
    done += part.size
    await pace.at(done, () => ({ event: 'ledger', ledger: whole.ledger() }))
  }
  writer.close()
  const ledger = whole.ledger()
  options.emit({ event: 'progress', done: total, total, unit: 'bytes' })
  options.emit({ event: 'ledger', ledger })
  for (const message of whole.warnings()) options.emit({ event: 'log', level: 'warning', message })
  refuseNothing(whole)
  return ledger
}

/** Throws a StageError for an empty corpus: it is a mistake, and later stages would explain it less clearly. */
function refuseNothing(book: LedgerBook): void {
  if (book.out.documents > 0) return
  const lost = book.malformedCount
  if (book.in.documents === lost) {
    throw new StageError(
      'no-documents',
      lost === 0
        ? 'there is no document'
        : lost === 1
          ? 'the only document could not be read'
          : `none of ${lost.toLocaleString('en-US')} documents could be read`,
      lost === 0
        ? 'Look at what is read: are the files empty?'
        : `${book.firstMalformed ?? 'The ledger shows why.'} Is the file in the format that it is read as?`,
    )
  }
  const strictest = book.strictest
  const blame = strictest === undefined ? '' : `; the rule "${strictest.rule}" dropped ${strictest.documents} of them`
  throw new StageError(
    'empty-corpus',
    `none of ${book.in.documents} documents is left${blame}`,
    'Run `llmpipe show PROGRAM STAGE` to see some of what each rule dropped. Then loosen the rule, or change how documents are split.',
  )
}
