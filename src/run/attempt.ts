/** One attempt at a stage: it passes the stage its job, follows its messages, keeps its logs, and commits what it made. */

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StageEvent, StageFailure } from '../core/event.ts'
import { failureOf } from '../core/failure.ts'
import type { Ledger } from '../core/ledger.ts'
import { type Exit, failureOfExit, saysOutOfMemory } from '../process/exit.ts'
import type { Claim } from '../store/claim.ts'
import { keepIfPossible } from '../store/durable.ts'
import { keepFailure } from '../store/failures.ts'
import type { Outputs } from '../store/store.ts'
import type { RunningStage } from './executors/executor.ts'
import { boundedLog } from './stage/bounded-log.ts'
import { isStageResult, jobOf, type StageResult } from './stage/job.ts'
import { attemptLogs, logsOf } from './stage/logs.ts'
import type { Launch, StageHandle } from './stage-handle.ts'
import type { Commit, Outcome, StageWork } from './stage-work.ts'

/** The CPU threads and GPUs reserved for one attempt. */
export interface Share {
  readonly threads: number
  /** The cores that were free beside. They are not reserved: other stages may start on them. */
  readonly spareThreads?: number
  readonly gpus: readonly string[]
}

/** How an attempt starts its stage, and how it records what the stage made. */
export interface AttemptTools {
  readonly launch: Launch
  readonly commit: Commit
}

/** Starts an attempt. Never rejected: if the stage cannot be started, that is the outcome of the attempt. */
export async function startAttempt(
  work: StageWork,
  claim: Claim,
  share: Share,
  { launch, commit }: AttemptTools,
): Promise<RunningStage> {
  const { threads, gpus } = share
  const listeners = new Set<(event: StageEvent) => void>()
  const resumedFrom = lastCheckpoint(claim)
  const started = performance.now()
  const seconds = () => (performance.now() - started) / 1_000
  let isStopping = false
  /** The latest count of documents that the stage reported. */
  let ledger: Ledger | undefined
  const running = {
    key: work.key,
    attempt: claim.attempt,
    cpus: threads,
    gpus,
    ...(resumedFrom === undefined ? {} : { resumedFrom }),
    subscribe(listener: (event: StageEvent) => void) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  let stage: StageHandle
  let outputs: Outputs
  try {
    outputs = makeOutputs(work, claim)
    stage = await launch(jobOf(work, claim, outputs, share), (where) => claim.recordStage(where))
  } catch (error) {
    const outcome = Promise.resolve(fail(failureOf(error)))
    return { ...running, outcome, interrupt: () => {}, kill: () => {} }
  }
  return {
    ...running,
    where: stage.where,
    outcome: finish().catch((error: unknown) => {
      stage.kill()
      return fail(failureOf(error))
    }),
    interrupt() {
      if (!isStopping) stage.interrupt()
      isStopping = true
    },
    kill() {
      isStopping = true
      stage.kill()
    },
  }

  async function finish(): Promise<Outcome> {
    const { result, exit, ranOut, tail } = await follow()
    if (result?.event === 'done' && exit.code === 0) {
      const committed = await commit({ report: result.report, outputs, seconds: seconds() }, claim)
      return { type: 'done', committed }
    }
    if (result?.event === 'failed') return fail({ ...detailOf(tail), ...result.error })
    if (result?.event === 'interrupted' || isStopping) {
      claim.release()
      const step = result?.event === 'interrupted' ? result.step : undefined
      return { type: 'interrupted', ...(step === undefined ? {} : { step }) }
    }
    const error = failureOfExit(exit, { ranOut, declared: work.node.resources.memory })
    return fail({ ...detailOf(tail), ...error })
  }

  /** Follows the stage to its end: keeps its logs and passes its events on. */
  async function follow(): Promise<Followed> {
    const logs = attemptLogs(claim)
    let result: StageResult | undefined
    let ranOut = false
    const pass = (event: StageEvent) => {
      logs.write(event)
      if (event.event === 'log' && saysOutOfMemory(event.message)) ranOut = true
      if (event.event === 'ledger') ledger = event.ledger
      if (event.event === 'checkpoint') rememberCheckpoint(claim, event.step)
      for (const listener of listeners) listener(event)
    }
    const log = boundedLog(pass)
    for await (const message of stage.messages) {
      if (isStageResult(message)) result = message
      else if (message.event === 'log') log.add(message)
      else pass(message)
    }
    const exit = await stage.exit
    log.end()
    return { result, exit, ranOut, tail: logs.close() }
  }

  /** Gives the claim up, and keeps the logs and metrics of the attempts beside the failure. */
  function fail(error: StageFailure): Outcome {
    const { root, draft, key } = work
    const taken = seconds()
    const failure = { error, seconds: taken, run: draft.run, time: Date.now(), ...(ledger && { ledger }) }
    keepFailure(root, key, failure, () => logsOf(claim))
    claim.release()
    return { type: 'failed', error, seconds: taken }
  }
}

/** How a stage ended. */
interface Followed {
  /** Absent if the stage ended without reporting a result. */
  readonly result: StageResult | undefined
  readonly exit: Exit
  /** Its output says that it ran out of memory. */
  readonly ranOut: boolean
  /** The last lines of its log. */
  readonly tail: readonly string[]
}

/** Makes an empty folder for each output. */
function makeOutputs({ node }: StageWork, claim: Claim): Outputs {
  const outputs: Record<string, Outputs[string]> = {}
  for (const { name, type } of node.outputs) {
    const folder = join(claim.folder, name)
    mkdirSync(folder, { recursive: true })
    outputs[name] = { folder, kind: type.kind }
  }
  return outputs
}

function detailOf(tail: readonly string[]): Pick<StageFailure, 'detail'> {
  return tail.length === 0 ? {} : { detail: tail.join('\n') }
}

/** Keeps the step of the last checkpoint beside the checkpoints, as the stage reported it. */
function rememberCheckpoint({ work }: Claim, step: number): void {
  keepIfPossible(() => writeFileSync(join(work, 'step'), `${step}`))
}

/** The step of the last checkpoint of earlier attempts; `undefined` if there is none. */
export function lastCheckpoint({ work, checkpoints }: Pick<Claim, 'work' | 'checkpoints'>): number | undefined {
  try {
    if (readdirSync(checkpoints).length === 0) return undefined
    const step = Number.parseInt(readFileSync(join(work, 'step'), 'utf8'), 10)
    return Number.isNaN(step) ? undefined : step
  } catch {
    return undefined
  }
}
