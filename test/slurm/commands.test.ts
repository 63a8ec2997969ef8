/** A pipeline on a real Slurm whose commands misbehave, or whose files come late: every stage is made once, with the bytes of a run on one machine. */

import { expect, test } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import { disturbedRun } from './disturbed.ts'
import { disturbedCluster } from './disturbed-cluster.ts'
import type { WrapperName } from './faults.ts'

const here = disturbedCluster()

test.each<WrapperName>(['banners', 'lostAnswer', 'queueFails', 'queueEmpty', 'lateFiles'])('%s', async (wrapper) => {
  const { history, wrong } = await disturbedRun({
    ...{ ...here(), random: new Random(1, 'commands'), disturbances: [], wrapper },
  })
  expect({ wrong, history }).toEqual({ wrong: [], history })
})
