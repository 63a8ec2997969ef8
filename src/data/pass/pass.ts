/**
 * One streaming pass: sends documents through steps, writes those that are left to an artefact, and keeps the ledger. A pass works part
 * by part and keeps every part. Parts that an earlier run kept give the same shards and ledger as parts that are made now.
 */

import type { StageEvent } from '../../core/event.ts'
import { StageError } from '../../core/failure.ts'
import type { PartedWork, PartPace, StageContext } from '../../core/kind/stage.ts'
import type { Ledger } from '../../core/ledger.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { LedgerBook, type LedgerPart } from '../ledger.ts'
import { Pace, type PaceOptions } from '../pace.ts'
import { bytesOf, ShardWriter, shardsIn } from '../shards/shards.ts'
import type { Step } from '../steps/step.ts'
import { madeParts, PartCounts } from './parts/made-parts.ts'
import type { PassPart, PassParts } from './parts/pass-parts.ts'
import type { SourceContext } from './source.ts'

export interface PassOptions extends PaceOptions, Pick<StageContext, 'parts' | 'spread'> {
  readonly warn: SourceContext['warn']
  /** Receives the number of parts, and how many of them were reused. */
  readonly counts?: PartCounts
  /** Whether no document has to be left at the end. */
  readonly mayBeEmpty?: boolean
}

/** Makes the steps of the pass, which count what they do in a book. */
type Steps = (book: LedgerBook) => readonly Step[]

/** The value that is kept with the documents of a part. */
interface PartRecord {
  readonly ledger: LedgerPart
  readonly warning?: string
  readonly isLikelyWrong?: true
}

/** The work of a pass. `beside`: whatever the parts depend on besides their input and the params of the stage. */
export function passWork(over: PassParts, steps: Steps, beside?: JsonObject): PartedWork {
  return {
    total: over.total,
    tasks: () => over.tasks(),
    async open(task) {
      const part = await over.part(task)
      return {
        content: beside === undefined ? part.content : { content: part.content, ...beside },
        async make(folder, at) {
          return (await makePart(part, steps, folder, at)) as unknown as Json
        },
      }
    },
  }
}

/** Sends the documents of a part through the steps, and writes those that are left to a folder. */
async function makePart(part: PassPart, steps: Steps, folder: string, at: PartPace): Promise<PartRecord> {
  const book = new LedgerBook()
  const made = steps(book)
  let warned: Pick<PartRecord, 'warning' | 'isLikelyWrong'> | undefined
  const source = part.open({
    book,
    warn(warning, isLikelyWrong) {
      warned ??= { warning, ...(isLikelyWrong ? { isLikelyWrong } : {}) }
    },
  })
  const kept = new ShardWriter(folder, Number.POSITIVE_INFINITY)
  for await (const batch of source.batches()) {
    next: for (const document of batch) {
      book.in.add(Buffer.byteLength(document.text))
      for (const step of made) if (!step(document)) continue next
      book.out.add(Buffer.byteLength(document.text))
      kept.write(document)
    }
    await at(source.done, () => book.part() as unknown as Json)
  }
  kept.close()
  return { ledger: book.part(), ...warned }
}

export async function runPass(
  over: PassParts,
  steps: Steps,
  folder: string,
  options: PassOptions,
  work = passWork(over, steps),
): Promise<Ledger> {
  const writer = new ShardWriter(folder)
  const pace = new Pace(options, over.total)
  const emptyBook = () => {
    const book = new LedgerBook()
    steps(book)
    over.enter(book)
    return book
  }
  const whole = emptyBook()
  const ledgerWith = (underWay: readonly Json[]): StageEvent => {
    const now = emptyBook()
    now.add(whole.part())
    for (const counted of underWay) now.add(counted as unknown as LedgerPart)
    return { event: 'ledger', ledger: now.ledger({ hasHistograms: false }) }
  }
  let done = 0
  let hasWarned = false
  const made = madeParts(options, work, options.counts ?? new PartCounts(), (now, counted) =>
    pace.at(now, () => ledgerWith(counted())),
  )
  for await (const part of made) {
    const { ledger, warning, isLikelyWrong = false } = part.value as unknown as PartRecord
    if (warning !== undefined && !hasWarned) options.warn(warning, isLikelyWrong)
    hasWarned ||= warning !== undefined
    whole.add(ledger)
    for (const { path } of await shardsIn(part.folder)) for await (const bytes of bytesOf(path)) writer.append(bytes)
    done += part.size
    await pace.at(done, () => ledgerWith([]))
  }
  writer.close()
  const ledger = whole.ledger()
  options.emit({ event: 'progress', done: over.total, total: over.total, unit: 'bytes' })
  options.emit({ event: 'ledger', ledger })
  for (const message of whole.warnings()) options.emit({ event: 'log', level: 'warning', message })
  if (options.mayBeEmpty !== true) refuseNothing(whole)
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
