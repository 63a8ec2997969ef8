/**
 * The list of the parts of a stage, kept by the content that it was made from: finding where parts begin and end takes a pass over the whole input. Like parts,
 * it can be removed at any time.
 */

import { closeSync, createReadStream, openSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { PartTask } from '../../core/kind/stage.ts'
import type { Json } from '../../core/values/json.ts'
import { mapValues } from '../../core/values/map-values.ts'
import { isNumber, isObject } from '../../core/values/shape.ts'
import { nameOf, Shelf } from '../../store/shelf.ts'
import type { StageJob } from './job.ts'

const listFile = 'list.jsonl'
/** How many parts are written at once. */
const batch = 64

/** The name of the list of a stage. Everything that affects the list is in it. */
function nameOfList({ parts, inputs, files }: Pick<StageJob, 'parts' | 'inputs' | 'files'>): string {
  const content: Json = {
    list: 1,
    // A different size of parts makes a different list.
    size: process.env.LLMPIPE_PART_BYTES ?? '',
    scope: parts.scope,
    inputs: mapValues(inputs, (list) => list.map(({ digest }) => digest)),
    files: mapValues(files, (list) => list.map(({ name, sha256 }) => [name, sha256])),
  }
  return nameOf(content)
}

/** The parts of a stage in their order, as somebody has listed them; `undefined` if no list is kept. */
export async function keptPartList(job: StageJob): Promise<AsyncIterable<PartTask> | undefined> {
  const found = await new Shelf(job.parts.store, 'parts').find(nameOfList(job))
  if (found === undefined) return undefined
  const path = join(found.folder, listFile)
  return (async function* () {
    const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })
    for await (const line of lines) {
      const task = partTaskIn(line)
      if (task === undefined) throw new Error(`${path} has a line that is not a part`)
      yield task
    }
  })()
}

/** Keeps the list of the parts of a stage. `onTasks` receives the parts in between, several at once, as lines. */
export async function keepPartList(
  job: StageJob,
  tasks: AsyncIterable<PartTask>,
  onTasks: (lines: readonly string[]) => void,
): Promise<void> {
  await new Shelf(job.parts.store, 'parts').keep(nameOfList(job), async (folder) => {
    const file = openSync(join(folder, listFile), 'w')
    let lines: string[] = []
    let count = 0
    const flush = () => {
      if (lines.length === 0) return
      writeSync(file, `${lines.join('\n')}\n`)
      onTasks(lines)
      lines = []
    }
    try {
      for await (const { task, size } of tasks) {
        lines.push(JSON.stringify({ task, size }))
        count++
        if (lines.length === batch) flush()
      }
      flush()
    } finally {
      closeSync(file)
    }
    return count
  })
}

/** The part in a line of a list; `undefined` for another line. */
export function partTaskIn(line: string): PartTask | undefined {
  try {
    const item: unknown = JSON.parse(line)
    return isObject(item) && isNumber(item.size) && item.task !== undefined
      ? { task: item.task as Json, size: item.size }
      : undefined
  } catch {
    return undefined
  }
}
