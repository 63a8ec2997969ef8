/** A pipeline on a real Slurm whose runner is lost or not alone; and what attach, log, show and stop make of it. */

import { join } from 'node:path'
import { expect } from 'vitest'
import { Random } from '../../src/core/values/random.ts'
import { until } from './cluster.ts'
import { type Disturbance, disturbedRun, missesIn, stateOf, witnessedProject } from './disturbed.ts'
import { test } from './disturbed-cluster.ts'
import { evidenceOf } from './evidence.ts'
import { runningJobs } from './faults.ts'

test.concurrent.for<readonly [string, readonly Disturbance[]]>([
  ['the runner is killed and started again, twice', ['runnerKilled', 'runnerKilled']],
  ['the runner is interrupted and started again', ['runnerInterrupted']],
  ['a second runner does the same', ['secondRunner']],
])('%s: every stage is made once, with the bytes of a local run', async ([, disturbances], { cluster, expected }) => {
  const { history, evidence, wrong } = await disturbedRun({
    cluster,
    expected,
    random: new Random(1, 'runners'),
    disturbances,
  })
  expect({ wrong, history, evidence }).toEqual({ wrong: [], history, evidence })
  expect(missesIn(history)).toEqual([])
})

test.concurrent('jobs of a run that was killed: log, show and attach tell about them, and stop ends them', async ({
  cluster,
}) => {
  // Half a minute, for the commands that look at a job while it runs.
  const project = await witnessedProject(cluster, 'usual', 150)
  const env = stateOf(project)
  const run = project.start(['run', 'a.llmpipe', '--json', '--executor', 'slurm'], env)
  const job = async () => (await runningJobs(cluster)).find(({ name }) => name === 'llmpipe:one')
  await until('a job runs', async () => (await job()) !== undefined)
  // The runner has written down that it runs.
  await until('the run knows', () => run.events().some(({ stage, state }) => stage === 'one' && state === 'running'))
  // As a trial prints it when a run does not end.
  let evidence = ''
  // The job writes that it runs a moment before it touches its lease for the first time.
  await until('the job has a lease', async () => {
    evidence = (await evidenceOf(cluster, join(project.folder, '.llmpipe'))).join('\n')
    return /^[0-9a-f]{16}-[0-9a-f]{12} one: .*lease \(\d+ s\)/m.test(evidence)
  })
  expect(evidence).toMatch(/^\d+ RUNNING .* llmpipe:one /m)
  expect(evidence).toMatch(/attempt-1\.stage \(\d+ s\) {"type":"job"/)
  expect(evidence).toMatch(/^\d+ \w parent \d+ in \S+ .* job .*\/jobs\//m)
  run.kill('SIGKILL')
  await run.ended
  const words = new RegExp(`one: slurm job ${(await job())?.id} runs on n\\d`)
  expect((await project.llmpipe(['log'], env)).stderr).toMatch(words)
  const shown = await project.llmpipe(['show', 'a.llmpipe', 'one'], env)
  expect(shown.stderr).toMatch(/one is being made: slurm job \d+ runs on n\d/)
  const attached = await project.llmpipe(['attach', '--plain'], env)
  expect(attached).toMatchObject({ code: 0, stderr: expect.stringContaining('all jobs of the run have ended') })
  expect(attached.stderr).toContain('llmpipe run a.llmpipe --executor slurm')
  expect(attached.stdout).toMatch(/\+ one /)
  const again = project.start(['run', 'a.llmpipe', '--json', '--executor', 'slurm'], env)
  await until('the next stage runs', async () =>
    (await runningJobs(cluster)).some(({ name }) => name === 'llmpipe:three'),
  )
  const stopped = await project.llmpipe(['stop', 'three'], env)
  expect(stopped.stdout).toMatch(/^three: slurm job \d+ (stopped|was canceled)/)
  expect((await again.ended).code).not.toBe(0)
  expect((await project.llmpipe(['ls'], env)).stderr).toBe('')
})
