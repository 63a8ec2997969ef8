/** Programs run as jobs on a real Slurm: the same bytes as on one machine. */

import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { digestsOf, outcomes } from '../cli/rig.ts'
import { type Cluster, startCluster, until } from './cluster.ts'
import { processesWith } from './processes.ts'
import { projectOn } from './rig.ts'

let cluster: Cluster
beforeAll(async () => {
  // Ended jobs are forgotten at once. The log of the controller has the warnings about time limits.
  cluster = await startCluster({ minJobAge: 2, maxArraySize: 5, config: ['SlurmctldDebug=debug'] })
})
afterAll(() => cluster?.stop())

test.concurrent('pretrain.llmpipe on three nodes makes the bytes of a local run, and then has nothing to do', async () => {
  const project = projectOn(cluster, {
    // With a few steps the model does not get as good as the whole pipeline expects.
    'pretrain.llmpipe': readFileSync('pipelines/pretrain.llmpipe', 'utf8').replace('valid_loss < 5', 'valid_loss < 8'),
  })
  cpSync('pipelines/data/prose', join(project.folder, 'data/prose'), { recursive: true })
  const run = ['run', 'pretrain.llmpipe', '-p', 'steps=30', '-p', 'dim=32', '--json']
  const local = await project.llmpipe([...run, '--store', 'local'])
  expect(local.code).toBe(0)
  const onCluster = await project.llmpipe([...run, '--executor', 'slurm'])
  expect(onCluster.code).toBe(0)
  expect(digestsOf(onCluster.events)).toEqual(digestsOf(local.events))
  expect(new Set(Object.values(outcomes(onCluster.events)))).toEqual(new Set(['finished']))
  const again = await project.llmpipe([...run, '--executor', 'slurm'])
  expect(new Set(Object.values(outcomes(again.events)))).toEqual(new Set(['cached']))
  expect(again.events.filter(({ event }) => event === 'queue')).toEqual([])
})

test.concurrent('a training that outlasts the time limit of its jobs ends with the bytes of one without a limit', async () => {
  const project = projectOn(cluster, {
    'data/book.txt': `${'The whale swam on and on, below the ship and the sea.\n\n'.repeat(40)}`,
    'a.llmpipe': `use std.models { llama }
data prose = read("data/*.txt", split: paragraphs)
tokenizer letters = characters(prose, end_of_text: "<|endoftext|>")
model tiny = llama(vocab: letters.size, dim: 32, layers: 2, heads: 2, context: 32)
stage base = pretrain(tiny, on: prose |> encode(letters)) { steps: 1000, batch: 8, checkpoint_every: 500ms }
`,
    // Slurm sends the signal up to a minute early, so almost at the start of the job.
    'llmpipe.site.json': JSON.stringify({ slurm: { time: '1m', grace: '50s' } }),
  })
  const local = await project.llmpipe(['run', 'a.llmpipe', '--json', '--store', 'local'])
  expect(local.code).toBe(0)
  const run = project.start(['run', 'a.llmpipe', '--json', '--executor', 'slurm'])
  // Slurm looks at time limits every 30 seconds. The training halts until then, so that few steps outlast the limit.
  await until('the training saves', () => run.events().some(({ event }) => event === 'checkpoint'))
  const [training] = processesWith(cluster.folder, 'SLURM_JOB_NAME=llmpipe:base').filter(({ command }) =>
    command.includes(' stage'),
  )
  process.kill(training!.pid, 'SIGSTOP')
  const queued = run.events().findLast(({ event, stage }) => event === 'queue' && stage === 'base')
  const warning = `warning signal 10 to JobId=${queued?.job}`
  await until('Slurm warns the job', () => new RegExp(`${warning}\\b`).test(cluster.log('controller')))
  process.kill(training!.pid, 'SIGCONT')
  const limited = await run.ended
  expect({ code: limited.code, failed: limited.events.filter(({ event }) => event === 'failed') }).toEqual({
    code: 0,
    failed: [],
  })
  expect(digestsOf(limited.events)).toEqual(digestsOf(local.events))
  const starts = limited.events.filter(
    ({ event, stage, state }) => event === 'queue' && stage === 'base' && state === 'running',
  )
  expect(starts.length).toBeGreaterThan(1)
})
