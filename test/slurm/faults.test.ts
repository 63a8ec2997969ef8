/** A pipeline on a real Slurm to which something happens: every stage is made once, with the bytes of a run on one machine. */

import { expect } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import { type Disturbance, disturbedRun, missesIn } from './disturbed.ts'
import { test } from './disturbed-cluster.ts'

test.concurrent.for<readonly [string, Disturbance]>([
  ['a job is canceled, and the run is started again', 'scancel'],
  ['a job is requeued', 'requeue'],
  ['another partition preempts all jobs', 'preemption'],
  ['slurmd is killed while the step of its node goes on', 'slurmdKilled'],
  ['a node is turned off', 'nodeCrash'],
  ['the controller is stopped for a while', 'controllerAway'],
])('%s: every stage is made once, with the bytes of a local run', async ([, disturbance], { cluster, expected }) => {
  const random = new Random(1, disturbance)
  const { history, evidence, wrong } = await disturbedRun({ cluster, expected, random, disturbances: [disturbance] })
  expect({ wrong, history, evidence }).toEqual({ wrong: [], history, evidence })
  expect(missesIn(history)).toEqual([])
})
