/** The tests that disturb runs, each on a cluster of its own, so that several run at the same time. */

import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as plain } from 'vitest'
import { type Cluster, startCluster } from './cluster.ts'
import { type Expected, localRun } from './disturbed.ts'

interface DisturbedCluster {
  /** A cluster that forgets ended jobs at once and allows arrays of five tasks. */
  readonly cluster: Cluster
  /** The outputs of a run on this machine. */
  readonly expected: Expected
}

export const test = plain.extend<DisturbedCluster>({
  // biome-ignore lint/correctness/noEmptyPattern: vitest reads from the pattern which fixtures this one needs.
  async cluster({}, use) {
    const cluster = await startCluster({ minJobAge: 2, maxArraySize: 5 })
    await use(cluster)
    await cluster.stop()
  },
  expected: [
    // biome-ignore lint/correctness/noEmptyPattern: as above.
    async ({}, use) => use(await localRun({ folder: mkdtempSync(join(tmpdir(), 'local-')), env: process.env })),
    { scope: 'file' },
  ],
})
