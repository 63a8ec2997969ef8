/** The jobs of a store in words, for commands that list what there is. */

import { type Standing, standingJobs } from '../../run/executors/slurm/standing.ts'
import { duration } from '../../view/format.ts'
import { hoursInWords, queueInWords } from '../../view/queue-words.ts'

/** `slurm job 12 runs on n1 after 3m 20s in the queue; 0.42 core hours so far`. */
export function standingInWords({ queue, use, silent }: Standing): string {
  return [
    queueInWords(queue),
    ...(use.starts === 0 && use.tasks === undefined ? [] : [`${hoursInWords(use).join(', ')} so far`]),
    ...(use.starts > 1 ? [`start ${use.starts}`] : []),
    ...(silent === undefined ? [] : [`no sign of life for ${duration(silent)}`]),
  ].join('; ')
}

/** The job in which a stage waits or runs; `undefined` if it does in none. */
export function jobOfStage(root: string, name: string): Standing | undefined {
  return standingJobs(root).find(({ stage }) => stage === name)
}

/** A line for each job of a store that waits or runs; empty if there is none. */
export function jobsNote(root: string): string {
  return standingJobs(root)
    .map((job) => `${job.stage}: ${standingInWords(job)}\n`)
    .join('')
}
