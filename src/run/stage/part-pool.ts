/**
 * Makes the parts of a stage in threads. The order of the parts and their bytes do not depend on the number of threads: threads take parts in the order of the
 * work, and the stage joins them in that order, and each is made by the same code from the same input.
 */

import { setTimeout as sleep } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { StageFailure } from '../../core/event.ts'
import { Interrupted, StageError } from '../../core/failure.ts'
import type { MadePart, Part, PartTask, Spread } from '../../core/kind/stage.ts'
import type { Json } from '../../core/values/json.ts'
import type { StageJob } from './job.ts'
import { keptPartList } from './part-list.ts'
import type { PartAnswer, PartOrder, PartWorkerData } from './part-messages.ts'

/** The most parts that threads take ahead of the part that is joined next, for each thread. */
const ahead = 16
/** How often progress is reported while a part is waited for, in milliseconds. */
const reportInterval = 250
/** How long threads that are asked to stop may take to remove what they have begun, in milliseconds. */
const stopTime = 1_000

export interface PartPoolOptions {
  readonly job: StageJob
  /** The most threads. They are started as parts need them. */
  readonly threads: number
  /** The script that a thread runs, and its arguments. */
  readonly script: { readonly file: string; readonly argv: readonly string[] }
  readonly signal: AbortSignal
  /** The pool makes all parts of the stage: if tasks of a cluster have listed them, the input is not read to find them again. */
  readonly usesKeptList?: true
}

/** A part that a thread makes, or will make. */
class Order {
  readonly task: PartTask
  readonly made: Promise<Part>
  done = 0
  counted: Json | undefined
  isSettled = false
  resolve!: (part: Part) => void
  reject!: (error: Error) => void

  constructor(task: PartTask) {
    this.task = task
    this.made = new Promise((resolve, reject) => {
      this.resolve = resolve
      this.reject = reject
    })
    // Whoever waits for the part receives the error; a part behind one that failed has nobody who waits.
    this.made.catch(() => {})
  }
}

export class PartPool {
  readonly #options: PartPoolOptions
  readonly #queue: Order[] = []
  /** The part that each thread makes; `undefined` for a thread that waits for one. */
  readonly #threads = new Map<Worker, Order | undefined>()
  #isStopping = false

  constructor(options: PartPoolOptions) {
    this.#options = options
  }

  readonly spread: Spread = (work, onProgress) => this.#spread(work, onProgress)

  async *#spread(...[work, onProgress]: Parameters<Spread>): AsyncGenerator<MadePart> {
    const list = this.#options.usesKeptList === true ? await keptPartList(this.#options.job) : undefined
    const tasks = (list ?? work.tasks())[Symbol.asyncIterator]()
    const orders: Order[] = []
    let hasMore = true
    /** Why there are no more tasks. The parts before come first: one of them may fail, or tell the reason more exactly. */
    let failure: { readonly error: unknown } | undefined
    let done = 0
    for (;;) {
      while (hasMore && orders.length < ahead * this.#options.threads) {
        try {
          const next = await tasks.next()
          if (next.done === true) hasMore = false
          else orders.push(this.#order(next.value))
        } catch (error) {
          hasMore = false
          failure = { error }
        }
        if (this.#options.signal.aborted) throw new Interrupted()
      }
      const first = orders[0]
      if (first === undefined) {
        if (failure !== undefined) throw failure.error
        return
      }
      const part = await this.#wait(first, () => {
        const underWay = orders.reduce((sum, order) => sum + (order.isSettled ? order.task.size : order.done), 0)
        const counted = () => orders.flatMap((order) => (order.counted === undefined ? [] : [order.counted]))
        return onProgress(done + underWay, counted)
      })
      orders.shift()
      done += first.task.size
      yield { ...first.task, ...part }
    }
  }

  /** Waits for a part, and calls `report` from time to time. */
  async #wait({ made }: Order, report: () => Promise<void>): Promise<Part> {
    const { signal } = this.#options
    for (;;) {
      const pause = new AbortController()
      const stop = () => pause.abort()
      signal.addEventListener('abort', stop)
      const part = await Promise.race([
        made,
        sleep(reportInterval, undefined, { signal: pause.signal, ref: true }).catch(() => undefined),
      ]).finally(() => {
        signal.removeEventListener('abort', stop)
        pause.abort()
      })
      if (signal.aborted) throw new Interrupted()
      if (part !== undefined) return part
      await report()
    }
  }

  #order(task: PartTask): Order {
    const order = new Order(task)
    this.#queue.push(order)
    const waiting = [...this.#threads].find(([, own]) => own === undefined)
    if (waiting !== undefined) this.#next(waiting[0])
    else if (this.#threads.size < this.#options.threads) this.#next(this.#start())
    return order
  }

  /** Gives a thread the next part that nobody makes. */
  #next(thread: Worker): void {
    const order = this.#isStopping ? undefined : this.#queue.shift()
    this.#threads.set(thread, order)
    if (order === undefined) thread.unref()
    else {
      thread.ref()
      thread.postMessage({ type: 'make', task: order.task.task } satisfies PartOrder)
    }
  }

  #start(): Worker {
    const { script, job } = this.#options
    const thread = new Worker(script.file, {
      argv: [...script.argv],
      workerData: { job } satisfies PartWorkerData,
    })
    this.#threads.set(thread, undefined)
    thread.on('message', (answer: PartAnswer) => this.#answered(thread, answer))
    const end = (error: Error) => {
      this.#threads.get(thread)?.reject(error)
      this.#threads.delete(thread)
    }
    thread.once('error', (error: Error) => end(outOfMemory(error) ?? error))
    thread.once('exit', (code) => end(new Error(`a thread that makes parts ended with ${code}`)))
    return thread
  }

  #answered(thread: Worker, answer: PartAnswer): void {
    const order = this.#threads.get(thread)
    if (order === undefined) return
    if (answer.type === 'progress') {
      order.done = answer.done
      order.counted = answer.counted
      return
    }
    order.isSettled = true
    if (answer.type === 'made') order.resolve(answer.part)
    else order.reject(answer.type === 'stopped' ? new Interrupted() : new PartError(answer.error))
    this.#next(thread)
  }

  /** Ends the threads. Parts under way are given up; what they have written is removed. */
  async end(): Promise<void> {
    this.#isStopping = true
    this.#queue.length = 0
    const busy = [...this.#threads].flatMap(([thread, order]) => (order === undefined ? [] : [{ thread, order }]))
    for (const { thread } of busy) thread.postMessage({ type: 'stop' } satisfies PartOrder)
    const stopped = Promise.allSettled(busy.map(({ order }) => order.made))
    await Promise.race([stopped, sleep(stopTime, undefined, { ref: false })])
    await Promise.all([...this.#threads.keys()].map((thread) => thread.terminate()))
  }
}

/** A failure in a thread: it is reported as if the stage itself had met it. */
class PartError extends StageError {
  readonly #failure: StageFailure

  constructor(failure: StageFailure) {
    super(failure.code, failure.message, failure.help)
    this.#failure = failure
  }

  override toFailure(): StageFailure {
    return this.#failure
  }
}

/** The error of a thread whose heap was too small; `undefined` for other errors. */
function outOfMemory(error: Error): StageError | undefined {
  const isMemory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY'
  return isMemory
    ? new StageError('out-of-memory', `a thread of the stage ran out of memory: ${error.message}`)
    : undefined
}
