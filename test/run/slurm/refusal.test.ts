/** A stage whose job Slurm refuses tells what it asked for, because the reason of Slurm does not. */

import { expect, test } from 'vitest'
import { JobFolder } from '../../../src/run/executors/slurm/job/job-folder.ts'
import type { SlurmSite } from '../../../src/run/executors/slurm/site.ts'
import { refused } from '../../../src/run/executors/slurm/submit/refusal.ts'
import { workIn } from './rig.ts'

const reason = 'Memory specification can not be satisfied'

function refusalOf(site: SlurmSite, resources: { cpus: number; memory: number; gpus?: number }) {
  const work = workIn('/store')
  const own = { ...work, node: { ...work.node, resources } }
  return refused(reason, { work: own, folder: new JobFolder('/store', 'f'), site, command: ['llmpipe'], exclude: [] })
}

test('the request is named with the memory that llmpipe adds', () => {
  const failure = refusalOf({ account: 'lab', time: '1h' }, { cpus: 2, memory: 4 * 1024 ** 3 })
  expect(failure).toMatchObject({ code: 'cannot-start', message: `sbatch refused the job of the stage: ${reason}` })
  expect(failure.detail).toBe(
    'the request: --nodes=1 --cpus-per-task=2 --mem=4352M --time=60 --account=lab\n--mem is the `memory` of the stage and 256 MiB for llmpipe',
  )
  expect(failure.help).toContain('sinfo lists what there is')
})

test('the help of a stage that fits no partition of the site file names the reason', () => {
  const site = { partitions: [{ name: 'main', memory: '3GiB' }] }
  const help = 'No partition in llmpipe.site.json has room for the stage'
  expect(refusalOf(site, { cpus: 1, memory: 4 * 1024 ** 3 }).help).toContain(help)
  expect(refusalOf(site, { cpus: 1, memory: 1024 ** 3, gpus: 2 }).help).toContain(help)
  expect(refusalOf(site, { cpus: 1, memory: 1024 ** 3 }).help).not.toContain(help)
})
