/** One attempt at a stage: starts its process, hears what it says, and keeps what it made. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stageEnvironment } from '../core/environment.ts'
import type { StageEvent, StageFailure } from '../core/event.ts'
import { failureOf, StageError } from '../core/failure.ts'
import type { Ledger } from '../core/ledger.ts'
import { LineBudget, OutputLines } from '../core/output-lines.ts'
import type { PlanNode } from '../core/plan.ts'
import { type Exit, failureOfExit, outOfMemoryKills, saysOutOfMemory } from '../process/exit.ts'
import type { Claim } from '../store/claim.ts'
import { keepIfPossible } from '../store/durable.ts'
import { forgetFailure, keepFailure } from '../store/failures.ts'
import { codeFile } from '../store/inputs/code.ts'
import type { Outputs } from '../store/store.ts'
import { keepState } from './continuation.ts'
import type { Outcome, Running, StageWork } from './executors/executor.ts'
import { isLastWord, type LastWord, messageIn, type StageJob } from './stage/job.ts'
import { attemptLogs, logsOf } from './stage/logs.ts'

/** What an attempt has of the machine. */
export interface Share {
  readonly threads: number
  readonly gpus: readonly string[]
}

/** Starts an attempt. */
export function startAttempt(work: StageWork, claim: Claim, { threads, gpus }: Share): Running {
  const listeners = new Set<(event: StageEvent) => void>()
  const resumedFrom = lastCheckpoint(claim)
  const child = spawnStage(work, gpus)
  let stopping = false
  /** The last that the stage said of its documents. */
  let ledger: Ledger | undefined
  const signal = (name: 'SIGINT' | 'SIGKILL', target: number | undefined) => {
    if (target === undefined || child.exitCode !== null || child.signalCode !== null) return
    try {
      process.kill(target, name)
    } catch {
      // Gone in the meantime.
    }
  }
  return {
    key: work.key,
    pid: child.pid ?? 0,
    attempt: claim.attempt,
    cpus: threads,
    gpus,
    ...(resumedFrom === undefined ? {} : { resumedFrom }),
    outcome: finish(),
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    interrupt() {
      if (!stopping) signal('SIGINT', child.pid)
      stopping = true
    },
    kill() {
      stopping = true
      // Its whole group: what the stage itself started dies with it.
      signal('SIGKILL', child.pid === undefined ? undefined : -child.pid)
    },
  }

  async function finish(): Promise<Outcome> {
    const started = performance.now()
    const seconds = () => (performance.now() - started) / 1_000
    try {
      return await converse(seconds)
    } catch (error) {
      signal('SIGKILL', child.pid === undefined ? undefined : -child.pid)
      return failed(failureOf(error), seconds())
    }
  }

  /** Gives the claim up, but keeps what the attempts said and measured. */
  function failed(error: StageFailure, seconds: number): Outcome {
    const { store, draft, key } = work
    const failure = { error, seconds, run: draft.run, time: Date.now(), ...(ledger === undefined ? {} : { ledger }) }
    keepFailure(store.root, key, failure, () => logsOf(claim))
    claim.release()
    return { type: 'failed', error, seconds }
  }

  async function converse(seconds: () => number): Promise<Outcome> {
    const outputs = makeOutputs(work, claim)
    const logs = attemptLogs(claim)
    const memoryKills = outOfMemoryKills()
    let last: LastWord | undefined
    let ranOut = false
    const hear = (event: StageEvent) => {
      logs.write(event)
      if (event.event === 'log' && saysOutOfMemory(event.message)) ranOut = true
      if (event.event === 'ledger') ledger = event.ledger
      if (event.event === 'checkpoint') rememberCheckpoint(claim, event.step)
      for (const listener of listeners) listener(event)
    }
    const log = boundedLog(hear)
    lines(child.stdout, (line) => {
      const message = messageIn(line)
      if (message === undefined) log.take({ level: 'info', message: line })
      else if (isLastWord(message)) last = message
      else if (message.event === 'log') log.take(message)
      else hear(message)
    })
    lines(child.stderr, (line) => log.take({ level: 'warning', message: line }))
    // Known before it is told its job: whoever takes over after us must find it.
    if (child.pid !== undefined) claim.stage(child.pid)
    child.stdin?.on('error', () => {})
    child.stdin?.write(`${JSON.stringify(jobOf(work, claim, outputs, threads))}\n`)
    const exit = await exitOf(child)
    log.end()
    const tail = logs.close()

    if (last?.event === 'done' && exit.code === 0) return commit(last, outputs, seconds())
    if (last?.event === 'failed') return failed({ ...detail(tail), ...last.error }, seconds())
    if (last?.event === 'interrupted' || stopping) {
      claim.release()
      const step = last?.event === 'interrupted' ? last.step : undefined
      return { type: 'interrupted', ...(step === undefined ? {} : { step }) }
    }
    const systemRanOut = outOfMemoryKills() > memoryKills
    const error = failureOfExit(exit, { ranOut, systemRanOut, declared: work.node.resources.memory })
    return failed({ ...detail(tail), ...error }, seconds())
  }

  async function commit(
    { report }: Extract<LastWord, { event: 'done' }>,
    outputs: Outputs,
    seconds: number,
  ): Promise<Outcome> {
    const changed = await work.changedInput()
    if (changed !== undefined) {
      throw new StageError(
        'input-changed',
        `${changed} changed while the stage was reading it, so its result was thrown away`,
        'Run it again.',
      )
    }
    const draft = { ...work.draft, report, seconds, time: Date.now() }
    // Before the record is there: a stage that is done is not looked at again.
    await keepState(work, claim)
    const committed = await work.store.commit(draft, outputs, logsOf(claim))
    await claim.remove()
    forgetFailure(work.store.root, work.key)
    return { type: 'done', committed }
  }
}

