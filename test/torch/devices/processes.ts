/** Trainings in several processes, for tests. */

import { spawnSync } from 'node:child_process'
import { expect, vi } from 'vitest'
import { type StageEvent, scalarsIn } from '../../../src/core/event.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { dpo } from '../../../src/train/loops/dpo.ts'
import { grpo } from '../../../src/train/loops/grpo.ts'
import { ppo } from '../../../src/train/loops/ppo.ts'
import { trainReward } from '../../../src/train/loops/reward.ts'
import { sft } from '../../../src/train/loops/sft.ts'
import { type Common, commonOf, group, policyLoop, pricing, type TuningLoop } from '../../train/all-loops.ts'
import { numbersIn } from '../../train/numbers-in.ts'
import { architecture, sizes, train } from '../../train/small.ts'

/** Pairs of sequences that fill a row each. */
const sequences = Array.from({ length: 16 }, (_, i) =>
  [0, 1].map((answer) => Array.from({ length: 13 }, (_, at) => 40 + ((i * at + answer * 7) % 60))),
)
const ranked = sequences.map((pair) => ({ sequences: pair, prompts: [3, 3], ranks: [1, 2] }))
const rankings = { train: ranked, heldOut: ranked.slice(0, 2) }
const settings = {
  optimizer: { lr: 1e-3, betas: [0.9, 0.95], eps: 1e-8, weight_decay: 0.1 },
  schedule: { call: 'constant', warmup: 0 },
  clip: 1,
  seed: 1,
  batch: 8,
} as const

export const model = architecture('gpt2', { ...sizes, dropout: 0.3 })

export interface Trained {
  readonly losses: readonly number[]
  readonly parameters: Float32Array
}

/** Trains with `processes` processes. */
export async function trained(processes: number, change: Parameters<typeof train>[0] = {}): Promise<Trained> {
  vi.stubEnv('LLMPIPE_TORCH_PROCESSES', `${processes}`)
  const losses: number[] = []
  const emit = (event: StageEvent) => {
    if (event.event === 'metric' && event.loss !== undefined) losses.push(event.loss)
    change.emit?.(event)
  }
  const { tensors } = await train({ engine: await loadEngine('torch'), model, ...change, emit })
  return { losses, parameters: numbersIn(tensors) }
}

/** Losses to 1e-5; weights to a hundredth of a step of AdamW, which makes steps of one size of gradients near 0 too. */
export function expectSame(a: Trained, b: Trained): void {
  expect(a.losses).toHaveLength(b.losses.length)
  expect(difference(a.losses, b.losses)).toBeLessThan(1e-5)
  expect(difference(a.parameters, b.parameters)).toBeLessThan(1e-4)
}

function difference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.max(...Array.from(a, (each, i) => Math.abs(each - b[i]!)))
}

/** The processes whose parent is `parent`. */
export function childrenOf(parent: number): number[] {
  const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
  const pairs = stdout.split('\n').map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.filter(([, of]) => of === parent).map(([pid]) => pid!)
}

/** Loops whose sequences fill a row each, so that a step has two rows or, of rankings, two batches. */
export const spread: Readonly<Record<string, TuningLoop>> = {
  sft: (common, steps, learned) => {
    const train = sequences.map(([first]) => ({
      ids: Uint32Array.from(first!),
      mask: Uint8Array.from(first!, (_, at) => Number(at > 2)),
      learned: first!.length - 3,
    }))
    return sft({
      ...common,
      settings: { ...settings, epochs: steps / 2, ...learned },
      train,
      heldOut: train.slice(0, 2),
    })
  },
  reward: (common, steps, learned) =>
    trainReward({
      ...common,
      ...rankings,
      settings: {
        ...{ ...settings, epochs: steps / 2, loss: 'bradley_terry', margin: 0, centring: 0.01, normalize: true },
        ...learned,
      },
    }),
  dpo: (common, steps, learned) =>
    dpo({
      ...common,
      ...rankings,
      settings: { ...settings, epochs: steps / 2, beta: 0.1, loss: 'bradley_terry', ...learned },
    }),
  ppo: policyLoop(
    ppo(pricing),
    sequences.slice(0, 3).map(([first]) => first!.slice(0, 9)),
  ),
  grpo: policyLoop(
    grpo(group),
    sequences.slice(0, 3).map(([first]) => first!.slice(0, 9)),
  ),
}

/** The metrics of a loop over 6 steps with `processes` processes, without those of time. */
export async function metricsOf(
  loop: (common: Common, steps: number) => Promise<unknown>,
  processes: number,
  hints: Partial<Common['hints']> = {},
): Promise<[string, number][]> {
  vi.stubEnv('LLMPIPE_TORCH_PROCESSES', `${processes}`)
  const metrics: [string, number][] = []
  const emit = (event: StageEvent) => {
    if (event.event !== 'metric') return
    if (event.step === 1) expect(childrenOf(process.pid).flatMap(childrenOf).length).toBe(processes - 1)
    for (const [name, value] of scalarsIn(event))
      if (name !== 'tokensPerSecond') metrics.push([`${name} of step ${event.step}`, value])
  }
  await loop(
    commonOf({ engine: await loadEngine('torch'), emit, hints: { checkpoint_every: 1e9, log_every: 1, ...hints } }),
    6,
  )
  return metrics
}

/** Fails unless both report the same metrics, within 1e-4 of their size. */
export function expectSameMetrics(a: readonly [string, number][], b: readonly [string, number][]): void {
  expect(a.length).toBeGreaterThan(12)
  expect(b.map(([name]) => name)).toEqual(a.map(([name]) => name))
  for (const [i, [name, value]] of a.entries())
    expect(Math.abs(value - b[i]![1]), name).toBeLessThan(1e-4 * Math.max(1, Math.abs(value)))
}
