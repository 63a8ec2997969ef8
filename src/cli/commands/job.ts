/** `llmpipe job FOLDER`: the process of a job, which the cluster starts on a node. */

import { basename, dirname } from 'node:path'
import { defineCommand } from '../command.ts'
import { stageCommand, version } from '../package.ts'
import { Refusal } from '../terminal/refusal.ts'

export const job = defineCommand({
  name: 'job',
  summary: 'run the stage of a job of a cluster',
  arguments: [{ name: '<folder>', description: 'the folder of the job in the store' }],
  examples: [],
  hidden: true,
  async run([path = '']) {
    const jobs = dirname(path)
    if (basename(jobs) !== 'jobs') throw new Refusal(`${path} is not the folder of a job`)
    const { jobProcess } = await import('../../run/executors/slurm/job/job-process.ts')
    const root = dirname(jobs)
    process.exit(await jobProcess({ root, name: basename(path), stageCommand: stageCommand(), version }))
  },
})
