/** Engines of the real worker that only one test uses: it may kill the worker, and ends it. */

import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Engine } from '../../../src/engine/engine.ts'
import { loadEngine } from '../../../src/engine/load.ts'
import { engineOver } from '../../../src/engine/torch/engine.ts'
import { WorkerProcess } from '../../../src/engine/torch/worker-process.ts'
import { identity } from '../../../src/process/identity.ts'

export const workerMain = join(process.cwd(), 'src/engine/torch/worker/main.py')

/** Starts a worker. Its processes end after the test, also those of a training that was interrupted. */
export async function ownEngine(): Promise<{ readonly worker: WorkerProcess; readonly engine: Engine }> {
  const { worker, engine } = await startEngine()
  onTestFinished(() => {
    // The test may have ended it.
    if (identity(worker.pid!).start !== '') process.kill(worker.pid!, 'SIGKILL')
  })
  return { worker, engine }
}

/** An engine for a training that is interrupted: one that others use too, unless its processes would be left behind. */
export async function engineToInterrupt(processes: number): Promise<Engine> {
  return processes === 1 ? loadEngine('torch') : (await ownEngine()).engine
}

/** Starts a worker that ends with this process. */
export async function startEngine(): Promise<{ readonly worker: WorkerProcess; readonly engine: Engine }> {
  const { worker, ready } = await WorkerProcess.start(process.env.LLMPIPE_PYTHON!, ['-B', workerMain])
  return { worker, engine: engineOver(worker, ready.header as { readonly torch: string; readonly device: string }) }
}
