/** The process of the engine torch, played by a program that needs no Python. */

import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Interrupted } from '../../../src/core/failure.ts'
import type { Tensors } from '../../../src/engine/engine.ts'
import { divideObjective, processesFor } from '../../../src/engine/torch/division.ts'
import { WorkerProcess, workerEnvironment } from '../../../src/engine/torch/worker-process.ts'
import { bind } from '../../../src/model/bind.ts'
import { GraphBuilder } from '../../../src/model/build.ts'
import { objectiveBytes } from '../../../src/model/estimates/device-memory.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { identity } from '../../../src/process/identity.ts'
import { architecture } from '../../model/architecture.ts'

const model = architecture('llama', { vocab: 40, dim: 16, layers: 1, heads: 2, context: 8 })
const optimizer = { lr: 1e-2, betas: [0.9, 0.99], eps: 1e-4, weight_decay: 0.1 } as const
const fake = join(import.meta.dirname, 'fake-worker.mjs')

async function start(...faults: readonly string[]): Promise<WorkerProcess> {
  return (await WorkerProcess.start(process.execPath, [fake, ...faults])).worker
}

const numbers = (length: number): Tensors => ({
  floats: { dtype: 'float32', shape: [length], data: Float32Array.from({ length }, (_, i) => i / 3) },
  ids: { dtype: 'int32', shape: [2, 3], data: Int32Array.of(1, -2, 3, 4, 5, 2 ** 31 - 1) },
})

describe('a worker', () => {
  it('reports its versions when it is ready', async () => {
    const { ready } = await WorkerProcess.start(process.execPath, [fake])
    expect(ready.header).toMatchObject({ torch: '2.15.0', device: 'CPU' })
  })

  it.each([0, 1, 1000, 300_000])('receives and returns tensors as they are: %i numbers', async (length) => {
    const worker = await start()
    const tensors = numbers(length)
    expect((await worker.ask({ do: 'echo' }, tensors)).tensors).toEqual(tensors)
  })

  it('answers many commands in order, while it is given more', async () => {
    const worker = await start()
    const answers = Array.from({ length: 100 }, (_, i) => worker.ask({ do: 'echo' }, numbers(i)))
    for (const [i, { tensors }] of (await Promise.all(answers)).entries()) expect(tensors.floats!.data).toHaveLength(i)
  })

  it('has copied small tensors when a command is sent, so that they may be written again', async () => {
    const worker = await start()
    const tensors = numbers(10)
    const answer = worker.ask({ do: 'echo' }, tensors)
    tensors.floats!.data.fill(7)
    expect((await answer).tensors).toEqual(numbers(10))
  })

  it('may print: only frames on its own pipe are answers', async () => {
    const worker = await start()
    await worker.send({ do: 'print' })
    expect((await worker.ask({ do: 'echo' }, numbers(3))).tensors).toEqual(numbers(3))
  })
})

it('that cannot use the device of LLMPIPE_TORCH_DEVICE fails with the name of the variable and the way out', async () => {
  const worker = await start()
  const error = { code: 'no-device', message: 'Found no NVIDIA driver on your system.' }
  await expect(worker.ask({ do: 'fail', error })).rejects.toMatchObject({
    code: 'no-engine',
    message: expect.stringMatching(/^LLMPIPE_TORCH_DEVICE .* cannot compute: Found no NVIDIA driver/),
    help: expect.stringContaining('llmpipe doctor'),
  })
})

describe('the number of processes', () => {
  afterEach(() => vi.unstubAllEnvs())

  it.each([
    ['', 0, 1],
    ['', 8, 8],
    ['2', 0, 2],
  ])('with LLMPIPE_TORCH_PROCESSES=%s and %i GPUs is %i', (asked, gpus, processes) => {
    vi.stubEnv('LLMPIPE_TORCH_PROCESSES', asked)
    expect(processesFor(gpus)).toBe(processes)
  })

  it.each(['x', '0', '-1', '2.5', '99999'])('is an error if LLMPIPE_TORCH_PROCESSES is %s', (asked) => {
    vi.stubEnv('LLMPIPE_TORCH_PROCESSES', asked)
    expect(() => processesFor(0)).toThrow(`LLMPIPE_TORCH_PROCESSES is "${asked}", which is not a number of processes`)
  })
})

