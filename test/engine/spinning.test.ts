import { describe, expect, it } from 'vitest'
import type { Tensor } from '../../src/engine/engine.ts'
import { loadEngine } from '../../src/engine/load.ts'
import { Spinning } from '../../src/engine/onnx/spinning.ts'
import { GraphBuilder } from '../../src/model/build.ts'

/** Milliseconds of a run, measured on two cores, alone and beside one busy process. */
const quiet = { spinning: 53, waiting: 94 }
const busy = { spinning: 147, waiting: 93 }

/** Simulates runs for `seconds`; returns the share of the time that was lost against always using the better setting. */
function simulate(spinning: Spinning, seconds: number, machine: typeof quiet): number {
  const best = Math.min(machine.spinning, machine.waiting)
  let [passed, ideal] = [0, 0]
  for (let i = 0; passed < seconds * 1000; i++) {
    const ms = (spinning.spins ? machine.spinning : machine.waiting) * (0.97 + 0.02 * (i % 4))
    spinning.note(ms, 100)
    passed += ms
    ideal += best
  }
  return 1 - ideal / passed
}

describe('whether threads spin', () => {
  it('is measured, and on a quiet machine they spin', () => {
    const spinning = new Spinning()
    expect(spinning.spins).toBe(true)
    expect(simulate(spinning, 600, quiet)).toBeLessThan(0.03)
  })

  it('beside a busy process they do not', () => {
    const spinning = new Spinning()
    expect(simulate(spinning, 5, busy)).toBeLessThan(0.2)
    expect(simulate(spinning, 600, busy)).toBeLessThan(0.03)
    expect(spinning.spins).toBe(false)
  })

  it('follows the machine as it becomes busy, and quiet again', () => {
    const spinning = new Spinning()
    simulate(spinning, 120, quiet)
    expect(simulate(spinning, 300, busy)).toBeLessThan(0.1)
    simulate(spinning, 120, busy)
    expect(simulate(spinning, 300, quiet)).toBeLessThan(0.12)
  })

  it('stays unchanged if the other way is hardly faster', () => {
    const spinning = new Spinning()
    simulate(spinning, 200, { spinning: 100, waiting: 97 })
    const settings = Array.from({ length: 300 }, () => {
      spinning.note(100)
      return spinning.spins
    })
    expect(settings.filter((spins) => spins).length).toBeGreaterThan(280)
  })
})

it('a run gives the same bytes before, during and after a trial of the other setting', async () => {
  const builder = new GraphBuilder()
  const [x, w] = [builder.input('x', [300, 700], 'float32'), builder.input('w', [700, 300], 'float32')]
  const product = builder.apply('matmul', [x, w], { transposeA: false, transposeB: false, alpha: 1 })
  const softmax = builder.apply('softmax', [product], {})
  const graph = builder.finish({ y: builder.apply('sum', [softmax], { axes: [0], keep: false }) })
  const engine = await loadEngine('onnx')
  const tensor = (shape: readonly number[]): Tensor => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: 210_000 }, (_, i) => Math.sin(i)),
  })
  const feeds = { x: tensor([300, 700]), w: tensor([700, 300]) }
  const executable = await engine.compile(graph, { threads: 2 })
  const outputs = new Set<string>()
  // A trial begins after a second of runs; it takes eight.
  const clock = performance.now
  let now = 0
  performance.now = () => (now += 100)
  try {
    for (let i = 0; i < 40; i++) outputs.add(Buffer.from((await executable.run(feeds)).y!.data.buffer).toString('hex'))
  } finally {
    performance.now = clock
  }
  await executable.dispose()
  expect(outputs.size).toBe(1)
})
