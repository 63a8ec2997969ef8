/** Walks through the documents of artefacts, saying how far it is, and stopping when asked to. */

import type { StageEvent } from '../core/event.ts'
import { Interrupted } from '../core/failure.ts'
import type { Document } from './document.ts'
import { documentOf, linesOfShard, shardsIn } from './shards.ts'

/** The part of a running stage that a walk needs. */
export interface Surroundings {
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

/** Milliseconds between two reports. */
const pace = 250

/** Some lines of a shard, and where they are from. */
export interface LineBatch {
  readonly shard: string
  readonly lines: readonly string[]
}

/** The lines of the shards of some artefacts, one after the other, in batches. */
export async function* linesIn(
  folders: readonly string[],
  { signal, emit }: Surroundings,
  phase: string,
  stem = 'docs',
): AsyncGenerator<LineBatch> {
  const shards = (await Promise.all(folders.map((folder) => shardsIn(folder, stem)))).flat()
  const total = shards.reduce((sum, { size }) => sum + size, 0)
  let done = 0
  let reported = performance.now()
  for (const { path } of shards) {
    for await (const { lines, bytes } of linesOfShard(path)) {
      yield { shard: path, lines }
      done += bytes
      if (signal.aborted) throw new Interrupted()
      if (performance.now() - reported < pace) continue
      reported = performance.now()
      emit({ event: 'progress', done, total, unit: 'bytes', phase })
      // Signals are delivered between turns of the event loop only.
      await new Promise(setImmediate)
    }
  }
}

/** The documents of some artefacts, one after the other, in batches. */
export async function* documentsIn(
  folders: readonly string[],
  around: Surroundings,
  phase: string,
): AsyncGenerator<Document[]> {
  for await (const { shard, lines } of linesIn(folders, around, phase)) {
    yield lines.map((line) => documentOf(line, shard))
  }
}