describe('processes that take batches in turn', () => {
  const objective = withCrossEntropy(bind(model.graph, { batch: 4, time: 8, vocab: 40 }))
  const options = { slots: [], frozen: {}, optimizer, seed: 1, single: false, threads: 1 }

  it.each([
    [8, 3, 3, true],
    [2, 3, 2, true],
    [8, 1, 1, false],
    [1, 3, 1, false],
    [8, undefined, 1, false],
  ])('of %s GPUs and %s batches a step are %s', (gpus, batches, processes, inTurn) => {
    const divided = divideObjective(objective, { ...options, batches, gpus }, { isGpu: true })
    expect(divided.processes).toBe(processes)
    expect(divided.division).toEqual({ parts: 1, rows: 4, inputs: [], outputs: [], inTurn })
    expect(divided.graph).toBe(objective)
  })
})

describe('a training that exceeds the memory of the GPU', () => {
  const divide = (rows: number) => withCrossEntropy(bind(model.graph, { batch: rows, time: 8, vocab: 40 }))
  const options = { slots: [], frozen: {}, optimizer, seed: 1, single: false, threads: 1 }
  const bytesOf = (rows: number) => objectiveBytes(divide(rows), 'float32') / 0.8
  const divided = (memory: number, more: { recompute?: boolean; microBatch?: number } = {}) => {
    const { division, recompute } = divideObjective(divide(4), { ...options, divide, ...more }, { isGpu: true, memory })
    return [division.parts, recompute]
  }

  it('computes as many rows at once as fit, and layers again only if not even one does', () => {
    expect(divided(bytesOf(4))).toEqual([1, false])
    expect(divided(bytesOf(4) - 1)).toEqual([2, false])
    expect(divided(bytesOf(1))).toEqual([4, false])
    expect(divided(bytesOf(1) - 1)).toEqual([4, true])
  })

  it('follows the hints of the stage', () => {
    expect(divided(bytesOf(4), { recompute: true })).toEqual([1, true])
    expect(divided(1, { recompute: false })).toEqual([4, false])
    expect(divided(bytesOf(1), { microBatch: 4 })).toEqual([1, true])
  })

  it('divides the weights too if weights, gradients and moments do not fit, or a hint says so', () => {
    // Two layers of 400 weights and 200 outside; 16 bytes for each of 1,000, with all moments.
    const slot = (name: string, size: number) => ({ name, shape: [size], start: 0, size, decay: true })
    const slots = [slot('layers.0.w', 400), slot('layers.1.w', 400), slot('head', 200)]
    const shard = (memory: number, hint?: 'moments' | 'weights', gpus = 2) =>
      divideObjective(divide(4), { ...options, divide, slots, gpus, shard: hint }, { isGpu: true, memory }).shard
    const state = (8 * 1000 + (8 * 1000) / 2) / 0.8
    expect(shard(state + 1)).toBe('moments')
    expect(shard(state - 1)).toBe('weights')
    expect(shard(state - 1, 'moments')).toBe('moments')
    expect(shard(1e9, 'weights')).toBe('weights')
    expect(shard(state - 1, 'weights', 1)).toBe('moments')
  })

  it('computes layers again if its batches cannot be divided', () => {
    const recompute = (memory: number) => divideObjective(divide(4), options, { isGpu: true, memory }).recompute
    expect([recompute(bytesOf(4)), recompute(bytesOf(4) - 1)]).toEqual([false, true])
  })
})

