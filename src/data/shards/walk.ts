/** Walks through the documents of artefacts, reports the progress, and ends when the stage is interrupted. */

import type { Document } from '../document.ts'
import { Pace, type PaceOptions } from '../pace.ts'
import { blocksOfShard, documentOf, shardsIn } from './shards.ts'

export type { PaceOptions }

/** Some lines of a shard. */
export interface LineBatch {
  readonly shard: string
  readonly lines: readonly string[]
}

/** Whole lines of a shard as bytes, without the \n of the last line. */
export interface ByteBatch {
  readonly shard: string
  readonly bytes: Buffer
}

/** The bytes of the shards of some artefacts, one after the other, in batches of whole lines. */
export async function* blocksIn(
  folders: readonly string[],
  options: PaceOptions,
  phase: string,
  stem = 'docs',
): AsyncGenerator<ByteBatch> {
  const shards = (await Promise.all(folders.map((folder) => shardsIn(folder, stem)))).flat()
  const pace = new Pace(
    options,
    shards.reduce((sum, { size }) => sum + size, 0),
    phase,
  )
  let done = 0
  for (const { path } of shards) {
    for await (const { bytes } of blocksOfShard(path)) {
      yield { shard: path, bytes }
      done += bytes.length + 1
      await pace.at(done)
    }
  }
}

/** The lines of the shards of some artefacts, one after the other, in batches. */
export async function* linesIn(
  folders: readonly string[],
  options: PaceOptions,
  phase: string,
  stem = 'docs',
): AsyncGenerator<LineBatch> {
  for await (const { shard, bytes } of blocksIn(folders, options, phase, stem))
    yield { shard, lines: bytes.toString('utf8').split('\n') }
}

/** The documents of some artefacts, one after the other, in batches. */
export async function* documentsIn(
  folders: readonly string[],
  options: PaceOptions,
  phase: string,
): AsyncGenerator<Document[]> {
  for await (const { shard, lines } of linesIn(folders, options, phase)) {
    yield lines.map((line) => documentOf(line, shard))
  }
}
