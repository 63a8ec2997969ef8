/**
 * Runs pipelines on a Slurm cluster while jobs, nodes, the controller, the disk or the runner fail.
 *
 * Jobs are canceled, requeued and preempted, nodes and the controller go away, disks are full, commands misbehave, files come late.
 *
 *     npm run trial slurm -- [--count N] [--seed N] [--only N]
 *
 * Each trial runs a pipeline on a cluster of three nodes on this host while two or three faults happen, and continues it until it has finished. The
 * outputs have to equal those of a local run, no finished stage may run again, no stage may run twice at the same time, and nothing but a canceled job or
 * a full disk may fail a stage. Trials run one after the other, since they share the cluster. Needs what test/slurm/cluster.ts needs.
 */

import type { Random } from '../../src/core/values/random.ts'
import { missingForCluster, startCluster } from '../../test/slurm/cluster.ts'
import { type Disturbance, disturbedRun, localRun, missed, runnerFaults } from '../../test/slurm/disturbed.ts'
import { clearCluster, faultNames, wrapperNames } from '../../test/slurm/faults.ts'
import { Campaign, pick } from '../campaign.ts'

const campaign = new Campaign('slurm', 40)
const missing = missingForCluster()
if (missing !== undefined) {
  console.log(`skipped: ${missing}`)
  process.exit(0)
}
const isRoot = process.getuid?.() === 0
const cluster = await startCluster({ minJobAge: 2, maxArraySize: 5, ...(isRoot ? { smallDisk: 48 } : {}) })
if (!isRoot) console.log('without the fault diskFull, which mounts a disk and so needs root')
const all: readonly Disturbance[] = [...faultNames, ...runnerFaults].filter((name) => isRoot || name !== 'diskFull')
try {
  const expected = await localRun(cluster)
  const act = async (index: number, random: Random) => {
    const disturbances = Array.from({ length: 2 + random.below(2) }, () => pick(random, all))
    const wrapper = random.below(3) === 0 ? pick(random, wrapperNames) : undefined
    try {
      const options = { cluster, expected, random, disturbances, ...(wrapper === undefined ? {} : { wrapper }) }
      const { history, wrong } = await disturbedRun(options)
      for (const each of disturbances) campaign.tally(each)
      campaign.tally('disturbances that hit nothing', history.filter((line) => line.startsWith(missed)).length)
      if (wrapper !== undefined) campaign.tally(wrapper)
      for (const each of wrong) campaign.fault(`trial ${index}`, each, [wrapper ?? '', ...history].join('\n'))
      console.log(`trial ${index}: ${[...disturbances, wrapper ?? ''].join(' ')}`)
    } finally {
      await clearCluster(cluster)
    }
  }
  await campaign.trials(act, 1)
} finally {
  await cluster.stop()
}
campaign.end()
