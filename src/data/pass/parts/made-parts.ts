/** Makes the parts of a stage: in its threads if there is enough to do, and otherwise one after the other. */

import type { MadePart, PartedWork, SpreadProgress, StageContext } from '../../../core/kind/stage.ts'
import type { Reused } from '../../../core/report.ts'
import { partBytes } from './boundaries.ts'

/** Work with fewer bytes is done before a thread has started. */
export const leastToSpread = 2 * partBytes

/** The parts of some work, in order. `counts` counts them. */
export async function* madeParts(
  { parts, spread }: Pick<StageContext, 'parts' | 'spread'>,
  work: PartedWork,
  counts: PartCounts,
  onProgress: SpreadProgress,
): AsyncGenerator<MadePart> {
  const made =
    spread === undefined || work.total < leastToSpread ? oneByOne(parts, work, onProgress) : spread(work, onProgress)
  for await (const part of made) {
    counts.count(part)
    yield part
  }
}

async function* oneByOne(
  parts: StageContext['parts'],
  work: PartedWork,
  onProgress: SpreadProgress,
): AsyncGenerator<MadePart> {
  let done = 0
  for await (const task of work.tasks()) {
    const opened = await work.open(task.task)
    const part = await parts.part(opened.content, (folder) =>
      opened.make(folder, (own, counted) => onProgress(done + own, () => (counted === undefined ? [] : [counted()]))),
    )
    done += task.size
    yield { ...task, ...part }
  }
}

/** Counts how many parts of a stage were kept by earlier runs. */
export class PartCounts {
  #all = 0
  #reused = 0

  count({ reused }: Pick<MadePart, 'reused'>): void {
    this.#all++
    if (reused) this.#reused++
  }

  /** The member `reused` of a report; `{}` if all parts were made now. */
  report(): { readonly reused?: Reused } {
    return this.#reused === 0 ? {} : { reused: { parts: this.#reused, of: this.#all } }
  }
}
