/** The process of a command, from its start to the end of all that it started. */

import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { StageError } from '../../core/failure.ts'
import { OutputLines } from '../../core/output-lines.ts'
import { ignoresInterrupt, signalAll, startedProcesses } from '../shared/process-group.ts'

/** How long processes that a command leaves behind may take to end by themselves, in milliseconds. */
const GRACE = 2_000
/** How long a command that is asked to stop may take to save something. */
const FAREWELL = 5_000
/** How long who was told to end may take. */
const LAST = 1_000
/** How often it is looked whether they did, at first and later. */
const [SOON, LATER] = [1, 50]
/** The most bytes of a line. */
const LINE = 8 * 1024

export interface CommandEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** The names of processes that it left behind and that had to be ended. */
  readonly left: readonly string[]
  /** Something that it started has left its group, and holds its output still. */
  readonly isHeld: boolean
}

export interface CommandCall {
  readonly command: string
  readonly folder: string
  readonly env: NodeJS.ProcessEnv
  readonly signal: AbortSignal
  hear(line: string): void
}

/** Runs a command by `sh -eu` to its end: its own exit counts, whatever it leaves behind. */
export async function runCommand({ command, folder, env, signal, hear }: CommandCall): Promise<CommandEnd> {
  const child = spawn('sh', ['-eu', '-c', command], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] })
  const outputs = [child.stdout, child.stderr].map((stream) => {
    const lines = new OutputLines(hear, { most: () => LINE, returns: true })
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
    await waitFor(isOver, () => (signal.aborted ? FAREWELL : GRACE), signal)
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

/** Asks all to stop; who does not end is ended. `over` says that there is nothing left to ask. */
async function endWhenAsked(child: ChildProcess, over: AbortSignal): Promise<void> {
  const all = startedProcesses()
  const hasExited = child.exitCode !== null || child.signalCode !== null
  // What a finished command left behind, and what does not hear the question, has nothing to save.
  const deaf = all.filter((each) => hasExited || ignoresInterrupt(each))
  signalAll(
    all.filter((each) => !deaf.includes(each)),
    'SIGINT',
  )
  signalAll(deaf, 'SIGTERM')
  await waitFor(
    () => over.aborted,
    () => FAREWELL,
  )
  if (!over.aborted) await endAll(() => over.aborted)
}

/** Ends all that is left: first asks, then does not. */
async function endAll(isOver: () => boolean): Promise<void> {
  const isDone = () => startedProcesses().length === 0
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    if (isDone()) break
    signalAll(startedProcesses(), signal)
    await waitFor(isDone, () => LAST)
  }
  // The last of what was printed; one that left the group may hold the output for ever.
  await waitFor(isOver, () => LAST)
}

/** Waits until something is so, at most for a time that may become another when the signal comes. */
async function waitFor(isSo: () => boolean, most: () => number, signal?: AbortSignal): Promise<void> {
  let began = performance.now()
  let wasAsked = signal?.aborted === true
  for (let pause = SOON; !isSo() && performance.now() - began < most(); pause = Math.min(LATER, 2 * pause)) {
    await sleep(pause)
    if (signal?.aborted && !wasAsked) began = performance.now()
    wasAsked = signal?.aborted === true
  }
}
