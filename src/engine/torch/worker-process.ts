/** The Python process that computes, as Node drives it: commands go out in order, and answers come back in the same order. */

import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { OutputLines } from '../../core/values/output-lines.ts'
import { type Exit, outOfMemoryKills } from '../../process/exit.ts'
import type { Tensors } from '../engine.ts'
import { diedAtStart, diedOf, failedCommand, notStarted, sentGarbage } from './failures.ts'
import { encodeFrame, type Frame, FrameReader } from './frames.ts'
import { pythonEnvironment } from './python/environment.ts'

/** A command: `do` names what the worker does (src/engine/torch/worker/commands.py). */
export interface Command {
  readonly do: string
  readonly [field: string]: unknown
}

interface Waiting {
  readonly id: number
  resolve(frame: Frame): void
  reject(error: Error): void
}

/** How many of the last lines that the worker printed are remembered, to report why it died. */
const rememberedLines = 20

/** The most bytes of a line that are kept. */
const longestLine = 2 ** 14

/** Arrays of up to this many bytes are copied when they are sent, so that the caller may write them again at once. */
const copiedBytes = 2 ** 20

/**
 * Variables of the GNU allocator. By default it gives memory back to the system between two operations, and up to 2,735 pages of a step of 0.8 million
 * parameters were cleared and mapped again: a step took 37.0 ms, and takes 33.3 ms with these (2 threads, medians of 7 rounds in turn). Arrays of up to
 * 32 MiB, the most that every version of the allocator accepts, are kept, and up to 1 GiB at the end of the heap.
 */
const keepingMemory = { MALLOC_MMAP_THRESHOLD_: `${2 ** 25}`, MALLOC_TRIM_THRESHOLD_: `${2 ** 30}` }

/**
 * The environment of the worker. By default, threads of OpenMP that wait for each other spin for milliseconds (300,000 rounds), and on a busy machine
 * they wait for one that does not run. Those that spin too briefly sleep and are woken at each of hundreds of operations. A step of 0.8 million
 * parameters on 2 cores took 66, 50, 47 and 52 ms with 1,000, 10,000, 30,000 and 300,000 rounds, and beside two busy processes 133, 199, 290 and
 * 399 ms. The user's own settings are kept.
 */
export function workerEnvironment(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const has = (...names: readonly string[]) => names.some((name) => own[name] !== undefined)
  return {
    ...own,
    ...(has('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT') ? {} : { GOMP_SPINCOUNT: '10000' }),
    ...(has('GLIBC_TUNABLES', ...Object.keys(keepingMemory)) ? {} : keepingMemory),
  }
}

