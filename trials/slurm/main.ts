/**
 * Runs pipelines on a Slurm cluster while jobs, nodes, the controller, the disk or the runner fail.
 *
 * Jobs are canceled, requeued and preempted, nodes and the controller go away, disks are full, commands misbehave, files come late, time limits are short.
 *
 *     npm run trial slurm -- [--count N] [--seed N] [--only N] [--at-once N]
 *
 * Each trial runs a pipeline on a cluster of three nodes on this host while two or three faults happen, and continues it until it has finished. The
 * outputs have to equal those of a local run, no finished stage may run again, no stage may run twice at the same time, and nothing but a canceled job or
 * a full disk may fail a stage. The faults take turns, so that each happens in a campaign of 15 trials; the others of a trial are drawn. `--at-once` says
 * how many clusters there are: trials mostly wait. Needs what test/slurm/cluster.ts needs.
 */

import type { Random } from '../../src/core/values/random.ts'
import { type Cluster, missingForCluster, startCluster } from '../../test/slurm/cluster.ts'
import {
  type ConditionName,
  type Disturbance,
  disturbedRun,
  localRun,
  missesIn,
  runnerFaults,
} from '../../test/slurm/disturbed.ts'
import { clearCluster, faultNames, type WrapperName, wrapperNames } from '../../test/slurm/faults.ts'
import { Campaign, pick } from '../campaign.ts'

const campaign = new Campaign('slurm', 40)
const missing = missingForCluster()
if (missing !== undefined) {
  console.log(`skipped: ${missing}`)
  process.exit(0)
}
const isRoot = process.getuid?.() === 0
if (!isRoot) console.log('without the fault diskFull, which mounts a disk and so needs root')
const all: readonly Disturbance[] = [...faultNames, ...runnerFaults].filter((name) => isRoot || name !== 'diskFull')
/** The lasting faults and conditions of trials, in turn; `undefined`: nothing. The number of turns has no factor in common with that of the faults. */
const lasting: readonly (WrapperName | ConditionName | undefined)[] = [
  ...wrapperNames.flatMap((name) => [name, undefined]),
  'timeLimit',
  'parts',
]
const isWrapper = (name: string | undefined): name is WrapperName => wrapperNames.some((each) => each === name)
const clusters = await Promise.all(
  Array.from({ length: campaign.atOnce(1) }, () =>
    startCluster({ minJobAge: 2, maxArraySize: 5, ...(isRoot ? { smallDisk: 200 } : {}) }),
  ),
)
try {
  const expected = {
    usual: await localRun(clusters[0]!),
    timeLimit: await localRun(clusters[0]!, 'timeLimit'),
    parts: await localRun(clusters[0]!, 'parts'),
  }
  const free: Cluster[] = [...clusters]
  const act = async (index: number, random: Random) => {
    const others = Array.from({ length: 1 + random.below(2) }, () => pick(random, all))
    const disturbances = [all[index % all.length]!, ...others]
    const always = lasting[index % lasting.length]
    const condition = always === undefined || isWrapper(always) ? 'usual' : always
    const wrapper = isWrapper(always) ? { wrapper: always } : {}
    const cluster = free.pop()
    if (cluster === undefined) throw new Error('more trials at once than clusters')
    try {
      const options = { cluster, expected: expected[condition], random, disturbances, condition, ...wrapper }
      const { history, evidence, wrong } = await disturbedRun(options)
      for (const each of disturbances) campaign.tally(each)
      campaign.tally('disturbances that hit nothing', missesIn(history).length)
      if (always !== undefined) campaign.tally(always)
      for (const each of wrong) campaign.fault(`trial ${index}`, each, [always ?? '', ...history].join('\n'))
      if (evidence.length > 0)
        console.error(`trial ${index}: the state when its run did not end\n${evidence.join('\n')}\n`)
      console.log([`trial ${index}: ${[...disturbances, always ?? ''].join(' ')}`, ...history].join('\n  '))
    } finally {
      await clearCluster(cluster).finally(() => free.push(cluster))
    }
  }
  await campaign.trials(act, 1)
} finally {
  await Promise.all(clusters.map((cluster) => cluster.stop()))
}
campaign.end()
