/** Where the job of a stage stands, in words. */

import type { JobUse, QueueEvent } from '../core/event.ts'
import { duration, scalar } from './format.ts'

/** `slurm job 12 waits (Priority)`, `slurm job 12 runs on n1 after 3m 20s in the queue`; `past`: of a job that has ended. */
export function queueInWords(
  { state, job, reason, node, waited }: Omit<QueueEvent, 'event'>,
  tense: 'present' | 'past' = 'present',
): string {
  const [waits, runs] = tense === 'past' ? ['waited', 'ran'] : ['waits', 'runs']
  if (state === 'pending') return `slurm job ${job} ${waits}${reason === undefined ? '' : ` (${reason})`}`
  const after = waited === undefined || waited < 1 ? '' : ` after ${duration(waited)} in the queue`
  return `slurm job ${job} ${runs}${node === undefined ? '' : ` on ${node}`}${after}`
}

type Hours = Pick<JobUse, 'seconds' | 'cpus' | 'gpus' | 'tasks'>

const cpuSeconds = ({ seconds, cpus, tasks }: Hours) => seconds * cpus + (tasks?.cpuSeconds ?? 0)
const gpuSeconds = ({ seconds, gpus, tasks }: Hours) => seconds * gpus + (tasks?.gpuSeconds ?? 0)

/** `0.42 core hours`, `2 GPU hours`: those of the job and of its tasks. */
export function hoursInWords(use: Hours): string[] {
  return hours(cpuSeconds(use), gpuSeconds(use))
}

function hours(cpuTime: number, gpuTime: number): string[] {
  return [`${scalar(cpuTime / 3600)} core hours`, ...(gpuTime === 0 ? [] : [`${scalar(gpuTime / 3600)} GPU hours`])]
}

/** The use of several stages together: `3 stages on a cluster: 1.2 core hours, 4 GPU hours, on 2 nodes, 3m 20s in the queue`. */
export function totalUseInWords(uses: readonly JobUse[]): string {
  const sum = (of: (use: JobUse) => number) => uses.reduce((total, use) => total + of(use), 0)
  const lost = sum(({ tasks }) => tasks?.lost ?? 0)
  const nodes = new Set(uses.flatMap(({ node, tasks }) => [node, ...(tasks?.nodes ?? [])]))
  const parts = [
    ...hours(sum(cpuSeconds), sum(gpuSeconds)),
    `on ${nodesInWords(nodes.size)}`,
    `${duration(sum(({ waited }) => waited))} in the queue`,
    ...(lost === 0 ? [] : [`without the time of ${lost} killed ${lost === 1 ? 'task' : 'tasks'}`]),
  ]
  return `${uses.length} ${uses.length === 1 ? 'stage' : 'stages'} on a cluster: ${parts.join(', ')}`
}

/** `slurm job 12 on n1; 0.42 core hours, 3m 20s in the queue`. */
export function clusterUseInWords(use: JobUse): string {
  const { job, node, starts, waited, tasks } = use
  const parts = [
    ...hoursInWords(use),
    `${duration(waited)} in the queue`,
    ...(starts > 1 ? [`${starts} starts`] : []),
    ...(tasks?.lost === undefined
      ? []
      : [`without the time of ${tasks.lost} killed ${tasks.lost === 1 ? 'task' : 'tasks'}`]),
  ]
  const byTasks =
    tasks === undefined
      ? ''
      : `, and ${tasks.starts} ${tasks.starts === 1 ? 'task' : 'tasks'} on ${nodesInWords(tasks.nodes.length)}`
  return `slurm job ${job} on ${node}${byTasks}; ${parts.join(', ')}`
}

function nodesInWords(count: number): string {
  return `${count} ${count === 1 ? 'node' : 'nodes'}`
}
