/** A pipeline on a real Slurm whose commands misbehave, or whose files come late: every stage is made once, with the bytes of a run on one machine. */

import { expect } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import { disturbedRun } from './disturbed.ts'
import { test } from './disturbed-cluster.ts'
import type { WrapperName } from './faults.ts'

const wrappers: readonly WrapperName[] = ['banners', 'lostAnswer', 'queueFails', 'queueEmpty', 'lateFiles']

test.concurrent.for(wrappers)('%s', async (wrapper, { cluster, expected }) => {
  const random = new Random(1, 'commands')
  const { history, wrong } = await disturbedRun({ cluster, expected, random, disturbances: [], wrapper })
  expect({ wrong, history }).toEqual({ wrong: [], history })
})
