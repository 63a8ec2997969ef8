/**
 * Searches the texts that a model learned from for measured texts, in parts that are kept: after a change, only the parts with changed texts are
 * searched again. The content of a part names the measured texts.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Artefact } from '../../core/artefact.ts'
import type { PartedWork, StageContext } from '../../core/kind/stage.ts'
import type { Json } from '../../core/values/json.ts'
import type { Marks } from '../marks.ts'
import { Pace, type PaceOptions } from '../pace.ts'
import { linesOfPart } from '../pass/parts/line-parts.ts'
import { madeParts, type PartCounts } from '../pass/parts/made-parts.ts'
import { partsOfLines } from '../pass/parts/pass-parts.ts'
import { linesIn } from '../shards/walk.ts'
import { type Compared, comparedOf, passageAt, stemOf } from './compared.ts'
import { type Found, MeasuredTexts } from './measured-texts.ts'

/** The records of the measured artefact, in order. */
export async function* recordsOf(of: Artefact, stage: PaceOptions, phase: string): AsyncGenerator<Compared> {
  for await (const { lines, shard } of linesIn([of.path], stage, phase, stemOf(of.kind)))
    for (const line of lines) if (line !== '') yield comparedOf(line, of.kind, shard)
}

/** The index of the measured texts. `most`: the number of words after which texts are left out. */
export async function measuredTexts(of: Artefact, most: number, stage: PaceOptions): Promise<MeasuredTexts> {
  const measured = new MeasuredTexts(most)
  for await (const { texts } of recordsOf(of, stage, 'indexing')) measured.add(texts)
  return measured
}

/** The learned document that shares the most 8-grams with a measured text. */
export interface Twin {
  readonly ngrams: number
  readonly id: string
  /** The passage in which they begin; empty if there are too many twins to keep all passages. */
  readonly passage: string
}

const [marksFile, twinsFile] = ['marks.bin', 'twins.json']

/** The most twins of a part whose passages are kept. */
const mostPassages = 1000

/** The artefact of a part, and what it tells of the part there. */
type SearchTask = readonly [source: number, task: Json]

/** The work of searching the records of some artefacts. */
export async function searchWork(
  learned: readonly Artefact[],
  of: Artefact,
  measured: MeasuredTexts,
): Promise<PartedWork> {
  const sources = await Promise.all(learned.map(({ path, kind }) => partsOfLines(path, undefined, stemOf(kind))))
  return {
    total: sources.reduce((sum, { total }) => sum + total, 0),
    async *tasks() {
      for (const [source, { tasks }] of sources.entries())
        for await (const { task, size } of tasks()) yield { task: [source, task], size }
    },
    async open(task) {
      const [source, own] = task as unknown as SearchTask
      const part = await sources[source]!.read(own)
      const { kind } = learned[source]!
      return {
        content: { learned: part.sha256, kind, of: [of.kind, of.digest] },
        async make(folder, at) {
          const search = measured.search()
          const twins = new Map<number, Twin>()
          for (const block of linesOfPart(part)) {
            for (const line of block.lines)
              if (line !== '') takeTwins(search.read.bind(search), comparedOf(line, kind, part.shard), twins)
            await at(block.done)
          }
          writeFileSync(join(folder, marksFile), bytesOfMarks(search.found))
          writeFileSync(join(folder, twinsFile), JSON.stringify([...twins]))
          return {}
        },
      }
    },
  }
}

/** Searches a record. It becomes the twin of each item of which it has more 8-grams than the twins before. */
function takeTwins(
  read: (texts: readonly string[]) => ReturnType<ReturnType<MeasuredTexts['search']>['read']>,
  { id, texts }: Compared,
  twins: Map<number, Twin>,
): void {
  for (const { item, ngrams, word, text } of read(texts)) {
    const known = twins.get(item)
    if (known !== undefined && known.ngrams >= ngrams) continue
    const isRoom = known === undefined ? twins.size < mostPassages : known.passage !== ''
    twins.set(item, { ngrams, id, passage: isRoom ? passageAt(texts[text]!, word) : '' })
  }
}

/** The measured n-grams that one source has, and its twins of measured texts. */
export interface SourceFound {
  readonly found: Found
  readonly twins: ReadonlyMap<number, Twin>
}

/** Searches all sources. The result does not depend on how they are divided into parts. */
export async function searched(
  work: PartedWork,
  sources: number,
  measured: MeasuredTexts,
  stage: Pick<StageContext, 'parts' | 'spread'> & PaceOptions,
  counts: PartCounts,
): Promise<readonly SourceFound[]> {
  const all = Array.from({ length: sources }, () => ({ found: measured.marks(), twins: new Map<number, Twin>() }))
  const pace = new Pace(stage, work.total, 'comparing')
  let done = 0
  for await (const part of madeParts(stage, work, counts, (now) => pace.at(now))) {
    const [source] = part.task as unknown as SearchTask
    const { found, twins } = all[source]!
    addMarks(readFileSync(join(part.folder, marksFile)), found)
    for (const [item, twin] of JSON.parse(readFileSync(join(part.folder, twinsFile), 'utf8')) as [number, Twin][])
      if ((twins.get(item)?.ngrams ?? 0) < twin.ngrams) twins.set(item, twin)
    done += part.size
    await pace.at(done)
  }
  return all
}

const which = ['shorts', 'longs', 'whole'] as const satisfies readonly (keyof Found)[]

/** Three lists of numbers of 32 bits, each after its length. */
function bytesOfMarks(found: Found): Buffer {
  const numbers = which.flatMap((each) => {
    const own = [...found[each].all()]
    return [own.length, ...own]
  })
  const bytes = Buffer.alloc(4 * numbers.length)
  for (const [i, number] of numbers.entries()) bytes.writeUInt32LE(number, 4 * i)
  return bytes
}

function addMarks(bytes: Buffer, found: { readonly [K in keyof Found]: Marks }): void {
  let at = 0
  for (const each of which) {
    const length = bytes.readUInt32LE(at)
    for (let i = 1; i <= length; i++) found[each].add(bytes.readUInt32LE(at + 4 * i))
    at += 4 + 4 * length
  }
}