export class WorkerProcess {
  readonly #child: ChildProcess
  readonly #commands: Socket
  readonly #answers: Socket
  readonly #waiting: Waiting[] = []
  readonly #printed: string[] = []
  /** Processes that the system had killed for lack of memory when the worker started. */
  readonly #kills = outOfMemoryKills()
  #failure: Error | undefined
  /** Whether it has reported that it is ready. */
  #isReady = false
  #count = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    const [, , , commands, answers] = child.stdio as unknown as readonly Socket[]
    this.#commands = commands!
    this.#answers = answers!
    const reader = new FrameReader((frame) => this.#take(frame))
    this.#answers.on('data', (piece: Buffer) => {
      try {
        reader.push(piece)
      } catch (error) {
        this.#fail(sentGarbage((error as Error).message, this.#printed))
      }
    })
    // A pipe that breaks is reported by the end of the process.
    for (const pipe of [this.#commands, this.#answers]) pipe.on('error', () => {})
    for (const output of [child.stdout, child.stderr]) this.#print(output)
    child.once('error', (error) => this.#fail(notStarted(child.spawnfile, error.message)))
    // Its last output has arrived once it is closed.
    child.once('close', (code, signal) => this.#fail(this.#end({ code, signal, systemRanOut: this.#systemRanOut })))
    // The worker ends with this process, and does not keep it alive.
    child.unref()
    for (const pipe of [this.#commands, child.stdout, child.stderr] as readonly Partial<Socket>[]) pipe.unref?.()
    const kill = () => child.kill('SIGKILL')
    process.once('exit', kill)
    child.once('exit', () => process.off('exit', kill))
  }

  /** Starts a program that answers commands, with `variables` in its environment; resolves with the frame by which it reports that it is ready. */
  static async start(
    program: string,
    args: readonly string[],
    variables: NodeJS.ProcessEnv = {},
  ): Promise<{ worker: WorkerProcess; ready: Frame }> {
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'] as const
    const env = workerEnvironment(pythonEnvironment({ ...process.env, ...variables }))
    const child = spawn(program, args, { stdio: [...stdio], env })
    const worker = new WorkerProcess(child)
    const ready = await worker.#answerTo(worker.#count++)
    worker.#isReady = true
    return { worker, ready }
  }

  /** The process id, for tests. */
  get pid(): number | undefined {
    return this.#child.pid
  }

  /** Sends a command that is not answered unless it fails; all later calls then fail. Resolves once the tensors may be written again. */
  async send(command: Command, tensors: Tensors = {}): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure
    await this.#write(command, tensors)
  }

  /** Sends a command; resolves with its answer. */
  async ask(command: Command, tensors: Tensors = {}): Promise<Frame> {
    return (await this.submit(command, tensors)).answer
  }

  /** Sends a command; resolves with its answer to come, once the tensors may be written again. */
  async submit(command: Command, tensors: Tensors = {}): Promise<{ readonly answer: Promise<Frame> }> {
    if (this.#failure !== undefined) throw this.#failure
    const id = this.#count++
    const answer = this.#answerTo(id)
    // A failure is reported by whoever awaits the answer; nobody has to.
    answer.catch(() => {})
    await this.#write({ ...command, id }, tensors)
    return { answer }
  }

  #answerTo(id: number): Promise<Frame> {
    // While an answer is awaited, the pipe keeps this process alive.
    if (this.#waiting.length === 0) this.#answers.ref()
    return new Promise((resolve, reject) => {
      this.#waiting.push({ id, resolve, reject })
    })
  }

  async #write(command: Command, tensors: Tensors): Promise<void> {
    const parts = encodeFrame(command, tensors)
    this.#commands.cork()
    const written = parts.map((part, i) => {
      // The first part is the frame's own.
      const isCopied = i > 0 && part.length <= copiedBytes
      const isShared = i > 0 && !isCopied
      const bytes = isCopied ? part.slice() : part
      if (!isShared) this.#commands.write(bytes)
      return isShared ? new Promise<void>((resolve) => this.#commands.write(bytes, () => resolve())) : undefined
    })
    this.#commands.uncork()
    await Promise.all(written)
    if (this.#failure !== undefined) throw this.#failure
  }

  #take(frame: Frame): void {
    const { id, error } = frame.header
    if (id === null) {
      this.#fail(this.#failed(error))
      return
    }
    const waiting = this.#waiting.shift()
    if (waiting === undefined || waiting.id !== id)
      throw new Error(`expected an answer to command ${waiting?.id ?? '(none)'}, and got one to ${id}`)
    if (this.#waiting.length === 0) this.#answers.unref()
    if (error === undefined) waiting.resolve(frame)
    else waiting.reject(this.#failed(error))
  }

  get #systemRanOut(): boolean {
    return outOfMemoryKills() > this.#kills
  }

  #failed(error: unknown): Error {
    return failedCommand(error, { printed: this.#printed, systemRanOut: this.#systemRanOut })
  }

  /** The failure that the end of the process is. */
  #end(exit: Exit): Error {
    return this.#isReady ? diedOf(exit, this.#printed) : diedAtStart(exit, this.#printed, this.#child.spawnfile)
  }

  /** Ends the worker. All calls that wait fail, and all later ones. */
  #fail(error: Error): void {
    if (this.#failure !== undefined) return
    this.#failure = error
    this.#child.kill('SIGKILL')
    for (const { reject } of this.#waiting.splice(0)) reject(error)
  }

  /** Passes lines that the worker or its libraries print on to stderr, which is the log of a stage. */
  #print(output: Readable | null): void {
    const lines = new OutputLines(
      (line) => {
        if (line === '') return
        this.#printed.push(line)
        if (this.#printed.length > rememberedLines) this.#printed.shift()
        process.stderr.write(`${line}\n`)
      },
      { most: () => longestLine },
    )
    output?.on('data', (piece: Buffer) => lines.take(piece))
    output?.on('end', () => lines.end())
  }
}
