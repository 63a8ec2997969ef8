/** The engine over PyTorch: a Python process computes the modules that are emitted for graphs, and trains on the memory of its device. */

import type { Engine } from '../engine.ts'
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
  // Compiled Python is not written beside the worker: its folder may be read-only, or that of a package.
  const { worker, ready } = await WorkerProcess.start(python, ['-B', workerFile()])
  return engineOver(worker, ready.header as unknown as Ready)
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
    fused: new Set(['attention']),
    compile: (graph, options) => TorchExecutable.compile(connection, graph, options),
    remember: (graph, texts, room) => TorchMemory.for(connection, graph, texts, room),
    train: (objective, options) => TorchSession.start(connection, objective, options),
  }
}