describe('dropout over rows and tokens in one axis', () => {
  /** An objective whose dropout, of 2 tokens for each row, has one axis for both, or one for each. */
  const objective = (rows: number, isFlat: boolean) => {
    const builder = new GraphBuilder()
    const tokens = builder.input('tokens', [rows, 2], 'float32')
    const shape = isFlat ? [2 * rows] : [rows, 2]
    const x = builder.apply('reshape', [tokens], { shape })
    const dropped = builder.apply('dropout', [x, builder.input('dropout.0', shape, 'float32')], { rate: 0.5 })
    return builder.finish({ loss: builder.apply('sum', [dropped], { axes: shape.map((_, i) => i), keep: false }) })
  }
  const options = { slots: [], frozen: {}, optimizer, seed: 1, single: false, threads: 1, gpus: 2, microBatch: 1 }

  it('keeps batches whole, because no part could tell its numbers', () => {
    const divided = (isFlat: boolean) => {
      const divide = (rows: number) => objective(rows, isFlat)
      const found = divideObjective(divide(4), { ...options, batches: 3, divide }, { isGpu: true })
      return [found.division.parts, found.division.inTurn, found.processes]
    }
    expect(divided(false)).toEqual([4, false, 2])
    expect(divided(true)).toEqual([1, true, 2])
  })
})

it('a training is not divided among GPUs if LLMPIPE_TORCH_DEVICE names one of them', () => {
  const divide = (rows: number) => withCrossEntropy(bind(model.graph, { batch: rows, time: 8, vocab: 40 }))
  const options = { slots: [], frozen: {}, optimizer, seed: 1, single: false, threads: 1, divide, microBatch: 1 }
  const processes = (gpus: number) => divideObjective(divide(4), { ...options, gpus }, { isGpu: true }).processes
  vi.stubEnv('LLMPIPE_TORCH_DEVICE', 'cuda:1')
  expect(() => processes(2)).toThrow('LLMPIPE_TORCH_DEVICE names the one GPU cuda:1')
  expect(processes(1)).toBe(1)
  vi.stubEnv('LLMPIPE_TORCH_DEVICE', 'cuda')
  expect(processes(2)).toBe(2)
  vi.unstubAllEnvs()
})

it('lets threads of the worker spin briefly and its allocator keep memory, unless the user has set either', () => {
  const spins = { GOMP_SPINCOUNT: '10000' }
  const keeps = { MALLOC_MMAP_THRESHOLD_: '33554432', MALLOC_TRIM_THRESHOLD_: '1073741824' }
  expect(workerEnvironment({ PATH: '/bin' })).toEqual({ PATH: '/bin', ...spins, ...keeps })
  expect(workerEnvironment({ OMP_WAIT_POLICY: 'ACTIVE' })).toEqual({ OMP_WAIT_POLICY: 'ACTIVE', ...keeps })
  expect(workerEnvironment({ GOMP_SPINCOUNT: '5' })).toEqual({ GOMP_SPINCOUNT: '5', ...keeps })
  for (const own of [{ MALLOC_TRIM_THRESHOLD_: '0' }, { MALLOC_MMAP_THRESHOLD_: '1' }, { GLIBC_TUNABLES: '' }])
    expect(workerEnvironment(own)).toEqual({ ...own, ...spins })
})

