/** A thread of the process of a stage, which makes parts: that process starts it with `make-parts` as its argument. */

import { parentPort, workerData } from 'node:worker_threads'

export async function makeParts(): Promise<number> {
  if (parentPort === null) throw new Error('make-parts is a thread of a stage')
  const { partWorker } = await import('../../run/stage/part-worker.ts')
  const { kinds } = await import('../../stages/index.ts')
  partWorker(kinds, workerData, parentPort)
  return 0
}
