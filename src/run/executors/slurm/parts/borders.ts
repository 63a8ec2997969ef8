/**
 * The borders of the parts of a stage, which take a pass over the whole input to find. The first task of its arrays finds them, and writes them to a file beside
 * the job as it goes. The others read that file while it grows, and open only their own parts.
 *
 *     jobs/<name>/borders.jsonl   `<number> <part>` in each line, and `end` in the last
 */

import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Interrupted } from '../../../../core/failure.ts'
import type { PartedWork, PartTask } from '../../../../core/kind/stage.ts'
import { isMissing } from '../../../../store/durable.ts'
import { LineTail } from '../../../../store/line-tail.ts'
import type { StageJob } from '../../../stage/job.ts'
import { keepPartList, partTaskIn } from '../../../stage/part-list.ts'
import type { FileReader } from '../follow/file-patience.ts'
import type { JobFolder } from '../job/job-folder.ts'

/** The first and the longest pause between two looks at a file that grows, in milliseconds. */
const firstLook = 50
const longestLook = 1_000

function fileOf(folder: JobFolder): string {
  return join(folder.path, 'borders.jsonl')
}

/**
 * Finds the borders of the parts of a stage, writes them to the file, and keeps the whole list. Two starts of the task may write to the file at the same time,
 * if the cluster lost the node of the first: parts have numbers, and whoever reads the file takes each number once. The list that is kept has only what
 * this process found. Rejected if the input cannot be read.
 */
export async function writeBorders(
  folder: JobFolder,
  job: StageJob,
  work: PartedWork,
  signal: AbortSignal,
): Promise<void> {
  const path = fileOf(folder)
  // A line that a former start could not finish ends here.
  appendFileSync(path, '\n')
  let number = 0
  const tasks = async function* () {
    for await (const task of work.tasks()) {
      if (signal.aborted) throw new Interrupted()
      yield task
    }
  }
  try {
    await keepPartList(job, tasks(), (lines) =>
      appendFileSync(path, lines.map((line) => `${number++} ${line}\n`).join('')),
    )
  } finally {
    // Also after an error: the others meet it at the same place, and the job of the stage reports it.
    if (!signal.aborted) appendFileSync(path, 'end\n')
  }
}

export interface FollowBorders {
  readonly reader: FileReader
  readonly signal: AbortSignal
  /** For how long the file may not grow before this task reads the input itself, in milliseconds. */
  readonly patience: number
}

/** The parts of a stage, as the first task finds them. If that task does not run, or stops in between, this one finds the others itself. */
export async function* followBorders(
  folder: JobFolder,
  work: PartedWork,
  { reader, signal, patience }: FollowBorders,
): AsyncGenerator<PartTask> {
  const tail = new LineTail(fileOf(folder))
  let next = 0
  let grew = performance.now()
  for (let pause = firstLook; performance.now() - grew < patience; ) {
    let lines: readonly string[] = []
    try {
      lines = linesOf(tail)
      reader.fine()
    } catch (error) {
      pause = reader.met(error)
    }
    for (const line of lines) {
      if (line === 'end') return
      const space = line.indexOf(' ')
      const task = Number(line.slice(0, space)) === next ? partTaskIn(line.slice(space + 1)) : undefined
      if (task === undefined) continue
      next++
      yield task
    }
    if (signal.aborted) throw new Interrupted()
    if (lines.length > 0) {
      grew = performance.now()
      pause = firstLook
    }
    await sleep(pause)
    pause = Math.min(longestLook, 2 * pause)
  }
  let number = 0
  for await (const task of work.tasks()) if (number++ >= next) yield task
}

function linesOf(tail: LineTail): readonly string[] {
  try {
    return tail.read()
  } catch (error) {
    // The first task has not begun.
    if (isMissing(error)) return []
    throw error
  }
}
