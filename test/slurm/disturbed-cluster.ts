/** The set-up of test files that disturb runs on a cluster of their own. */

import { afterAll, afterEach, beforeAll } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import { type Expected, localRun } from './disturbed.ts'
import { clearCluster } from './faults.ts'

interface DisturbedCluster {
  readonly cluster: Cluster
  /** The outputs of a run on this machine. */
  readonly expected: Expected
}

/**
 * Starts a cluster before the tests of a file, clears it after each, and stops it after all. The cluster forgets ended jobs at once and allows
 * arrays of five tasks. Returns a function for use in tests.
 */
export function disturbedCluster(): () => DisturbedCluster {
  let started: DisturbedCluster | undefined
  let cluster: Cluster | undefined
  const here = () => {
    if (started === undefined) throw new Error('the cluster has not started')
    return started
  }
  beforeAll(async () => {
    cluster = await startCluster({ minJobAge: 2, maxArraySize: 5 })
    started = { cluster, expected: await localRun(cluster) }
  })
  afterEach(() => clearCluster(here().cluster))
  afterAll(() => cluster?.stop())
  return here
}
