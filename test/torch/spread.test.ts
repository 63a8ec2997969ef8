/** Batches that are divided among processes, and by what fits at once: the same training, whatever their number is. */

import { spawnSync } from 'node:child_process'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { StageEvent } from '../../src/core/event.ts'
import { Interrupted } from '../../src/core/failure.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { torchEngine } from '../../src/engine/torch/engine.ts'
import { architecture, scratch, sizes, train } from '../train/small.ts'

afterEach(() => vi.unstubAllEnvs())

const model = architecture('gpt2', { ...sizes, dropout: 0.3 })

interface Trained {
  readonly losses: readonly number[]
  readonly parameters: Float32Array
}

/** Trains with `processes` processes. */
async function trained(processes: number, change: Parameters<typeof train>[0] = {}): Promise<Trained> {
  vi.stubEnv('LLMPIPE_TORCH_PROCESSES', `${processes}`)
  const losses: number[] = []
  const emit = (event: StageEvent) => {
    if (event.event === 'metric' && event.loss !== undefined) losses.push(event.loss)
    change.emit?.(event)
  }
  const { parameters } = await train({ engine: await loadEngine('torch'), model, ...change, emit })
  return { losses, parameters }
}

/** Losses to 1e-5; weights to a hundredth of a step of AdamW, which makes steps of one size of gradients near 0 too. */
function expectSame(a: Trained, b: Trained): void {
  expect(a.losses).toHaveLength(b.losses.length)
  expect(difference(a.losses, b.losses)).toBeLessThan(1e-5)
  expect(difference(a.parameters, b.parameters)).toBeLessThan(1e-4)
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (each, i) => Math.abs(each - b[i]!)))
}

/** The processes whose parent is `parent`. */
function childrenOf(parent: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.filter(([, of]) => of === parent).map(([pid]) => pid!)
}

describe.skipIf(process.env.LLMPIPE_PYTHON === undefined)('a batch', () => {
  it('gives the same step however many processes share it', async () => {
    const settings = { batch: 4, accumulate: 2 }
    expectSame(await trained(2, { settings }), await trained(1, { settings }))
  })

  it('may have a number of rows that the processes do not divide', async () => {
    for (const batch of [3, 1])
      expectSame(await trained(2, { settings: { batch } }), await trained(1, { settings: { batch } }))
  })

  it('gives the same step in smaller parts', async () => {
    const whole = await trained(1)
    for (const micro_batch of [1, 3]) expectSame(await trained(1, { hints: { micro_batch } }), whole)
    expectSame(await trained(2, { hints: { micro_batch: 1 } }), whole)
  })

  it('is resumed by another number of processes', async () => {
    const work = scratch()
    const stop = new AbortController()
    const emit = (event: StageEvent) => {
      if (event.event === 'metric' && event.step === 5) stop.abort()
    }
    // Workers of their own: a training that ends early leaves its processes to the end of the stage.
    const engine = await torchEngine()
    await expect(trained(2, { engine, work, emit, signal: stop.signal })).rejects.toThrow(Interrupted)
    const [resumed, whole] = [await trained(1, { work }), await trained(1)]
    expect(resumed.losses.length).toBeGreaterThan(0)
    expect(resumed.losses.length).toBeLessThan(whole.losses.length)
    expectSame(resumed, { ...whole, losses: whole.losses.slice(-resumed.losses.length) })
  })

  it('fails if one of the processes ends', async () => {
    const kill = (event: StageEvent) => {
      if (event.event !== 'metric' || event.step !== 3) return
      const followers = childrenOf(process.pid).flatMap(childrenOf)
      for (const pid of followers) process.kill(pid, 'SIGKILL')
    }
    const engine = await torchEngine()
    await expect(trained(2, { engine, emit: kill, settings: { steps: 5_000 } })).rejects.toMatchObject({
      code: 'killed',
      message: expect.stringContaining('process 2 of 2 of the PyTorch worker was ended by SIGKILL'),
    })
  })
})
