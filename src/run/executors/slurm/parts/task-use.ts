/**
 * The use that the tasks of job arrays made of the cluster, as they write it down beside the job of their stage: a line when a task begins, and one when it
 * ends. A task that is killed writes no second line.
 */

import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TasksUse } from '../../../../core/event.ts'
import { isCount, isNumber, isText, optional, shape } from '../../../../core/values/shape.ts'
import { keepIfPossible } from '../../../../store/durable.ts'
import type { JobFolder } from '../job/job-folder.ts'

/** One line of a task. */
export interface TaskUse {
  /** Which task it is. The cluster may start one several times, each at another time. */
  readonly task: number
  /** When it began, in milliseconds since the epoch by the clock of its node. */
  readonly began: number
  readonly node: string
  readonly cpus: number
  readonly gpus: number
  /** The parts and the time of a task that has ended; absent in the line of its beginning. */
  readonly done?: { readonly made: number; readonly reused: number; readonly seconds: number }
}

const isTaskUse = shape<TaskUse>({
  task: isCount,
  began: isNumber,
  node: isText,
  cpus: isNumber,
  gpus: isCount,
  done: optional(shape({ made: isCount, reused: isCount, seconds: isNumber })),
})

function usesFile(folder: JobFolder): string {
  return join(folder.path, 'parts.jsonl')
}

/** Writes down what a task does, unless the folder of the job of its stage is gone. */
export function addUse(folder: JobFolder, use: TaskUse): void {
  keepIfPossible(() => {
    if (folder.exists) appendFileSync(usesFile(folder), `${JSON.stringify(use)}\n`)
  })
}

/** The starts of all tasks, each once: with what it did if it wrote that down. */
export function usesOf(folder: JobFolder): TaskUse[] {
  let text: string
  try {
    text = readFileSync(usesFile(folder), 'utf8')
  } catch {
    // No task has begun.
    return []
  }
  const uses = new Map<string, TaskUse>()
  for (const line of text.split('\n')) {
    const found = taskUseIn(line)
    if (found !== undefined) uses.set(`${found.task} ${found.began}`, found)
  }
  return [...uses.values()]
}

function taskUseIn(line: string): TaskUse | undefined {
  try {
    const use: unknown = JSON.parse(line)
    return isTaskUse(use) ? use : undefined
  } catch {
    // The line of a task that was killed while it wrote.
    return undefined
  }
}

/** The use of some starts together, and of tasks before; `undefined` if there were none. */
export function sumOfTasks(uses: readonly TaskUse[], before?: TasksUse): TasksUse | undefined {
  if (uses.length === 0) return before
  const ended = uses.filter(({ done }) => done !== undefined)
  const seconds = (of: (use: TaskUse) => number) =>
    ended.reduce((total, use) => total + (use.done?.seconds ?? 0) * of(use), 0)
  const { starts = 0, nodes = [], cpuSeconds = 0, gpuSeconds = 0, lost = 0 } = before ?? {}
  const silent = lost + uses.length - ended.length
  return {
    starts: starts + uses.length,
    nodes: [...new Set([...nodes, ...uses.map(({ node }) => node)])].sort(),
    cpuSeconds: cpuSeconds + seconds(({ cpus }) => cpus),
    gpuSeconds: gpuSeconds + seconds(({ gpus }) => gpus),
    ...(silent === 0 ? {} : { lost: silent }),
  }
}

/**
 * For how many seconds nothing of a stage ran between two times, which are in milliseconds since the epoch: without the time in which some task did. The
 * clocks of nodes differ a little, which the result does too.
 */
export function idleSeconds(uses: readonly TaskUse[], from: number, to: number): number {
  let idle = 0
  let at = from
  for (const { began, done } of [...uses].sort((a, b) => a.began - b.began)) {
    if (done === undefined) continue
    const begin = Math.min(began, to)
    idle += Math.max(0, begin - at)
    at = Math.max(at, Math.min(to, began + done.seconds * 1_000))
  }
  return (idle + Math.max(0, to - at)) / 1_000
}

/** A sentence about the tasks that have made parts for a job; `undefined` if there were none. */
export function tasksInWords(uses: readonly TaskUse[]): string | undefined {
  if (uses.length === 0) return undefined
  const sum = (of: (done: NonNullable<TaskUse['done']>) => number) =>
    uses.reduce((total, { done }) => total + (done === undefined ? 0 : of(done)), 0)
  const made = sum((done) => done.made)
  const nodes = [...new Set(uses.map(({ node }) => node))].sort()
  const shown = nodes.length > 8 ? `${nodes.length} nodes` : nodes.join(', ')
  const lost = uses.filter(({ done }) => done === undefined).length
  const killed =
    lost === 0
      ? ''
      : `; ${lost} of the tasks ${lost === 1 ? 'was' : 'were'} killed, and ${lost === 1 ? 'its' : 'their'} parts and time are not counted`
  return `${made} of ${made + sum((done) => done.reused)} parts were made now, by ${uses.length} tasks on ${shown}, in ${sum((done) => done.seconds).toFixed(0)} s of job time${killed}`
}
