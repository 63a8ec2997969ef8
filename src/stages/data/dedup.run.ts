/** Runs `dedup`: the first pass finds copies, the second writes the documents that stay. */

import type { StageContext } from '../../core/kind/stage.ts'
import { bandingFor } from '../../data/dedup/bands.ts'
import { Digests } from '../../data/dedup/digests.ts'
import { exactDigest } from '../../data/dedup/exact.ts'
import { Minhash } from '../../data/dedup/minhash.ts'
import { type Document, idOf } from '../../data/document.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { Numbers } from '../../data/sampling/numbers.ts'
import { ShardWriter } from '../../data/shards/shards.ts'
import { documentsIn } from '../../data/shards/walk.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { docsReport } from './docs-output.ts'

interface DedupParams {
  readonly method: 'exact' | 'minhash'
  readonly threshold?: number
  readonly words?: number
  readonly bands?: number
  readonly rows?: number
  readonly seed?: number
}

/** For each document the place of the first document that it is a copy of: its own place if it is not a copy. */
interface Firsts {
  readonly length: number
  at(place: number): number | undefined
}

/** How many documents the ledger shows with the id of the one that stayed. */
const shown = 5

export const run: RunOf<typeof import('./dedup.ts').dedup> = async (stage) => {
  const params = stage.settings
  const folder = stage.inputs.docs.path
  const firsts = params.method === 'exact' ? await exactCopies(stage, folder) : await nearCopies(stage, folder, params)
  const book = new LedgerBook()
  const rule = book.rule(params.method === 'exact' ? 'dedup: exact copies' : 'dedup: near copies')
  const writer = new ShardWriter(stage.outputs.out)
  const wanted = keptForSamples(firsts)
  const ids = new Map<number, string>()
  let place = 0
  for await (const documents of documentsIn([folder], stage, 'writing')) {
    for (const document of documents) {
      const first = firsts.at(place)
      book.in.add(Buffer.byteLength(document.text))
      if (first === place) {
        book.out.add(Buffer.byteLength(document.text))
        writer.write(document)
        if (wanted.has(place)) ids.set(place, idOf(document))
      } else rule.drop(document, () => `copy of ${ids.get(first!)}`)
      place++
    }
  }
  writer.close()
  const ledger = book.ledger()
  stage.emit({ event: 'ledger', ledger })
  return docsReport(ledger)
}

async function exactCopies(stage: StageContext, folder: string): Promise<Firsts> {
  const digests = new Digests()
  const firsts = new Numbers()
  for await (const documents of documentsIn([folder], stage, 'comparing')) {
    for (const document of documents) firsts.push(digests.firstOf(exactDigest(contentOf(document)), firsts.length))
  }
  return firsts
}

async function nearCopies(stage: StageContext, folder: string, params: DedupParams): Promise<Firsts> {
  const { threshold, words = 5, seed = 1 } = params
  const banding = bandingFor(threshold, params.bands, params.rows)
  const minhash = new Minhash({ words, seed, ...banding, ...(threshold === undefined ? {} : { threshold }) })
  for await (const documents of documentsIn([folder], stage, 'comparing')) {
    for (const document of documents) minhash.add(contentOf(document))
  }
  return minhash.firsts()
}

/** The text of a document, or its fields if the record has no text. */
function contentOf({ text, fields }: Document): string {
  return text === '' ? JSON.stringify(fields) : text
}

/** The places of the documents that stay and whose copies the ledger will show. */
function keptForSamples(firsts: Firsts): ReadonlySet<number> {
  const kept: number[] = []
  for (let place = 0; place < firsts.length && kept.length < shown; place++) {
    const first = firsts.at(place)
    if (first !== place && first !== undefined) kept.push(first)
  }
  return new Set(kept)
}
