/** A training on several nodes of a real Slurm. Runs where LLMPIPE_PYTHON has torch. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Event } from '../cli/rig.ts'
import { type Cluster, startCluster, until } from './cluster.ts'
import { processesWith } from './processes.ts'
import { type ClusterProject, projectOn, type Running } from './rig.ts'

const python = process.env.LLMPIPE_PYTHON

const program = (steps: number, nodes: string) => `use std.models { llama }
data prose = read("data/*.txt", split: paragraphs)
tokenizer letters = characters(prose, end_of_text: "<|endoftext|>")
model tiny = llama(vocab: letters.size, dim: 32, layers: 2, heads: 2, context: 32)
stage base = pretrain(tiny, on: prose |> encode(letters)) {
  steps: ${steps}, batch: 8, log_every: 1, engine: torch, checkpoint_every: 1s
  ${nodes}
}
`

describe.skipIf(python === undefined || python === '')('a stage on two nodes', () => {
  let cluster: Cluster
  let project: ClusterProject
  beforeAll(async () => {
    cluster = await startCluster({ nodes: 2, minJobAge: 2 })
    project = projectOn(cluster, {
      'data/book.txt': 'The whale swam on and on, below the ship and the sea.\n\n'.repeat(40),
    })
  })
  afterAll(() => cluster?.stop())

  const onNodes = () => processesWith(cluster.folder).filter(({ command }) => command.includes('node.py'))
  const lossesIn = (events: readonly Event[]) =>
    events.flatMap(({ event, loss }) => (event === 'metric' && typeof loss === 'number' ? [loss] : []))
  const start = (steps: number) => {
    project.write('two.llmpipe', program(steps, 'nodes: 2'))
    return project.start(['run', 'two.llmpipe', '--json', '--executor', 'slurm'])
  }
  /** Waits until a training has reported a step. */
  const trains = (run: Running, step: number) =>
    until('the training reports steps', async () =>
      run.events().some((event) => event.event === 'metric' && Number(event.step) >= step),
    )

  test('learns what one process does, also if it is put back into the queue in between', async () => {
    project.write('one.llmpipe', program(60, ''))
    const one = await project.llmpipe(['run', 'one.llmpipe', '--json', '--store', 'local'])
    expect(one.code, one.stderr).toBe(0)
    const run = start(60)
    await trains(run, 5)
    const queued = run.events().findLast(({ event, stage }) => event === 'queue' && stage === 'base')
    expect(onNodes()).not.toEqual([])
    // As if the time limit were near.
    await cluster.slurm('scancel', '--batch', '--signal=USR1', String(queued!.job))
    const two = await run.ended
    expect({ code: two.code, failed: two.events.filter(({ event }) => event === 'failed') }).toEqual({
      code: 0,
      failed: [],
    })
    const states = two.events.filter(({ event, stage }) => event === 'queue' && stage === 'base')
    expect(states.filter(({ state }) => state === 'running').length).toBe(2)
    const losses = lossesIn(two.events)
    expect(losses.length).toBeGreaterThanOrEqual(60)
    const expected = lossesIn(one.events)
    // Steps after the last checkpoint are reported twice.
    const steps = two.events.flatMap((each) =>
      each.event === 'metric' && typeof each.loss === 'number' ? [Number(each.step)] : [],
    )
    for (const [i, loss] of losses.entries()) expect(Math.abs(loss - expected[steps[i]! - 1]!)).toBeLessThan(1e-5)
  })

  test('fails if a process on the other node ends, and says which', async () => {
    const run = start(5_000)
    await trains(run, 3)
    for (const { pid } of processesWith(cluster.folder, 'LLMPIPE_TORCH_RANK=1')) process.kill(pid, 'SIGKILL')
    const { code, events } = await run.ended
    expect(code).toBe(1)
    expect(events.findLast(({ event }) => event === 'failed')).toMatchObject({
      error: {
        code: 'killed',
        message: expect.stringMatching(/^process 2 of 2 on n[12] of the PyTorch worker was ended by SIGKILL/),
      },
    })
    await until('the nodes are free', async () => (await cluster.slurm('squeue', '--noheader')) === '')
    expect(onNodes()).toEqual([])
  })
})
