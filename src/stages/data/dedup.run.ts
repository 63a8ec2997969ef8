/** Runs `dedup`: the first pass finds copies, the second writes the documents that stay. Lines and paragraphs need one pass. */

import type { Twin } from '../../core/ledger.ts'
import { bandingFor } from '../../data/dedup/bands.ts'
import { BloomFilter } from '../../data/dedup/bloom.ts'
import { Digests } from '../../data/dedup/digests.ts'
import { contentOf, exactDigest } from '../../data/dedup/exact.ts'
import { Minhash, Signer } from '../../data/dedup/minhash.ts'
import { type PartKind, RepeatedParts } from '../../data/dedup/repeated-parts.ts'
import { signaturesOf, signatureWork } from '../../data/dedup/signatures.ts'
import { passagesOf } from '../../data/dedup/twins.ts'
import { type Document, idOf } from '../../data/document.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { PartCounts } from '../../data/pass/parts/made-parts.ts'
import { Numbers } from '../../data/sampling/numbers.ts'
import { documentOf, ShardWriter } from '../../data/shards/shards.ts'
import { blocksIn, documentsIn } from '../../data/shards/walk.ts'
import type { PartsOf, RunOf, StageOf } from '../shared/define-kind.ts'
import type { dedup } from './dedup.ts'
import { withoutRepeatedSubstrings } from './dedup-substrings.ts'
import { docsReport } from './documents/docs-output.ts'

type Stage = StageOf<typeof dedup>

/** A number for each document. */
interface PerDocument {
  readonly length: number
  at(place: number): number | undefined
}

interface Copies {
  /**
   * For each document the place of the first document that it is a copy of: its own place if it is not a copy. The documents of `against` have the places
   * before those of `docs`.
   */
  readonly firsts: PerDocument
  /** The number of documents of `against`. */
  readonly against: number
  /** The size of the text of each document of `docs`, in bytes. */
  readonly sizes: PerDocument
}

/** The default of `false_positives`: as in Dolma's configurations, one in 100,000. */
const usualFalsePositives = 1e-5

const newline = 10
const lineEnd = Buffer.of(newline)

/** How many documents of each rule the ledger shows beside the one that stayed. */
const shown = 5

export const run: RunOf<typeof dedup> = async (stage) => {
  const { method } = stage.settings
  if (method === 'lines' || method === 'paragraphs') return withoutRepeated(stage, method)
  if (method === 'substring') return withoutRepeatedSubstrings(stage)
  if (method === 'bloom') return withoutSeen(stage, stage.settings.false_positives ?? usualFalsePositives)
  const counts = new PartCounts()
  const copies = method === 'exact' ? await exactCopies(stage) : await nearCopies(stage, counts)
  const { firsts, against, sizes } = copies
  const book = new LedgerBook()
  const what = method === 'exact' ? 'exact copies' : 'near copies'
  const within = book.rule(`dedup: ${what}`)
  const outside = against === 0 ? undefined : book.rule(`dedup: ${what} of \`against\``)
  const writer = new ShardWriter(stage.outputs.out)
  const wanted = keptForSamples(copies)
  const stayed = await wantedOfAgainst(stage, wanted, against)
  let place = against
  // Lines that stay are copied as bytes: to parse and print them again would take longer than comparing them.
  for await (const { shard, bytes } of blocksIn([stage.inputs.docs.path], stage, 'writing')) {
    const kept: Buffer[] = []
    /** Where the lines begin that stay and are not in `kept` yet. */
    let from = 0
    for (let start = 0, end: number; start <= bytes.length; start = end + 1, place++) {
      const next = bytes.indexOf(newline, start)
      end = next === -1 ? bytes.length : next
      const document = () => documentOf(bytes.toString('utf8', start, end), shard)
      const first = firsts.at(place)!
      const size = sizes.at(place - against)!
      book.in.add(size)
      if (first === place) {
        book.out.add(size)
        if (wanted.has(place)) stayed.set(place, document())
        continue
      }
      kept.push(bytes.subarray(from, start))
      from = end + 1
      const rule = first < against ? outside! : within
      if (!rule.wantsSample) rule.dropped.add(size)
      else {
        const dropped = document()
        const twin = () => twinOf(stayed.get(first), dropped)
        rule.drop(dropped, () => `copy of ${twin()?.id}`, twin)
      }
    }
    if (from <= bytes.length) kept.push(bytes.subarray(from), lineEnd)
    writer.append(Buffer.concat(kept))
  }
  writer.close()
  const ledger = book.ledger()
  stage.emit({ event: 'ledger', ledger })
  return { ...docsReport(ledger), ...counts.report() }
}

/** The folders to compare with, then the folder of the documents. */
function foldersOf({ inputs }: Stage): { readonly against: readonly string[]; readonly docs: string } {
  return { against: inputs.against.map(({ path }) => path), docs: inputs.docs.path }
}

async function exactCopies(stage: Stage): Promise<Copies> {
  const digests = new Digests()
  const firsts = new Numbers()
  const folders = foldersOf(stage)
  const sizes = new Numbers()
  const add = async (of: readonly string[], onSize?: (bytes: number) => void) => {
    for await (const documents of documentsIn(of, stage, 'comparing'))
      for (const document of documents) {
        firsts.push(digests.firstOf(exactDigest(contentOf(document)), firsts.length))
        onSize?.(Buffer.byteLength(document.text))
      }
  }
  await add(folders.against)
  const against = firsts.length
  await add([folders.docs], (bytes) => sizes.push(bytes))
  return { firsts, against, sizes }
}

