/**
 * A remote in a folder that several machines see: a network file system, or a disk that is carried around. A process of its own accesses the folder
 * (`folder-worker.ts`): if the folder hangs, that process is abandoned, and the run can still end.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { type Answer, type Ask, folderWorker } from './folder-worker.ts'
import { type Remote, RemoteError, type RemoteOptions } from './remote.ts'
import { silent } from './silence.ts'

/** How old a file is that a killed process left half written, before it is removed, in milliseconds. */
const abandonedAge = 24 * 3_600_000

/** The bytes that are read at a time. */
const pieceSize = 1 << 20

/** Opens the remote in a folder. The folder must exist: if it is not mounted, it must not be created on the disk below. */
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

/** Kills a worker at the end of this process: a worker that hangs does not notice that end by itself. */
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

  /** Sends a request to the worker. Rejected with a RemoteError, also if the worker is silent for too long. */
  ask(ask: Ask): Promise<Done> {
    const id = ++this.#asked
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject, timer: this.#timer(id) })
      this.#started().send({ id, ...ask }, (error) => {
        if (error !== null) this.#settle(id)?.reject(new RemoteError('passing', error.message))
      })
    })
  }

  /** Ends the worker, whatever it is doing. */
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
    const main = `(${folderWorker.toString()})(${JSON.stringify(this.#folder)}, ${abandonedAge})`
    const child = spawn(process.execPath, ['--eval', main], {
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      serialization: 'advanced',
      // A Ctrl-C in the terminal is meant for the runner alone.
      detached: true,
      env: {},
    })
    child.on('message', (answer: Answer) => this.#receive(answer))
    const gone = (why: string) => {
      if (this.#process !== child) return
      this.#process = undefined
      this.#lose(why)
    }
    child.on('error', (error) => gone(`its process could not be started: ${error.message}`))
    child.on('exit', () => gone('its process ended'))
    // A pending request has a timer, which keeps this process alive; an idle worker does not.
    child.unref()
    child.channel?.unref()
    killAtExit(child)
    this.#process = child
    return child
  }

  #receive(answer: Answer): void {
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
    highWaterMark: pieceSize,
    read() {
      worker.ask({ op: 'read', file, length: pieceSize }).then(
        ({ bytes = new Uint8Array() }) => this.push(bytes.length === 0 ? null : Buffer.from(bytes)),
        (error: Error) => this.destroy(error),
      )
    },
    destroy(error, done) {
      // A worker that hangs is not waited for.
      worker.ask({ op: 'close', file }).catch(() => {})
      done(error)
    },
  })
}
