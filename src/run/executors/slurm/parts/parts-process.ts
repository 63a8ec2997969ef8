/** A task of a job array, which Slurm starts on a node (`llmpipe job-parts FOLDER OFFSET TASKS`): makes its share of the parts of a stage, and keeps them. */

import { availableParallelism, hostname } from 'node:os'
import { failureOf, Interrupted } from '../../../../core/failure.ts'
import type { StageKind } from '../../../../core/kind/kind.ts'
import type { PartedWork, PartTask } from '../../../../core/kind/stage.ts'
import { beatInterval } from '../../../../store/claim.ts'
import { keepIfPossible } from '../../../../store/durable.ts'
import { jobOf } from '../../../stage/job.ts'
import { keptPartList } from '../../../stage/part-list.ts'
import { PartPool, type PartPoolOptions } from '../../../stage/part-pool.ts'
import { workOf } from '../../../stage/part-worker.ts'
import { FilePatience, patiently } from '../follow/file-patience.ts'
import { JobFolder } from '../job/job-folder.ts'
import { followBorders, writeBorders } from './borders.ts'
import { addUse } from './task-use.ts'

/** For how long to try to read the files of the job while the file system fails, in milliseconds. */
const fileTrouble = 60_000
/** For how long a task waits for further borders before it finds them itself, in milliseconds: the first task may not run, and NFS shows files late. */
const borderPatience = 90_000

export interface PartsProcessOptions<Services> {
  /** The store, and the name of the folder of the stage's job in it. */
  readonly root: string
  readonly name: string
  /** Which task this is, and how many there are. */
  readonly index: number
  readonly tasks: number
  readonly kinds: Readonly<Record<string, StageKind<Services>>>
  readonly partScript: PartPoolOptions['script']
  /** The version of llmpipe on this node. */
  readonly version: string
}

/** Makes the parts of a task. Returns the exit code: 0 also if there is nothing to do any more, 1 if a part could not be made. */
export async function partsProcess<Services>(options: PartsProcessOptions<Services>): Promise<number> {
  const { root, name, index, tasks, kinds, partScript, version } = options
  const folder = new JobFolder(root, name)
  const job = await patiently(() => folder.job(), fileTrouble)
  // The job has been stopped, or was done without this task. Whether the versions differ, the job reports.
  const isOver = () => !folder.exists || folder.isAskedToStop || folder.end() !== undefined
  if (job === undefined || job.llmpipe !== version || (await patiently(isOver, fileTrouble))) return 0
  const stop = new AbortController()
  for (const signal of ['SIGUSR1', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => stop.abort())
  // A file system that fails for a moment is no reason to end.
  const look = () => keepIfPossible(() => (isOver() ? stop.abort() : undefined))
  const timer = setInterval(look, beatInterval)
  const { resources } = job.work.node
  const granted = Number(process.env.SLURM_CPUS_PER_TASK) || availableParallelism()
  const threads = Math.max(1, Math.min(resources.cpus, granted))
  const stage = jobOf({ ...job.work, root }, { checkpoints: folder.path }, {}, { threads, gpus: [] })
  const pool = new PartPool({ job: stage, threads, script: partScript, signal: stop.signal })
  const started = performance.now()
  const use = { task: index, began: Date.now(), node: hostname(), cpus: threads, gpus: resources.gpus ?? 0 }
  addUse(folder, use)
  const count = { made: 0, reused: 0 }
  try {
    const work = await workOf(kinds, stage, stop.signal)
    const kept = await keptPartList(stage)
    // The first task finds the borders while threads make its parts.
    const writing = kept === undefined && index === 0 ? writeBorders(folder, stage, work, stop.signal) : undefined
    // Whoever awaits it below receives the error; the parts that were found before are made first.
    writing?.catch(() => {})
    const reader = new FilePatience((message) => console.error(message)).reader('the stage')
    const list = kept ?? followBorders(folder, work, { reader, signal: stop.signal, patience: borderPatience })
    for await (const { reused } of pool.spread(shareOf(work, list, index, tasks), async () => {})) {
      if (reused) count.reused++
      else count.made++
    }
    await writing
    return 0
  } catch (error) {
    if (error instanceof Interrupted) return 0
    // The job of the stage makes the part again, and reports why it cannot be made.
    console.error(failureOf(error).message)
    return 1
  } finally {
    clearInterval(timer)
    await pool.end()
    addUse(folder, { ...use, done: { ...count, seconds: (performance.now() - started) / 1_000 } })
  }
}

/** Every n-th part of some work. `list`: all its parts. */
export function shareOf(work: PartedWork, list: AsyncIterable<PartTask>, index: number, tasks: number): PartedWork {
  return {
    total: work.total / tasks,
    open: (task) => work.open(task),
    async *tasks() {
      let place = 0
      for await (const task of list) if (place++ % tasks === index) yield task
    },
  }
}