function bandsOf({ settings }: Stage) {
  const { threshold, words = 5, seed = 1, bands, rows } = settings
  return { words, seed, ...bandingFor(threshold, bands, rows) }
}

/** The signatures of `dedup(minhash)` are made by parts. */
export const parts: PartsOf<typeof dedup> = (stage) => {
  const { against, docs } = foldersOf(stage)
  // The folder of the documents can be one of those to compare with: equal artefacts are in one folder.
  return signatureWork([...against, docs], new Signer(bandsOf(stage)))
}

async function nearCopies(stage: Stage, counts: PartCounts): Promise<Copies> {
  const { threshold } = stage.settings
  const minhash = new Minhash({ ...bandsOf(stage), ...(threshold === undefined ? {} : { threshold }) })
  const last = stage.inputs.against.length
  const sizes = new Numbers()
  let against = 0
  for await (const part of signaturesOf(await parts(stage), stage, counts)) {
    for (const signature of part.signatures) minhash.add(signature)
    if (part.folder < last) against += part.sizes.length
    else for (const size of part.sizes) sizes.push(size)
  }
  return { firsts: minhash.firsts(), against, sizes }
}

/** Drops the documents that a Bloom filter has seen. A first pass counts them, so that the filter has the size that they need. */
async function withoutSeen(stage: Stage, falsePositives: number): ReturnType<RunOf<typeof dedup>> {
  const folders = foldersOf(stage)
  let count = 0
  for await (const documents of documentsIn([...folders.against, folders.docs], stage, 'counting'))
    count += documents.length
  const filter = new BloomFilter(count, falsePositives)
  stage.emit({
    event: 'log',
    level: 'info',
    message: `a filter of ${(filter.bytes / 1e6).toFixed(1)} MB for ${count.toLocaleString('en-US')} documents`,
  })
  for await (const documents of documentsIn(folders.against, stage, 'comparing'))
    for (const document of documents) filter.add(exactDigest(contentOf(document)))
  const book = new LedgerBook()
  const percent = Number((100 * falsePositives).toPrecision(3))
  const seen = book.rule(`dedup: exact copies, and at most ${percent}% of others (bloom)`)
  const writer = new ShardWriter(stage.outputs.out)
  for await (const documents of documentsIn([folders.docs], stage, 'writing')) {
    for (const document of documents) {
      book.in.add(Buffer.byteLength(document.text))
      if (filter.add(exactDigest(contentOf(document)))) {
        book.out.add(Buffer.byteLength(document.text))
        writer.write(document)
      } else seen.drop(document)
    }
  }
  writer.close()
  const ledger = book.ledger()
  stage.emit({ event: 'ledger', ledger })
  return docsReport(ledger)
}

/** Removes lines or paragraphs that occurred before. A document of which nothing is left is dropped. */
async function withoutRepeated(stage: Stage, kind: PartKind): ReturnType<RunOf<typeof dedup>> {
  const repeated = new RepeatedParts(kind, stage.settings.min_words ?? 1)
  const folders = foldersOf(stage)
  for await (const documents of documentsIn(folders.against, stage, 'comparing'))
    for (const { text } of documents) repeated.reduce(text)
  const book = new LedgerBook()
  const whole = book.rule(`dedup: documents of repeated ${kind} only`)
  const change = book.step('dedup', ({ counts, first }) => `${counts[kind]} repeated ${kind}, first “${first}”`, [kind])
  const writer = new ShardWriter(stage.outputs.out)
  for await (const documents of documentsIn([folders.docs], stage, 'writing')) {
    for (const document of documents) {
      book.in.add(Buffer.byteLength(document.text))
      const { text, removed, first = '' } = repeated.reduce(document.text)
      if (removed > 0 && text === '') {
        whole.drop(document)
        continue
      }
      if (removed > 0) {
        change.documents++
        change.count(kind, removed)
        change.first ??= first.length > 60 ? `${first.slice(0, 60)}…` : first
        document.replaceText(text)
      }
      book.out.add(Buffer.byteLength(document.text))
      writer.write(document)
    }
  }
  writer.close()
  const ledger = book.ledger()
  stage.emit({ event: 'ledger', ledger })
  return docsReport(ledger)
}

/** The places of the documents that stay and whose copies the ledger will show. */
function keptForSamples({ firsts, against }: Copies): ReadonlySet<number> {
  const kept = { within: [] as number[], outside: [] as number[] }
  for (let place = against; place < firsts.length; place++) {
    const first = firsts.at(place)!
    const list = first < against ? kept.outside : kept.within
    if (first !== place && list.length < shown) list.push(first)
  }
  return new Set([...kept.within, ...kept.outside])
}

/** The document that stayed and the same passage of both, for a sample. */
function twinOf(stayed: Document | undefined, { text }: Document): Twin | undefined {
  return stayed && { id: idOf(stayed), ...passagesOf(stayed.text, text) }
}

/** The wanted documents of `against`, by their places. */
async function wantedOfAgainst(
  stage: Stage,
  wanted: ReadonlySet<number>,
  against: number,
): Promise<Map<number, Document>> {
  const found = new Map<number, Document>()
  const last = Math.max(-1, ...[...wanted].filter((place) => place < against))
  let place = 0
  if (last === -1) return found
  for await (const documents of documentsIn(foldersOf(stage).against, stage, 'looking up copies')) {
    for (const document of documents) {
      if (wanted.has(place)) found.set(place, document)
      place++
    }
    if (place > last) break
  }
  return found
}
