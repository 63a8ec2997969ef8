/** The process of a command, from its start to the end of all processes that it started. */

import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { StageError } from '../../core/failure.ts'
import { OutputLines } from '../../core/values/output-lines.ts'
import { ignoresInterrupt, signalAll, startedProcesses } from './process-group.ts'

/** The time that processes which a command leaves behind have to end by themselves, in milliseconds. */
const leftoverTime = 2_000
/** The time that a command which is asked to stop has to save its work, in milliseconds. */
const saveTime = 5_000
/** The time that a process which was sent a signal has to end, in milliseconds. */
const endTime = 1_000
/** The time between checks whether processes have ended, at first and at most, in milliseconds. */
const [firstPause, longestPause] = [1, 50]
/** The most bytes of a line. */
const lineLimit = 8 * 1024

export interface CommandEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The names of the processes that the command left behind and that had to be killed. */
  readonly left: readonly string[]
  /** A process that the command started has left the group, and still holds the output. */
  readonly isHeld: boolean
}

export interface CommandCall {
  readonly command: string
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  hear(line: string): void
}

/** Runs a command with `sh -eu` to its end. The exit of the command itself counts, not that of processes that it leaves behind. */
export async function runCommand({ command, folder, env, signal, hear }: CommandCall): Promise<CommandEnd> {
  const child = spawn('sh', ['-eu', '-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const outputs = [child.stdout, child.stderr].map((stream) => {
    const lines = new OutputLines(hear, { most: () => lineLimit, returns: true })
    stream.on('data', (piece: Buffer) => lines.take(piece))
    return lines
  })
  let isClosed = false
  child.once('close', () => {
    isClosed = true
  })
  const isOver = () => isClosed && startedProcesses().length === 0
  const stopping = new AbortController()
  const stop = () => void endWhenAsked(child, stopping.signal)
  signal.addEventListener('abort', stop)
  try {
    if (signal.aborted) stop()
    const ended = await exitOf(child)
    await waitFor(isOver, () => (signal.aborted ? saveTime : leftoverTime), signal)
    const left = startedProcesses()
    await endAll(() => isClosed)
    for (const lines of outputs) lines.end()
    return { ...ended, left: signal.aborted ? [] : left.map(({ name }) => name), isHeld: !isClosed }
  } finally {
    signal.removeEventListener('abort', stop)
    stopping.abort()
    child.stdout.destroy()
    child.stderr.destroy()
  }
}

function exitOf(child: ChildProcess): Promise<Pick<CommandEnd, 'code' | 'signal'>> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new StageError('cannot-start', `sh could not be started: ${error.message}`)))
    child.once('exit', (code, signal) => resolve({ code, signal }))
  })
}

/** Asks all processes to stop, and kills those that do not. `over` is aborted when none is left. */
async function endWhenAsked(child: ChildProcess, over: AbortSignal): Promise<void> {
  const all = startedProcesses()
  const hasExited = child.exitCode !== null || child.signalCode !== null
  // Processes that a finished command left behind, or that ignore SIGINT, have no work to save.
  const unasked = all.filter((each) => hasExited || ignoresInterrupt(each))
  signalAll(
    all.filter((each) => !unasked.includes(each)),
    'SIGINT',
  )
  signalAll(unasked, 'SIGTERM')
  await waitFor(
    () => over.aborted,
    () => saveTime,
  )
  if (!over.aborted) await endAll(() => over.aborted)
}

/** Ends all processes that are left, by SIGTERM and then by SIGKILL. */
async function endAll(isOver: () => boolean): Promise<void> {
  const isDone = () => startedProcesses().length === 0
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (isDone()) break
    signalAll(startedProcesses(), signal)
    await waitFor(isDone, () => endTime)
  }
  // Waits for the last output. A process that left the group may hold it for ever.
  await waitFor(isOver, () => endTime)
}

/** Waits until `isSo`, at most for `most` ms, which may change when the signal is aborted. */
async function waitFor(isSo: () => boolean, most: () => number, signal?: AbortSignal): Promise<void> {
  let began = performance.now()
  let wasAsked = signal?.aborted === true
  for (
    let pause = firstPause;
    !isSo() && performance.now() - began < most();
    pause = Math.min(longestPause, 2 * pause)
  ) {
    await sleep(pause)
    if (signal?.aborted && !wasAsked) began = performance.now()
    wasAsked = signal?.aborted === true
  }
}