/** A process group of its own: a Ctrl-C in the terminal reaches the runner alone, which then asks the stages to stop. */
function spawnStage({ stageCommand, node, sharesGpus }: StageWork, gpus: readonly string[]): ChildProcess {
  const [command = process.execPath, ...args] = stageCommand
  return spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...environment(node), ...(sharesGpus ? { CUDA_VISIBLE_DEVICES: gpus.join(',') } : {}) },
  })
}

/** What the process sees: code of the project only what it needs and what the program names, since keys and tokens lie in the rest. */
function environment({ code, hints, resources }: PlanNode): NodeJS.ProcessEnv {
  const named = Array.isArray(hints.pass) ? hints.pass.map(String) : []
  const seen = code === undefined ? process.env : stageEnvironment(process.env, named)
  const mebibytes = Math.floor(resources.memory / 1024 ** 2)
  // V8 gives up at some 4 GB unless told that it may take more.
  if (mebibytes <= 2048) return seen
  return { ...seen, NODE_OPTIONS: `${seen.NODE_OPTIONS ?? ''} --max-old-space-size=${mebibytes}`.trim() }
}

function makeOutputs({ node }: StageWork, claim: Claim): Outputs {
  const outputs: Record<string, Outputs[string]> = {}
  for (const { name, type } of node.outputs) {
    const folder = join(claim.folder, name)
    mkdirSync(folder, { recursive: true })
    outputs[name] = { folder, kind: type.kind }
  }
  return outputs
}

function jobOf(work: StageWork, claim: Claim, outputs: Outputs, threads: number): StageJob {
  const { node, inputs, files, models } = work
  const folders = Object.fromEntries(Object.entries(outputs).map(([name, { folder }]) => [name, folder]))
  const { kind, version, params, hints } = node
  const code = node.code && {
    file: codeFile(work.store.root, node.code.bundle),
    sha256: node.code.bundle,
    export: node.code.export,
  }
  const people = join(work.store.root, 'people')
  // A forced run takes parts from none but itself.
  const scope = { kind, version, params, ...(work.fresh ? { run: work.draft.run } : {}) }
  return {
    version: 1,
    kind,
    ...(code === undefined ? {} : { code }),
    params,
    hints,
    inputs,
    files,
    models,
    outputs: folders,
    work: claim.checkpoints,
    ...(node.continues === undefined ? {} : { keepState: node.continues.until }),
    people,
    parts: { store: work.store.root, scope },
    threads,
  }
}

function lines(stream: NodeJS.ReadableStream | null, hear: (line: string) => void): void {
  const output = new OutputLines((line) => (line === '' ? undefined : hear(line)), {
    most: (first) => (first === BRACE ? MESSAGE : LINE),
  })
  stream?.on('data', (piece: Buffer) => output.take(piece))
  stream?.on('end', () => output.end())
}

const BRACE = 0x7b
/** The most bytes of a line that may be a message, and of one that is printed. */
const MESSAGE = 256 * 1024 ** 2
const LINE = 64 * 1024
/** The most bytes of a log: more than a stage of llmpipe itself prints in weeks. */
const LOG = 16 * 1024 ** 2

type LogLine = Pick<Extract<StageEvent, { readonly event: 'log' }>, 'level' | 'message'>

/** The log of an attempt within its bounds; how much was left out is said at its end. */
function boundedLog(hear: (event: StageEvent) => void): { take(line: LogLine): void; end(): void } {
  let level: LogLine['level'] = 'info'
  const budget = new LineBudget(LOG, (message) => hear({ event: 'log', level, message }))
  return {
    take(line) {
      level = line.level
      budget.take(line.message.length > LINE ? `${line.message.slice(0, LINE)} … (cut)` : line.message)
    },
    end() {
      level = 'info'
      const cut = budget.end()
      if (cut !== undefined) hear({ event: 'log', level: 'warning', message: `its log is cut: ${cut}` })
    },
  }
}

/** How long what a stage left behind may hold its output after its end, in milliseconds. */
const GRACE = 2_000

/** The end of a stage's process. What it started and left behind is ended with it, and does not keep the run waiting. */
function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined
    child.once('exit', (code, signal) => {
      const endGroup = () => killGroup(child.pid)
      timer = setTimeout(() => {
        endGroup()
        // One that left the group may hold the output for ever.
        timer = setTimeout(() => resolve({ code, signal }), GRACE / 2)
      }, GRACE)
      child.once('close', () => {
        clearTimeout(timer)
        endGroup()
        resolve({ code, signal })
      })
    })
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(new StageError('cannot-start', `the stage's process could not be started: ${error.message}`))
    })
  })
}

/** Ends all processes of the group that a process led. */
function killGroup(leader: number | undefined): void {
  if (leader === undefined) return
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // Nobody is left in it.
  }
}

function detail(tail: readonly string[]): Pick<StageFailure, 'detail'> {
  return tail.length === 0 ? {} : { detail: tail.join('\n') }
}

/** The step of the last checkpoint, kept beside the checkpoints as the stage told it. */
function rememberCheckpoint({ work }: Claim, step: number): void {
  keepIfPossible(() => writeFileSync(join(work, 'step'), `${step}`))
}

function lastCheckpoint({ work, checkpoints }: Claim): number | undefined {
  try {
    if (readdirSync(checkpoints).length === 0) return undefined
    const step = Number.parseInt(readFileSync(join(work, 'step'), 'utf8'), 10)
    return Number.isNaN(step) ? undefined : step
  } catch {
    return undefined
  }
}
