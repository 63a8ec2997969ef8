/** Training in the worker: weights, gradients and moments stay there. */

import { dropouts } from '../../model/dropout.ts'
import type { Graph } from '../../model/graph.ts'
import type { CompileOptions, Executable, KeyValueMemory, Tensor, Tensors } from '../engine.ts'
import type { Precision } from '../names.ts'
import {
  decayedSpan,
  type FillSlot,
  type Metadata,
  type ParameterSlot,
  type Pending,
  spanOf,
  type TrainingSession,
  type TrainOptions,
  type Update,
} from '../training-session.ts'
import { divideObjective, type TorchDevice } from './division.ts'
import { torchModule } from './emit/torch-module.ts'
import { type Connection, newNumber, TorchExecutable } from './executable.ts'
import { TorchMemory } from './memory.ts'

export class TorchSession implements TrainingSession {
  readonly ahead = 1
  readonly #connection: Connection
  readonly #slots: readonly ParameterSlot[]
  /** The weights that it has: learned and frozen. */
  readonly #weights: ReadonlySet<string>
  readonly #precision: Precision
  readonly #session = newNumber()
  readonly gpus: number | undefined

  private constructor(
    connection: Connection,
    { slots, frozen, precision = 'float32' }: TrainOptions,
    processes: number,
  ) {
    this.gpus = connection.device.isGpu ? processes : undefined
    this.#connection = connection
    this.#slots = slots
    this.#weights = new Set([...slots.map(({ name }) => name), ...Object.keys(frozen)])
    this.#precision = precision
  }

  /** Sends the module of the objective, which autograd differentiates. Weights and moments are 0. */
  static async start(connection: Connection, objective: Graph, options: TrainOptions): Promise<TorchSession> {
    const { frozen } = options
    const training = trainingOf(objective, options, connection.device)
    const session = new TorchSession(connection, options, training.processes)
    const numbers: Record<string, number> = {}
    for (const [name, tensor] of Object.entries(frozen)) numbers[name] = await connection.kept.keep(tensor)
    await connection.worker.ask({ do: 'train', session: session.#session, training, frozen: numbers })
    return session
  }

  async fill(values: FillSlot): Promise<void> {
    for (const slot of this.#slots) {
      const data = new Float32Array(slot.size)
      values(slot, data)
      const tensor: Tensor = { dtype: 'float32', shape: [slot.size], data }
      await this.#send('fill', { start: slot.start }, { values: tensor })
    }
  }

  async parameters(): Promise<Float32Array> {
    const { tensors } = await this.#ask('parameters')
    return tensors.parameters!.data as Float32Array
  }

  async save(path: string, metadata: Metadata): Promise<void> {
    await this.#ask('save', { path, metadata })
  }

  async restore(path: string): Promise<Metadata | undefined> {
    const { header } = await this.#ask('restore', { path })
    return (header.metadata as Metadata | null) ?? undefined
  }

  clear(): void {
    this.#send('clear').catch(() => {})
  }

  async accumulate(feeds: Tensors, index: number): Promise<Pending<Tensors>> {
    const command = { do: 'accumulate', session: this.#session, index }
    const { answer } = await this.#connection.worker.submit(command, feeds)
    return pending(answer, ({ tensors }) => tensors)
  }

  norm(): Pending<number> {
    return pending(this.#ask('norm'), ({ tensors }) => tensors.norm!.data[0]!)
  }

  update({ step, rate, maxNorm, batches = 1 }: Update): Promise<void> {
    return this.#send('update', { update: { step, rate, batches, ...(maxNorm === undefined ? {} : { maxNorm }) } })
  }

  compile(graph: Graph, options: CompileOptions): Promise<Executable> {
    const own = { number: this.#session, weights: this.#weights, precision: this.#precision }
    return TorchExecutable.compile(this.#connection, graph, options, own)
  }

  remember(graph: Graph, texts: number, room: number): KeyValueMemory {
    return TorchMemory.for(this.#connection, graph, texts, room)
  }

  async finish(): Promise<void> {
    await this.#ask('finish')
  }

  async dispose(): Promise<void> {
    await this.#ask('dispose')
  }

  #send(command: string, fields: object = {}, tensors: Tensors = {}): Promise<void> {
    return this.#connection.worker.send({ do: command, session: this.#session, ...fields }, tensors)
  }

  #ask(command: string, fields: object = {}, tensors: Tensors = {}) {
    return this.#connection.worker.ask({ do: command, session: this.#session, ...fields }, tensors)
  }
}

/** The fields that begin a session: `Training` in src/engine/torch/worker/sessions.py. */
export function trainingOf(objective: Graph, options: TrainOptions, device: TorchDevice) {
  const { slots, optimizer, seed, single, threads, precision = 'float32' } = options
  const { graph, division, processes } = divideObjective(objective, options, device)
  return {
    ...torchModule(graph, { precision }),
    ...{ slots, optimizer, masks: dropouts(objective), seed, single, division, processes },
    threads: Math.max(1, Math.floor(threads / processes)),
    span: spanOf(slots),
    decayed: decayedSpan(slots),
  }
}

/** A result that is part of an answer to come. */
function pending<A, T>(answer: Promise<A>, read: (answer: A) => T): Pending<T> {
  // A failure is reported by whoever reads; nobody has to.
  answer.catch(() => {})
  return { read: async () => read(await answer) }
}
