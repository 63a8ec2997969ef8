/** Runs `split`. */

import { StageError } from '../../core/failure.ts'
import { Document, idOf } from '../../data/document.ts'
import { lengthOf } from '../../data/metrics/characters.ts'
import { Numbers } from '../../data/sampling/numbers.ts'
import { RandomKeys } from '../../data/sampling/random-keys.ts'
import { cuts } from '../../data/sampling/select.ts'
import { recordsIn, recordWriter, stemOf } from '../../data/shards/records.ts'
import { documentsIn, linesIn } from '../../data/shards/walk.ts'
import type { RunOf, StageOf } from '../shared/define-kind.ts'
import type { split } from './split.ts'

export const run: RunOf<typeof split> = async (stage) => {
  const { shares, by, seed } = stage.settings
  const sizes = by === 'characters' ? await byCharacters(stage, shares) : await byDocuments(stage, shares, seed)
  if (sizes.includes(0)) {
    throw new StageError(
      'empty-share',
      `of the shares ${shares.map((share) => `${share * 100} %`).join(', ')} one got no document`,
      'Give it more, or take copies out first: dedup(exact).',
    )
  }
  const documents = sizes.reduce((sum, size) => sum + size, 0)
  return {
    metrics: { documents },
    summary: sizes
      .map((size) => size.toLocaleString('en-US'))
      .join(' and ')
      .concat(' documents'),
  }
}

async function byDocuments(stage: StageOf<typeof split>, shares: readonly number[], seed: number): Promise<number[]> {
  const artefact = stage.inputs.docs
  const keys = new RandomKeys(seed, 'split')
  const numbers = new Numbers()
  for await (const records of recordsIn(artefact, stage, 'drawing')) {
    for (const { content } of records) numbers.push(keys.ofContent(content))
  }
  const edges = cuts(numbers, shares)
  const writers = shares.map((_, i) => recordWriter(stage.outputs[i]!, artefact.kind))
  const sizes = shares.map(() => 0)
  let index = 0
  for await (const { lines } of linesIn([artefact.path], stage, 'splitting', stemOf(artefact.kind))) {
    for (const line of lines) {
      const number = numbers.at(index++)
      const share = edges.findIndex((edge) => number < edge)
      sizes[share]!++
      writers[share]!.writeLine(line)
    }
  }
  for (const writer of writers) writer.close()
  return sizes
}

async function byCharacters(stage: StageOf<typeof split>, shares: readonly number[]): Promise<number[]> {
  const artefact = stage.inputs.docs
  let total = 0
  for await (const documents of documentsIn([artefact.path], stage, 'counting')) {
    for (const { text } of documents) total += lengthOf(text)
  }
  let sum = 0
  const edges = shares.map((share, i) => {
    sum += share
    // Rounded, since 0.7 + 0.2 is a little less than 0.9.
    return i === shares.length - 1 ? total : Math.floor(Number((sum * total).toPrecision(14)))
  })
  const writers = shares.map((_, i) => recordWriter(stage.outputs[i]!, artefact.kind))
  const sizes = shares.map(() => 0)
  let done = 0
  for await (const documents of documentsIn([artefact.path], stage, 'splitting')) {
    for (const document of documents) {
      const end = done + lengthOf(document.text)
      for (const [share, edge] of edges.entries()) {
        const from = Math.max(done, edges[share - 1] ?? 0)
        const to = Math.min(end, edge)
        if (from >= to) continue
        sizes[share]!++
        writers[share]!.write(to - from === end - done ? document : part(document, from - done, to - done, share))
      }
      done = end
    }
  }
  for (const writer of writers) writer.close()
  return sizes
}

/** A part of a document, from one character to another; its id says which share it went to. */
function part(document: Document, from: number, to: number, share: number): Document {
  const { text, fields } = document
  const start = unitAt(text, 0, from)
  return new Document(text.slice(start, unitAt(text, start, to - from)), `${idOf(document)}-${share}`, fields)
}

/** The offset, in UTF-16 units, that lies `characters` characters after `at`. */
function unitAt(text: string, at: number, characters: number): number {
  for (let i = 0; i < characters; i++) at += text.codePointAt(at)! > 0xffff ? 2 : 1
  return at
}
