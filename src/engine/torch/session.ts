/** Training in the worker: weights, gradients and moments stay there. */

import { join } from 'node:path'
import type { Graph } from '../../model/graph.ts'
import { dropouts } from '../../model/training/dropout.ts'
import type { CompileOptions, Compiler, Executable, KeyValueMemory, Tensor, Tensors } from '../engine.ts'
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
import { DividedWeights, layOutInOrder } from './divided-weights.ts'
import { type DividedObjective, divideObjective, type TorchDevice } from './division.ts'
import { torchModule } from './emit/torch-module.ts'
import { type ComputingSession, type Connection, newNumber, TorchExecutable } from './executable.ts'
import { TorchMemory } from './memory.ts'
import { readOnce } from './weights-file.ts'

export class TorchSession implements TrainingSession {
  readonly ahead = 1
  readonly #connection: Connection
  readonly #slots: readonly ParameterSlot[]
  /** The weights that it has: learned and frozen. */
  readonly #weights: ReadonlySet<string>
  readonly #precision: Precision
  readonly #session = newNumber()
  readonly gpus: number | undefined
  readonly processes: number
  readonly ways: number
  readonly inTurn: boolean
  readonly beside: Compiler
  /** How many processes run on this node. */
  readonly #here: number
  /** Of a session whose processes divide all weights. */
  readonly #divided: DividedWeights | undefined

  private constructor(
    connection: Connection,
    { slots, frozen, precision = 'float32' }: TrainOptions,
    {
      processes,
      each,
      shard,
      division: { inTurn },
    }: Pick<DividedObjective, 'processes' | 'each' | 'division'> & { readonly shard?: unknown },
  ) {
    this.#divided = shard === undefined ? undefined : new DividedWeights(connection.worker, this.#session)
    this.#here = Math.min(processes, each)
    this.inTurn = inTurn
    this.gpus = connection.device.isGpu ? processes : undefined
    this.processes = processes
    this.#connection = connection
    this.#slots = slots
    this.#weights = new Set([...slots.map(({ name }) => name), ...Object.keys(frozen)])
    this.#precision = precision
    this.ways = processes
    this.beside = {
      ways: processes,
      compile: (graph, options) => this.#compile(graph, options, { weights: undefined, precision: 'float32' }),
      remember: (graph, texts, room) => this.remember(graph, texts, room),
    }
  }

  /** Sends the module of the objective, which autograd differentiates. Weights and moments are 0. */
  static async start(connection: Connection, objective: Graph, options: TrainOptions): Promise<TorchSession> {
    const { frozen } = options
    const training = trainingOf(objective, options, connection.device)
    const session = new TorchSession(connection, options, training)
    const numbers: Record<string, number> = {}
    // Weights that are divided are sent one by one, and no process keeps all of them.
    if (training.shard === undefined)
      for (const [name, tensor] of Object.entries(frozen)) numbers[name] = await connection.kept.keep(tensor)
    await connection.worker.ask({ do: 'train', session: session.#session, training, frozen: numbers })
    for (const { name, start } of training.shard?.slots ?? [])
      await session.#send('freeze', { start }, { values: frozen[name]! })
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

  async weights(folder: string): Promise<Tensors> {
    const path = join(folder, `weights-${this.#session}.safetensors`)
    await this.#ask('write', { path })
    return readOnce(path)
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
    return this.#compile(graph, options, { weights: this.#weights, precision: this.#precision })
  }

  #compile(
    graph: Graph,
    { threads, divided }: CompileOptions,
    model: Pick<ComputingSession, 'weights' | 'precision'>,
  ): Promise<Executable> {
    // Processes of one machine share its processors.
    const options = divided === undefined ? { threads } : { threads: threadsOf(threads, this.#here), divided }
    const session = { ...model, number: this.#session, ways: this.ways, divided: this.#divided }
    return TorchExecutable.compile(this.#connection, graph, options, session)
  }

  remember(graph: Graph, texts: number, room: number): KeyValueMemory {
    return TorchMemory.for(this.#connection, graph, texts, room, this.#session)
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
  const { graph, division, processes, each, elsewhere, recompute, shard } = divideObjective(objective, options, device)
  return {
    ...torchModule(graph, { precision }),
    ...{ slots, optimizer, masks: dropouts(objective), seed, single, division, processes, each, recompute },
    ...(elsewhere === undefined ? {} : { elsewhere }),
    ...(shard === 'weights' ? { shard: layOutInOrder(options.frozen) } : {}),
    threads: threadsOf(threads, Math.min(processes, each)),
    span: spanOf(slots),
    decayed: decayedSpan(slots),
  }
}

/** The threads of each of some processes. */
function threadsOf(threads: number, processes: number): number {
  return Math.max(1, Math.floor(threads / processes))
}

/** A result that is part of an answer to come. */
function pending<A, T>(answer: Promise<A>, read: (answer: A) => T): Pending<T> {
  // A failure is reported by whoever reads; nobody has to.
  answer.catch(() => {})
  return { read: async () => read(await answer) }
}
