/**
 * An engine that trains on memory of its own, for tests. Like a device, it queues work and does it later, and it shares no array with the
 * host. It computes with another engine.
 */

import type {
  CompileOptions,
  Compiler,
  Engine,
  Executable,
  KeyValueMemory,
  Tensor,
  Tensors,
} from '../../src/engine/engine.ts'
import type {
  FillSlot,
  Metadata,
  Pending,
  TrainingSession,
  TrainOptions,
  Update,
} from '../../src/engine/training-session.ts'
import type { Graph } from '../../src/model/graph.ts'
import { HostMemory } from '../../src/train/generation/memory.ts'
import { HostSession } from '../../src/train/step/host-session.ts'

/** Counts of the calls to a device's sessions. */
export interface Calls {
  /** How often the weights were copied to the host. */
  reads: number
  /** How often they were copied from it. */
  fills: number
  /** Runs that were fed weights of a base or reference in place of the session's. */
  fed: number
  batches: number
  updates: number
  /** Memories of keys and values that it kept. */
  memories: number
  /** Batches whose work was not done yet when `accumulate` returned. */
  ahead: number
}

/** `gpus` is the number of GPUs that its sessions have. */
export function device(host: Engine, gpus?: number): { readonly engine: Engine; readonly calls: Calls } {
  const calls: Calls = { reads: 0, fills: 0, fed: 0, batches: 0, updates: 0, memories: 0, ahead: 0 }
  const engine: Engine = {
    ...host,
    name: 'device',
    train: async (objective, options) =>
      new DeviceSession(await HostSession.start(host, objective, options), options, calls, gpus),
  }
  return { engine, calls }
}

/** Tensors that share no memory with others. */
export function copied(tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() } as Tensor]),
  )
}

class DeviceSession implements TrainingSession {
  readonly ahead = 1
  readonly #session: HostSession
  readonly #learned: ReadonlySet<string>
  readonly #calls: Calls
  /** Fulfilled once all work so far is done. */
  #done: Promise<unknown> = Promise.resolve()

  readonly gpus: number | undefined

  constructor(session: HostSession, { slots }: TrainOptions, calls: Calls, gpus?: number) {
    this.gpus = gpus
    this.#session = session
    this.#learned = new Set(slots.map(({ name }) => name))
    this.#calls = calls
  }

  async fill(values: FillSlot): Promise<void> {
    this.#calls.fills++
    await this.#then(() => this.#session.fill(values))
  }

  async weights(): Promise<Tensors> {
    this.#calls.reads++
    return this.#then(async () => copied(await this.#session.weights()))
  }

  save(path: string, metadata: Metadata): Promise<void> {
    return this.#then(() => this.#session.save(path, metadata))
  }

  restore(path: string): Promise<Metadata | undefined> {
    return this.#then(() => this.#session.restore(path))
  }

  clear(): void {
    void this.#then(async () => this.#session.clear())
  }

  async accumulate(feeds: Tensors, index: number): Promise<Pending<Tensors>> {
    this.#calls.batches++
    const copies = copied(feeds)
    let isDone = false
    const outputs = this.#then(async () => {
      const computed = await (await this.#session.accumulate(copies, index)).read()
      isDone = true
      return computed
    })
    if (!isDone) this.#calls.ahead++
    return { read: () => outputs }
  }

  norm(): Pending<number> {
    const norm = this.#then(() => this.#session.norm().read())
    return { read: () => norm }
  }

  async update(update: Update): Promise<void> {
    this.#calls.updates++
    void this.#then(() => this.#session.update(update))
  }

  async compile(graph: Graph, options: CompileOptions): Promise<Executable> {
    const executable = await this.#session.compile(graph, options)
    return {
      run: (feeds, into) => {
        if (Object.keys(feeds).some((name) => this.#learned.has(name))) this.#calls.fed++
        return this.#then(() => executable.run(feeds, into))
      },
      dispose: () => executable.dispose(),
    }
  }

  readonly remember: NonNullable<Compiler['remember']> = (graph, texts, room): KeyValueMemory => {
    this.#calls.memories++
    return HostMemory.for(graph, texts, room)
  }

  async finish(): Promise<void> {
    await this.#then(() => this.#session.finish())
  }

  async dispose(): Promise<void> {
    await this.#then(() => this.#session.dispose())
  }

  /** Does the work after all work before it. */
  #then<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#done.then(work)
    this.#done = result.catch(() => undefined)
    return result
  }
}
