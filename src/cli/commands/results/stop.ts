/** `llmpipe stop`: ends the jobs of a store. */

import { defineCommand } from '../../command.ts'
import { storeOption } from '../../common-options.ts'
import { flag } from '../../option.ts'
import { write } from '../../terminal/output.ts'
import { exit, Refusal } from '../../terminal/refusal.ts'

export const stop = defineCommand({
  name: 'stop',
  summary: 'end the jobs that runs left on a cluster',
  details: `Jobs that run save their work and end, jobs that wait are canceled. The next run continues from there. Stages on this machine end with
    their run: Ctrl-C there.`,
  arguments: [
    {
      name: '[stages...]',
      description: 'the names of stages; all jobs of the store if not given',
      completes: 'stages',
    },
  ],
  options: { store: storeOption, now: flag('cancel at once: work since the last checkpoint is lost') },
  examples: [
    ['llmpipe stop', 'all jobs of the store in this folder'],
    ['llmpipe stop base --now', 'the job of one stage, without waiting for it'],
  ],
  async run(stages, options) {
    const { storeFor } = await import('../../program/store-folder.ts')
    const { jobsIn, stopJob } = await import('../../../run/executors/slurm/stop.ts')
    const { sanitize } = await import('../../../core/values/printable.ts')
    const { root } = storeFor(options)
    const all = jobsIn(root)
    const nameOf = ({ job }: (typeof all)[number]) => job.work.node.name
    const unknown = stages.find((stage) => !all.some((each) => nameOf(each) === stage))
    if (unknown !== undefined)
      throw new Refusal(
        `no job of this store runs a stage ${unknown}`,
        all.length === 0 ? '--store names another store.' : `The stages with jobs are ${all.map(nameOf).join(', ')}.`,
      )
    const wanted = stages.length === 0 ? all : all.filter((each) => stages.includes(nameOf(each)))
    if (wanted.length === 0) write('no jobs\n')
    await Promise.all(
      wanted.map(async (each) => {
        const stopped = await stopJob(root, each, options.now)
        write(`${sanitize(nameOf(each))}: slurm job ${each.place.id} ${inWords(stopped)}\n`)
      }),
    )
    return exit.done
  },
})

type Stopped = import('../../../run/executors/slurm/stop.ts').Stopped

function inWords(stopped: Stopped): string {
  if (stopped.type === 'canceled') return stopped.hadStarted ? 'was canceled' : 'was canceled before it started'
  const { outcome } = stopped
  switch (outcome.type) {
    case 'interrupted':
      return outcome.step === undefined ? 'stopped' : `saved its work at step ${outcome.step} and stopped`
    case 'done':
      return 'was done before it could stop'
    case 'failed':
      return `failed: ${outcome.error.message}`
    case 'superseded':
      return 'had nothing to do any more'
  }
}
