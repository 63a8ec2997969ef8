/** A thread that makes parts of a stage, one after the other, as the process of the stage asks for them. */

import type { MessagePort } from 'node:worker_threads'
import { failureOf, Interrupted } from '../../core/failure.ts'
import type { StageKind } from '../../core/kind/kind.ts'
import type { PartedWork, PartPace } from '../../core/kind/stage.ts'
import { atMostEvery } from '../../core/values/interval.ts'
import type { Json } from '../../core/values/json.ts'
import { openParts } from '../../store/parts.ts'
import type { StageJob } from './job.ts'
import type { PartAnswer, PartOrder, PartWorkerData } from './part-messages.ts'

/** Milliseconds between two reports of progress. */
const reportInterval = 250

/** Answers the orders that come through a port, until the port is closed. */
export function partWorker<Services>(
  kinds: Readonly<Record<string, StageKind<Services>>>,
  { job }: PartWorkerData,
  port: MessagePort,
): void {
  const stop = new AbortController()
  const parts = openParts(job.parts.store, job.parts.scope)
  const answer = (message: PartAnswer) => port.postMessage(message)
  const { memoryHelp } = kinds[job.kind] ?? {}
  let work: Promise<PartedWork> | undefined
  port.on('message', (order: PartOrder) => {
    if (order.type === 'stop') {
      stop.abort()
      return
    }
    work ??= workOf(kinds, job, stop.signal)
    make(work, order.task).then(answer, (error: unknown) =>
      answer(
        error instanceof Interrupted ? { type: 'stopped' } : { type: 'failed', error: failureOf(error, memoryHelp) },
      ),
    )
  })

  async function make(parted: Promise<PartedWork>, task: Json): Promise<PartAnswer> {
    const opened = await (await parted).open(task)
    const isDue = atMostEvery(reportInterval)
    const at: PartPace = async (done, counted) => {
      if (stop.signal.aborted) throw new Interrupted()
      if (!isDue()) return
      answer({ type: 'progress', done, ...(counted === undefined ? {} : { counted: counted() }) })
      // Orders are delivered between turns of the event loop only.
      await new Promise(setImmediate)
    }
    const { folder, value, reused } = await parts.part(opened.content, (into) => opened.make(into, at))
    return { type: 'made', part: { folder, value, reused } }
  }
}

/** The parts of the work of a job. */
export async function workOf<Services>(
  kinds: Readonly<Record<string, StageKind<Services>>>,
  job: StageJob,
  signal: AbortSignal,
): Promise<PartedWork> {
  const module = await kinds[job.kind]?.load?.()
  if (module?.parts === undefined) throw new Error(`the kind "${job.kind}" has no parts`)
  const { kind: _, code: __, version: ___, parts: kept, ...given } = job
  // The process of the stage reports whatever there is to report before the first part.
  return module.parts({ ...given, parts: openParts(kept.store, kept.scope), emit: () => {}, signal })
}
