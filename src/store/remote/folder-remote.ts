/**
 * A remote in a folder that several machines see: a network file system, or a disk that is carried around. It is asked in a process
 * of its own (`folder-worker.ts`): one that hangs is given up on, and keeps nobody from ending.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { type Answer, type Ask, folderWorker } from './folder-worker.ts'
import { type Remote, RemoteError, type RemoteOptions } from './remote.ts'
import { silent } from './silence.ts'

/** What a process that was killed left half written is removed after so long, in milliseconds. */
const ABANDONED = 24 * 3_600_000

/** Bytes that are read at a time. */
const PIECE = 1 << 20

/** The folder has to be there: one that is not mounted must not be made on the disk below. */
export function openFolderRemote(folder: string, { silence }: RemoteOptions): Remote {
  const worker = new Worker(folder, silence)
  return {
    address: folder,
    async get(name) {
      const { file } = await worker.ask({ op: 'open', name })
      return file === undefined ? undefined : streamOf(worker, file)
    },
    async size(name) {
      const { size } = await worker.ask({ op: 'size', name })
      return size
    },
    async put(name, file) {
      await worker.ask({ op: 'put', name, file })
    },
    close: () => worker.end(),
  }
}

type Done = Extract<Answer, { type: 'done' }>

interface Waiting {
  readonly resolve: (done: Done) => void
  readonly reject: (error: RemoteError) => void
  timer: NodeJS.Timeout
}

const living = new Set<ChildProcess>()

/** One that hangs hears nothing of the end of this process. */
function killAtExit(child: ChildProcess): void {
  if (living.size === 0) process.once('exit', killAll)
  living.add(child)
  child.once('exit', () => {
    living.delete(child)
    if (living.size === 0) process.off('exit', killAll)
  })
}

function killAll(): void {
  for (const child of living) child.kill('SIGKILL')
}

class Worker {
  readonly #folder: string
  readonly #silence: number
  readonly #waiting = new Map<number, Waiting>()
  #process: ChildProcess | undefined
  #asked = 0

  constructor(folder: string, silence: number) {
    this.#folder = folder
    this.#silence = silence
  }

  /** Asks it; rejected with a RemoteError, also if it is silent for too long. */
  ask(ask: Ask): Promise<Done> {
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, timer: this.#timer(id) })
      this.#started().send({ id, ...ask }, (error) => {
        if (error !== null) this.#settle(id)?.reject(new RemoteError('passing', error.message))
      })
    })
  }

  /** Ends it, whatever it is at. */
  end(): void {
    this.#process?.kill('SIGKILL')
    this.#process = undefined
    this.#lose('it was closed')
  }

  #timer(id: number): NodeJS.Timeout {
    return setTimeout(() => this.#settle(id)?.reject(silent()), this.#silence)
  }

  #settle(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    clearTimeout(waiting?.timer)
    this.#waiting.delete(id)
    return waiting
  }

  #lose(why: string): void {
    for (const id of [...this.#waiting.keys()]) this.#settle(id)?.reject(new RemoteError('passing', why))
  }

  #started(): ChildProcess {
    if (this.#process !== undefined) return this.#process
    const main = `(${folderWorker.toString()})(${JSON.stringify(this.#folder)}, ${ABANDONED})`
    const child = spawn(process.execPath, ['--eval', main], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      // A Ctrl-C in the terminal is the runner's to hear.
      detached: true,
      env: {},
    })
    child.on('message', (answer: Answer) => this.#hear(answer))
    const gone = (why: string) => {
      if (this.#process !== child) return
      this.#process = undefined
      this.#lose(why)
    }
    child.on('error', (error) => gone(`its process could not be started: ${error.message}`))
    child.on('exit', () => gone('its process ended'))
    // Whoever waits for an answer has a timer; without one nothing keeps this process from ending.
    child.unref()
    child.channel?.unref()
    killAtExit(child)
    this.#process = child
    return child
  }

  #hear(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) return
    if (answer.type === 'beat') {
      clearTimeout(waiting.timer)
      waiting.timer = this.#timer(answer.id)
      return
    }
    this.#settle(answer.id)
    if (answer.type === 'done') waiting.resolve(answer)
    else waiting.reject(new RemoteError(answer.kind, answer.message))
  }
}

function streamOf(worker: Worker, file: number): Readable {
  return new Readable({
    highWaterMark: PIECE,
    read() {
      worker.ask({ op: 'read', file, length: PIECE }).then(
        ({ bytes = new Uint8Array() }) => this.push(bytes.length === 0 ? null : Buffer.from(bytes)),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      // One that hangs is not waited for.
      worker.ask({ op: 'close', file }).catch(() => {})
      done(error)
    },
  })
}
