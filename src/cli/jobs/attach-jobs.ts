/** Shows the jobs that a run left on a cluster when its runner ended: the log of the run up to then, and from there on what the jobs write. */

import type { RunEvent, RunEventOf, StageEvent } from '../../core/event.ts'
import { mapValues } from '../../core/values/map-values.ts'
import { quoted } from '../../core/values/shell-word.ts'
import { Queue } from '../../run/executors/slurm/cluster/queue.ts'
import { FilePatience } from '../../run/executors/slurm/follow/file-patience.ts'
import { type ObservedEnd, observe } from '../../run/executors/slurm/observe.ts'
import { isOver } from '../../run/executors/slurm/standing.ts'
import { jobsIn, type StoredJob } from '../../run/executors/slurm/stop.ts'
import { eventsOf, runsIn } from '../../run/log/past-runs.ts'
import { digestOfOutputs } from '../../run/nodes/outputs.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { optionsInWords } from '../../view/options-in-words.ts'
import type { Screen } from '../terminal/screen.ts'

/** A run whose runner is gone, and its jobs that go on. */
export interface LeftRun {
  readonly events: readonly RunEvent[]
  readonly jobs: readonly StoredJob[]
}

/** The newest run that left jobs which go on, or the run `named` if it did; `undefined` if no such run has any. */
export function leftRun(root: string, named?: string): LeftRun | undefined {
  const jobs = jobsIn(root).filter((job) => !isOver(job))
  if (jobs.length === 0) return undefined
  for (const run of named === undefined ? runsIn(root).reverse() : [named]) {
    const events = eventsOf(root, run) ?? []
    const ids = jobIdsIn(events)
    const stages = new Map(
      events.flatMap((event) => (event.event === 'planned' ? [[event.id, event.stage] as const] : [])),
    )
    const own = jobs.filter(({ job: { work }, place }) => {
      const { id, name } = work.node
      return stages.get(id) === name && (ids.has(place.id) || work.draft.run === run)
    })
    if (own.length > 0) return { events, jobs: own }
  }
  return undefined
}

/** The ids of the jobs that a run followed. */
function jobIdsIn(events: readonly RunEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap((event) => (event.event === 'queue' ? [event.job] : [])))
}

/** The command that follows the jobs of a run and starts what comes after them. */
export function commandFor({ events }: Pick<LeftRun, 'events'>): string | undefined {
  const begun = events.find((event) => event.event === 'run-started')
  if (begun?.event !== 'run-started') return undefined
  const { program, params = {}, engine } = begun
  const options = optionsInWords({ params, engine })
  return ['llmpipe run', quoted(program), ...(options === '' ? [] : [options]), '--executor slurm'].join(' ')
}

/** Shows the jobs until all have ended, or until `hasLeft`. Returns how they ended; those that go on are left out. */
export async function showJobs(
  store: FolderStore,
  { events, jobs }: LeftRun,
  screen: Pick<Screen, 'event' | 'say'>,
  hasLeft: () => boolean,
): Promise<ReadonlyMap<StoredJob, ObservedEnd>> {
  for (const event of untilJobs(events, jobs)) screen.event(event)
  const queue = new Queue()
  const say = (message: string) => screen.event({ event: 'notice', message, time: Date.now() })
  queue.onNotice = say
  const files = new FilePatience(say)
  const ends = new Map<StoredJob, ObservedEnd>()
  await Promise.all(
    jobs.map(async (each) => {
      const { id, name: stage } = each.job.work.node
      const emit = (event: StageEvent, time: number) => screen.event({ stage, id, ...event, time } as RunEvent)
      const end = await observe(each, { store, queue, files, emit, hasLeft })
      if (end === undefined) return
      ends.set(each, end)
      for (const event of eventsOfEnd(end, each)) screen.event(event)
    }),
  )
  return ends
}

/** The log of a run without its end, and without what the files of its jobs tell from their beginning. */
function untilJobs(events: readonly RunEvent[], jobs: readonly StoredJob[]): RunEvent[] {
  const idOfJob = new Map(jobs.map(({ job, place }) => [job.work.node.id, place.id]))
  const reached = new Set<string>()
  return events.filter((event) => {
    if (event.event === 'run-finished' || (event.event === 'skipped' && event.stopped !== undefined)) return false
    if (!('id' in event)) return true
    if (event.event === 'queue' && idOfJob.get(event.id) === event.job) reached.add(event.id)
    return !reached.has(event.id)
  })
}

function eventsOfEnd(end: ObservedEnd, { job, place }: StoredJob): RunEvent[] {
  const { id, name: stage } = job.work.node
  const names = { stage, id, time: Date.now() }
  switch (end.type) {
    case 'done': {
      const { key, seconds, report, use, outputs } = end.action
      const digests = mapValues(outputs, ({ digest }) => digest)
      const more = { ...(use === undefined ? {} : { use }), ...(end.unchanged ? { unchanged: true } : {}) }
      const digest = digestOfOutputs(digests)
      return [{ event: 'finished', ...names, digest, outputs: digests, key, seconds, report, ...more }]
    }
    case 'failed':
      return [{ event: 'failed', ...names, error: end.error, seconds: end.seconds }]
    case 'interrupted':
      return [{ event: 'interrupted', ...names, ...(end.step === undefined ? {} : { step: end.step }) }]
    case 'lost': {
      const message = `slurm job ${place.id} ended and left no result`
      const log: RunEventOf<'log'> = { event: 'log', ...names, level: 'warning', message }
      return [log, { event: 'interrupted', ...names }]
    }
  }
}
