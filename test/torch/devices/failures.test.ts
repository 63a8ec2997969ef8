/** Real workers that are killed, run out of memory or raise; and a killed Node, which its worker does not survive. */

import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { describe, expect, it, vi } from 'vitest'
import type { Tensor } from '../../../src/engine/engine.ts'
import { GraphBuilder } from '../../../src/model/build.ts'
import { identity } from '../../../src/process/identity.ts'
import { type Common, commonOf, loops } from '../../train/all-loops.ts'
import { scratch } from '../../train/small.ts'
import { ownEngine, startEngine, workerMain } from './own-engine.ts'

const python = process.env.LLMPIPE_PYTHON

/** A worker that survives the tests that use it. */
let survivor: ReturnType<typeof startEngine> | undefined
function survivingEngine() {
  survivor ??= startEngine()
  return survivor
}

/** x + 1, for an x of one number that is repeated `count` times. */
function repeated(count: number) {
  const builder = new GraphBuilder()
  const wide = builder.apply('broadcast', [builder.input('x', [1], 'float32')], { shape: [count] })
  return builder.finish({ y: builder.apply('add', [wide, builder.constant(1)], {}) })
}
const x = { dtype: 'float32', shape: [1], data: Float32Array.of(1) } as const

describe.skipIf(python === undefined)('a real worker', () => {
  it('describes its PyTorch and its device', async () => {
    const { engine } = await survivingEngine()
    expect(engine.description).toMatch(/^PyTorch \d+\.\d+\.\d+, (CPU|CUDA .+)$/)
  })

  it.each(['gpu', 'cuda:97', 'meta'])('that cannot compute on LLMPIPE_TORCH_DEVICE=%s says so', async (device) => {
    vi.stubEnv('LLMPIPE_TORCH_DEVICE', device)
    await expect(startEngine()).rejects.toMatchObject({
      code: 'no-engine',
      message: expect.stringContaining(`LLMPIPE_TORCH_DEVICE names "${device}", on which PyTorch cannot compute: `),
    })
    vi.unstubAllEnvs()
  })

  it('that is killed in the middle of a training fails the stage, and the next attempt resumes to the same bytes', async () => {
    const work = scratch()
    const loop = loops.pretrain!
    const { worker, engine } = await ownEngine()
    const hints = { checkpoint_every: 0, log_every: 1 }
    const emit: Common['emit'] = (event) => {
      if (event.event === 'progress' && event.done === 4) process.kill(worker.pid!, 'SIGKILL')
    }
    await expect(loop(commonOf({ engine, work, hints, emit }), 30)).rejects.toMatchObject({
      code: 'killed',
      message: 'the PyTorch worker was ended by SIGKILL',
    })
    const { engine: other } = await survivingEngine()
    const said: string[] = []
    const listen: Common['emit'] = (event) => {
      if (event.event === 'log') said.push(event.message)
    }
    const resumed = await loop(commonOf({ engine: other, work, hints, emit: listen }), 30)
    expect(said).toContainEqual(expect.stringMatching(/^resumed from step [1-9]/))
    expect(resumed).toEqual(await loop(commonOf({ engine: other, hints }), 30))
  })

  it('that runs out of memory reports how much was asked for, and goes on', async () => {
    const { engine } = await survivingEngine()
    const executable = await engine.compile(repeated(2 ** 42), { threads: 1 })
    await expect(executable.run({ x })).rejects.toMatchObject({
      code: 'out-of-memory',
      message: expect.stringMatching(/^PyTorch ran out of memory: .*allocate/),
      help: undefined,
    })
    const smaller = await engine.compile(repeated(3), { threads: 1 })
    expect([...(await smaller.run({ x })).y!.data]).toEqual([2, 2, 2])
  })

  it('that raises an error reports it, and goes on', async () => {
    const { engine } = await survivingEngine()
    const executable = await engine.compile(repeated(3), { threads: 1 })
    const wrong = { dtype: 'float32', shape: [2], data: new Float32Array(2) } as const
    await expect(executable.run({ x: wrong })).rejects.toMatchObject({
      code: 'engine-failed',
      message: expect.stringContaining('PyTorch could not compute the model: RuntimeError: '),
    })
    expect([...(await executable.run({ x })).y!.data]).toEqual([2, 2, 2])
  })

  it('that is sent a frame it cannot read ends with the reason, and Node does not wait', async () => {
    const { worker } = await ownEngine()
    const wrong = { dtype: 'int4', shape: [2], data: new Int32Array(2) } as unknown as Tensor
    await expect(worker.ask({ do: 'keep', tensor: 1 }, { tensor: wrong })).rejects.toMatchObject({
      code: 'crashed',
      message: "the PyTorch worker ended with exit code 1: KeyError: 'int4'",
    })
  })

  it.each([
    ['/dev/full', { code: 'disk-full', message: 'the disk is full (ENOSPC: No space left on device)' }],
    ['/no/such/file', { code: 'input-output', message: "ENOENT: No such file or directory '/no/such/file'" }],
  ])('that cannot save to %s blames the disk', async (path, failure) => {
    const { engine } = await survivingEngine()
    const builder = new GraphBuilder()
    const graph = builder.finish({
      loss: builder.apply('sum', [builder.input('tokens', [1], 'float32')], { axes: [0], keep: false }),
    })
    const slots = [{ name: 'w', shape: [16], start: 0, size: 16, decay: true }]
    const optimizer = { lr: 1, betas: [0.9, 0.99], eps: 1e-8, weight_decay: 0 }
    const session = await engine.train!(graph, { slots, frozen: {}, optimizer, seed: 1, single: true, threads: 1 })
    await expect(session.save(path, {})).rejects.toMatchObject(failure)
  })

  it('does not load the compiler of PyTorch to train on the CPU, which would take seconds', async () => {
    const { worker, engine } = await survivingEngine()
    await loops.pretrain!(commonOf({ engine }), 2)
    const source = `import sys
import torch
from torch import nn
class Model(nn.Module):
    def forward(self):
        return {"loaded": torch.tensor(float("torch._dynamo" in sys.modules))}
`
    const executable = 2 ** 31
    await worker.ask({ do: 'compile', executable, source, inputs: {}, units: [], halves: [], threads: 1 })
    const { tensors } = await worker.ask({ do: 'run', executable })
    expect([...tensors.loaded!.data]).toEqual([0])
  })

  it('ignores Ctrl-C, which is for Node to handle', async () => {
    const { worker, engine } = await survivingEngine()
    process.kill(worker.pid!, 'SIGINT')
    const executable = await engine.compile(repeated(3), { threads: 1 })
    expect([...(await executable.run({ x })).y!.data]).toEqual([2, 2, 2])
  })

  it('ends when Node is killed, although it is computing', async () => {
    const script = join(mkdtempSync(join(tmpdir(), 'llmpipe-worker-')), 'start.mjs')
    const contents = `
      import { WorkerProcess } from './src/engine/torch/worker-process.ts'
      const { worker } = await WorkerProcess.start(process.argv[2], ['-B', process.argv[3]])
      const source = 'import torch\\nfrom torch import nn\\nclass Model(nn.Module):\\n' +
        '    def forward(self):\\n        while True:\\n            torch.randn(100, 100) @ torch.randn(100, 100)\\n'
      const compiled = { do: 'compile', executable: 1, source, inputs: {}, units: [], halves: [], threads: 1 }
      await worker.ask(compiled)
      worker.ask({ do: 'run', executable: 1 })
      console.log(worker.pid)
    `
    const stdin = { contents, resolveDir: process.cwd() }
    buildSync({ stdin, outfile: script, bundle: true, platform: 'node', format: 'esm' })
    const child = spawn(process.execPath, [script, python!, workerMain], { stdio: ['ignore', 'pipe', 'inherit'] })
    const pid = Number(
      await new Promise((resolve, reject) => {
        child.stdout.once('data', resolve)
        child.once('close', (code) => reject(new Error(`it ended with ${code} before it computed`)))
      }),
    )
    expect(identity(pid).start).not.toBe('')
    child.kill('SIGKILL')
    await expect.poll(() => identity(pid).start, { timeout: 10_000 }).toBe('')
  })
})