describe('a worker that fails', () => {
  it.each([
    [{ do: 'die' }, { code: 'crashed', message: 'the PyTorch worker ended with exit code 3' }],
    [
      { do: 'kill', signal: 'SIGKILL' },
      { code: 'killed', message: 'the PyTorch worker was ended by SIGKILL' },
    ],
    [
      { do: 'kill', signal: 'SIGSEGV' },
      { code: 'killed', message: 'the PyTorch worker was ended by SIGSEGV' },
    ],
    [{ do: 'garbage' }, { code: 'crashed', message: expect.stringContaining('an answer that cannot be read') }],
    [
      { do: 'fail', error: { code: 'out-of-memory', message: 'CUDA out of memory. Tried to allocate 2 GiB' } },
      { code: 'out-of-memory', message: expect.stringContaining('Tried to allocate 2 GiB'), help: undefined },
    ],
    [
      { do: 'fail', error: { code: 'failed', message: 'RuntimeError: no' } },
      { code: 'engine-failed', message: 'PyTorch could not compute the model: RuntimeError: no' },
    ],
    [
      { do: 'fail', error: { code: 'ended', who: 'process 2 of 4', signal: 'SIGKILL' } },
      { code: 'killed', message: 'process 2 of 4 of the PyTorch worker was ended by SIGKILL' },
    ],
    [
      { do: 'fail', error: { code: 'ended', who: 'process 2 of 4', exit: '3' } },
      { code: 'crashed', message: 'process 2 of 4 of the PyTorch worker ended with exit code 3' },
    ],
    [
      { do: 'die', exit: 77 },
      { code: 'out-of-memory', message: 'the PyTorch worker ran out of memory', help: undefined },
    ],
    [
      { do: 'fail', error: { code: 'system', system: 'ENOSPC', message: 'ENOSPC: No space left on device' } },
      {
        code: 'disk-full',
        message: 'the disk is full (ENOSPC: No space left on device)',
        help: expect.stringContaining('Make room'),
      },
    ],
    [
      { do: 'fail', error: { code: 'system', system: 'EIO', message: 'EIO: Input/output error' } },
      { code: 'input-output', message: 'EIO: Input/output error' },
    ],
  ])('fails what waits and what comes later: %o', async (command, failure) => {
    const worker = await start()
    const waiting = worker.ask({ do: 'wait' })
    await worker.send(command).catch(() => {})
    await expect(waiting).rejects.toMatchObject(failure)
    await expect(worker.ask({ do: 'echo' })).rejects.toMatchObject(failure)
    await expect(worker.send({ do: 'echo' })).rejects.toMatchObject(failure)
  })

  it('fails one command alone if it answers that command with the failure', async () => {
    const worker = await start()
    const error = { code: 'failed', message: 'ValueError: a shape' }
    await expect(worker.ask({ do: 'fail', error })).rejects.toMatchObject({ code: 'engine-failed' })
    expect((await worker.ask({ do: 'echo' }, numbers(2))).tensors).toEqual(numbers(2))
  })

  it('interrupts the stage if a Ctrl-C ended it', async () => {
    const worker = await start()
    await worker.send({ do: 'kill', signal: 'SIGINT' })
    await expect(worker.ask({ do: 'wait' })).rejects.toThrow(Interrupted)
  })

  it('reports what it printed last if it does not start', async () => {
    await expect(start('no start')).rejects.toMatchObject({
      code: 'no-engine',
      message: `${process.execPath}, which imports PyTorch, ended with exit code 1: ModuleNotFoundError: No module named 'torch'`,
      help: expect.stringContaining('`llmpipe setup torch` makes another'),
    })
    await expect(start('dies at start', 'SIGILL')).rejects.toMatchObject({
      code: 'no-engine',
      message: `${process.execPath}, which imports PyTorch, was ended by SIGILL`,
    })
    await expect(start('dies at start', 'SIGKILL')).rejects.toMatchObject({ code: 'killed' })
    await expect(WorkerProcess.start('/no/such/python', [])).rejects.toMatchObject({
      code: 'no-engine',
      message: expect.stringMatching(/^\/no\/such\/python could not be started: .*ENOENT/),
    })
  })
})

it('a process ends although its worker is still there, and the worker is ended with it', async () => {
  const script = join(mkdtempSync(join(tmpdir(), 'llmpipe-worker-')), 'start.mjs')
  buildSync({
    stdin: {
      contents: `
        import { WorkerProcess } from './src/engine/torch/worker-process.ts'
        const { worker } = await WorkerProcess.start(process.execPath, [process.argv[2], 'stays'])
        console.log(worker.pid)
      `,
      resolveDir: process.cwd(),
    },
    outfile: script,
    bundle: true,
    platform: 'node',
    format: 'esm',
  })
  const pid = Number(execFileSync(process.execPath, [script, fake], { encoding: 'utf8' }))
  expect(pid).toBeGreaterThan(0)
  // A process that has ended has no start, not even before its parent has taken notice.
  await expect.poll(() => identity(pid).start).toBe('')
})
