/** The engine over PyTorch: a Python process computes the modules that are emitted for graphs, and trains on the memory of its device. */

import type { Engine } from '../engine.ts'
import { processesFor } from './division.ts'
import { TorchExecutable } from './executable.ts'
import { KeptTensors } from './kept-tensors.ts'
import { TorchMemory } from './memory.ts'
import { findPython } from './python/find.ts'
import { TorchSession } from './session.ts'
import { workerFile } from './worker-file.ts'
import { WorkerProcess } from './worker-process.ts'

/** Starts the worker. Throws a StageError `no-engine` if there is no Python that can run it. */
export async function torchEngine(): Promise<Engine> {
  const { path: python } = await findPython()
  const { isGpu, ...first } = await start(python)
  return {
    ...first,
    devices: (gpus) => (namesOne() ? 1 : processesFor(isGpu ? gpus : 0)),
    others: (count) =>
      Promise.all(Array.from({ length: count }, (_, i) => start(python, isGpu ? `cuda:${i + 1}` : undefined))),
  }
}

/** Whether LLMPIPE_TORCH_DEVICE names one of several GPUs. */
function namesOne(): boolean {
  return /:\d+$/.test(process.env.LLMPIPE_TORCH_DEVICE ?? '')
}

/** Starts a worker on a device, by default the one that LLMPIPE_TORCH_DEVICE names. */
async function start(python: string, device?: string): Promise<Engine & { readonly isGpu: boolean }> {
  const variables = device === undefined ? {} : { LLMPIPE_TORCH_DEVICE: device }
  // Compiled Python is not written beside the worker: its folder may be read-only, or that of a package.
  const { worker, ready } = await WorkerProcess.start(python, ['-B', workerFile()], variables)
  const described = ready.header as unknown as Ready
  return { ...engineOver(worker, described), isGpu: described.memory !== undefined }
}

/** The first frame of the worker. */
interface Ready {
  readonly torch: string
  readonly device: string
  /** The memory of the device in bytes, if it is a GPU. */
  readonly memory?: number
}

/** The engine of a worker that has reported its versions. */
export function engineOver(worker: WorkerProcess, { torch, device, memory }: Ready): Engine {
  const connection = { worker, kept: new KeptTensors(worker), device: { isGpu: memory !== undefined, memory } }
  return {
    name: 'torch',
    description: `PyTorch ${torch}, ${device}`,
    dtypes: new Set(['float32', 'bfloat16', 'int32']),
    copies: true,
    ...(memory === undefined ? {} : { atOnce: { rows: 64, bytes: Math.max(3 * 2 ** 30, memory / 4) } }),
    fused: new Set(['attention', 'shift']),
    compile: (graph, options) => TorchExecutable.compile(connection, graph, options),
    remember: (graph, texts, room) => TorchMemory.for(connection, graph, texts, room),
    train: (objective, options) => TorchSession.start(connection, objective, options),
  }
}
