/** `llmpipe job-parts FOLDER OFFSET TASKS`: a task of a job array, which the cluster starts on a node. */

import { basename, dirname } from 'node:path'
import { defineCommand } from '../command.ts'
import { version } from '../package.ts'
import { Refusal } from '../terminal/refusal.ts'

export const jobParts = defineCommand({
  name: 'job-parts',
  summary: 'make a share of the parts of a stage, as a task of a job array',
  arguments: [
    { name: '<folder>', description: 'the folder of the job of the stage in the store' },
    { name: '<offset>', description: 'the number of the first task of the array' },
    { name: '<tasks>', description: 'the number of all tasks' },
  ],
  examples: [],
  hidden: true,
  async run([path = '', offset = '', tasks = '']) {
    const jobs = dirname(path)
    const index = Number(offset) + Number(process.env.SLURM_ARRAY_TASK_ID ?? 0)
    if (basename(jobs) !== 'jobs') throw new Refusal(`${path} is not the folder of a job`)
    if (!(index < Number(tasks))) throw new Refusal(`${offset} of ${tasks} is not a task of an array`)
    const { partsProcess } = await import('../../run/executors/slurm/parts/parts-process.ts')
    const { kinds } = await import('../../stages/index.ts')
    const code = await partsProcess({
      root: dirname(jobs),
      name: basename(path),
      index,
      tasks: Number(tasks),
      kinds,
      partScript: { file: process.argv[1]!, argv: ['make-parts'] },
      version,
    })
    process.exit(code)
  },
})
