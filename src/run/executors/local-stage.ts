/** A stage as a process of this machine. */

import { type ChildProcess, spawn } from 'node:child_process'
import { StageError } from '../../core/failure.ts'
import type { PlanNode } from '../../core/plan.ts'
import { stageEnvironment } from '../../core/values/environment.ts'
import { OutputLines } from '../../core/values/output-lines.ts'
import { type Exit, outOfMemoryKills } from '../../process/exit.ts'
import { localProcesses, processPlace } from '../../process/where.ts'
import { longestLine } from '../stage/bounded-log.ts'
import { messageIn } from '../stage/job.ts'
import { MessageQueue } from '../stage/message-queue.ts'
import type { Launch, StageHandle } from '../stage-handle.ts'
import type { StageWork } from '../stage-work.ts'

/** How long processes that a stage left behind may hold its output open after its end, in milliseconds. */
const outputGrace = 2_000
/** How long to wait for the output after those processes were killed, in milliseconds: one that left the group may hold it for ever. */
const killGrace = 1_000

/** The most bytes of a line that may be a message. */
const longestMessage = 256 * 1024 ** 2
const openingBrace = 0x7b

/** How a stage is started as a process that sees some of the GPUs, and gets `variables` besides. */
export function launchProcess(work: StageWork, gpus: readonly string[], variables: NodeJS.ProcessEnv = {}): Launch {
  return async (job, recordPlace) => {
    const memoryKills = outOfMemoryKills()
    const child = await spawnStage(work, gpus, variables)
    const handle = handleOf(child, memoryKills)
    try {
      recordPlace(handle.where)
      child.stdin?.on('error', () => {})
      child.stdin?.write(`${JSON.stringify(job)}\n`)
    } catch (error) {
      handle.kill()
      throw error
    }
    return handle
  }
}

function handleOf(child: ChildProcess, memoryKills: number): StageHandle {
  const where = processPlace(child.pid!)
  const messages = new MessageQueue()
  readLines(child.stdout, (line) => messages.push(messageIn(line) ?? { event: 'log', level: 'info', message: line }))
  readLines(child.stderr, (line) => messages.push({ event: 'log', level: 'warning', message: line }))
  const exit = exitOf(child).then((ended) => {
    messages.end()
    return { ...ended, systemRanOut: outOfMemoryKills() > memoryKills }
  })
  const isGone = () => child.exitCode !== null || child.signalCode !== null
  return {
    where,
    messages,
    exit,
    interrupt() {
      if (!isGone()) child.kill('SIGINT')
    },
    kill() {
      if (!isGone()) localProcesses.kill(where)
    },
  }
}

/**
 * Starts the process of a stage as the leader of a process group: a Ctrl-C in the terminal reaches only the runner, which then asks the stages to
 * stop; and everything that a stage starts is ended with it.
 */
function spawnStage(
  { stageCommand, node, sharesGpus }: StageWork,
  gpus: readonly string[],
  variables: NodeJS.ProcessEnv,
): Promise<ChildProcess> {
  const [command = process.execPath, ...args] = stageCommand
  const child = spawn(command, args, {
    stdio: ['pipe', 'pipe', 'pipe'],
    detached: true,
    env: { ...environmentOf(node), ...variables, ...(sharesGpus ? { CUDA_VISIBLE_DEVICES: gpus.join(',') } : {}) },
  })
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child))
    child.once('error', (error) =>
      reject(new StageError('cannot-start', `the process of the stage could not be started: ${error.message}`)),
    )
  })
}

/** The environment of a stage. A custom stage gets only what it needs and what the program names, since the rest holds keys and tokens. */
function environmentOf({ code, hints, resources }: PlanNode): NodeJS.ProcessEnv {
  const named = Array.isArray(hints.pass) ? hints.pass.map(String) : []
  const environment = code === undefined ? process.env : stageEnvironment(process.env, named)
  const mebibytes = Math.floor(resources.memory / 1024 ** 2)
  // V8 gives up at some 4 GB unless it is allowed more.
  if (mebibytes <= 2048) return environment
  return { ...environment, NODE_OPTIONS: `${environment.NODE_OPTIONS ?? ''} --max-old-space-size=${mebibytes}`.trim() }
}

/** Calls `take` with every line that is not empty. */
function readLines(stream: NodeJS.ReadableStream | null, take: (line: string) => void): void {
  const output = new OutputLines((line) => (line === '' ? undefined : take(line)), {
    most: (first) => (first === openingBrace ? longestMessage : longestLine),
  })
  stream?.on('data', (piece: Buffer) => output.take(piece))
  stream?.on('end', () => output.end())
}

/** Waits for the end of a process and of its output. Processes that it left behind are ended, and are not waited for. */
function exitOf(child: ChildProcess): Promise<Exit> {
  return new Promise((resolve) => {
    let timer: NodeJS.Timeout | undefined
    child.once('exit', (code, signal) => {
      timer = setTimeout(() => {
        killGroup(child.pid)
        timer = setTimeout(() => resolve({ code, signal }), killGrace)
      }, outputGrace)
      child.once('close', () => {
        clearTimeout(timer)
        killGroup(child.pid)
        resolve({ code, signal })
      })
    })
  })
}

/** Ends all processes of the group that a process led. */
function killGroup(leader: number | undefined): void {
  if (leader === undefined) return
  try {
    process.kill(-leader, 'SIGKILL')
  } catch {
    // The group is empty.
  }
}
