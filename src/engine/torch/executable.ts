/** A graph that the worker computes. */

import type { Graph } from '../../model/graph.ts'
import { numeric, sizeOf } from '../../model/shape.ts'
import type { CompileOptions, Executable, Tensor, Tensors } from '../engine.ts'
import type { Precision } from '../names.ts'
import type { DividedWeights, ReadingModule } from './divided-weights.ts'
import type { TorchDevice } from './division.ts'
import { torchModule } from './emit/torch-module.ts'
import type { KeptTensors } from './kept-tensors.ts'
import type { WorkerProcess } from './worker-process.ts'

/** The worker of an engine, and the tensors that it keeps. */
export interface Connection {
  readonly worker: WorkerProcess
  readonly kept: KeptTensors
  readonly device: TorchDevice
}

/** How a run uses a memory of keys and values. */
export interface MemoryUse {
  /** The fields of the command. */
  readonly fields: Readonly<Record<string, unknown>>
  /** Whether the worker gives this input. */
  gives(input: string): boolean
}

/** A training session whose processes compute a graph. */
export interface ComputingSession {
  readonly number: number
  /** The weights that it has; `undefined` if all are fed. */
  readonly weights: ReadonlySet<string> | undefined
  readonly precision: Precision
  /** How many processes may divide rows. */
  readonly ways: number
  /** Takes the weights that are fed, if the processes divide all weights. */
  readonly divided: DividedWeights | undefined
}

/** Numbers executables, sessions and memories, for the worker. */
let count = 0
export const newNumber = () => count++

export class TorchExecutable implements Executable {
  readonly number = newNumber()
  readonly #connection: Connection
  readonly #graph: Graph
  /** The weights that need not be fed. */
  readonly #held: ReadonlySet<string>
  /** How many processes divide the rows: the outputs have `ways` times those of the graph. */
  readonly #ways: number
  readonly #divided: DividedWeights | undefined
  readonly #module: ReadingModule
  /** The number of the divided weights that were fed last. */
  #taken: number | undefined
  /** The weights that the last run was fed. */
  #bound: readonly (Tensor | undefined)[] | undefined

  private constructor(
    connection: Connection,
    graph: Graph,
    module: ReadingModule,
    session: Pick<ComputingSession, 'weights' | 'ways' | 'divided'> = {
      weights: undefined,
      ways: 1,
      divided: undefined,
    },
  ) {
    this.#connection = connection
    this.#graph = graph
    this.#module = module
    this.#held = session.weights ?? new Set()
    this.#ways = session.ways
    this.#divided = session.divided
  }

  /** Sends the module of a graph without symbols. `session` has the processes that compute it, and perhaps weights that are not fed. */
  static async compile(
    connection: Connection,
    graph: Graph,
    { threads, divided }: CompileOptions,
    session?: ComputingSession,
  ): Promise<TorchExecutable> {
    const ways = divided === undefined ? 1 : (session?.ways ?? 1)
    const { source, inputs, units, lists, halves } = torchModule(graph, { precision: session?.precision ?? 'float32' })
    const executable = new TorchExecutable(connection, graph, { lists, halves }, session && { ...session, ways })
    const command = { do: 'compile', executable: executable.number, source, inputs, units, halves, threads }
    const of = session && { session: session.number, beside: session.weights === undefined }
    await connection.worker.ask({ ...command, ...of, ...(ways > 1 && { divided }) })
    return executable
  }

  run(feeds: Tensors, into: Tensors = {}): Promise<Record<string, Tensor>> {
    return this.compute(feeds, into)
  }

  /** Runs the graph. With `memory`, the worker adds its inputs and keeps the new keys and values, which are not returned. */
  async compute(feeds: Tensors, into: Tensors = {}, memory?: MemoryUse): Promise<Record<string, Tensor>> {
    const { worker } = this.#connection
    await this.#bind(feeds)
    const inputs: Record<string, Tensor> = {}
    for (const name of Object.keys(this.#graph.inputs)) {
      const tensor = feeds[name]
      if (tensor !== undefined) inputs[name] = tensor
      else if (!memory?.gives(name)) throw notFed(name)
    }
    const { tensors } = await worker.ask({ do: 'run', executable: this.number, ...memory?.fields }, inputs)
    return Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, this.#stored(name, tensor, into[name])]),
    )
  }

  async dispose(): Promise<void> {
    await this.#connection.worker.send({ do: 'release', executable: this.number })
    if (this.#taken !== undefined) await this.#divided!.giveBack(this.#taken)
  }

  /** Sets the weights that are fed, if they are others than in the run before. */
  async #bind(feeds: Tensors): Promise<void> {
    const { weights } = this.#graph
    const fed = weights.map(({ name }) => feeds[name])
    if (this.#bound !== undefined && fed.every((tensor, i) => tensor === this.#bound![i])) return
    const given: Record<string, Tensor> = {}
    for (const [i, { name }] of weights.entries()) {
      const tensor = fed[i]
      if (tensor !== undefined) given[name] = tensor
      else if (!this.#held.has(name)) throw notFed(name)
    }
    await this.#give(given)
    this.#bound = fed
  }

  async #give(weights: Tensors): Promise<void> {
    const { worker, kept } = this.#connection
    const command = { do: 'bind', executable: this.number }
    if (this.#divided !== undefined) {
      const isNone = Object.keys(weights).length === 0
      const held = isNone ? undefined : await this.#divided.take(weights, this.#module)
      await worker.send({
        ...command,
        weights: {},
        ...(held !== undefined && { held, session: this.#divided.session }),
      })
      // Those of a reference are kept while the policy's own are used between them.
      if (held === undefined) return
      if (this.#taken !== undefined) await this.#divided.giveBack(this.#taken)
      this.#taken = held
      return
    }
    const numbers: Record<string, number> = {}
    for (const [name, tensor] of Object.entries(weights)) numbers[name] = await kept.keep(tensor)
    await worker.send({ ...command, weights: numbers })
  }

  /** A result as the graph describes it, in the memory of `target` if there is one. */
  #stored(name: string, result: Tensor, target: Tensor | undefined): Tensor {
    const { data } = result
    if (target !== undefined) {
      target.data.set(data)
      return target
    }
    const output = this.#graph.outputs[name]
    // The worker drew it from the logits: the graph has no such output.
    if (output === undefined) return result
    const { shape, dtype } = this.#graph.nodes[output]!
    const sizes = shape.map((size, axis) => (axis === 0 ? this.#ways : 1) * numeric(size))
    if (data.length !== sizeOf(sizes))
      throw new Error(`\`${name}\` has ${data.length} numbers, and its shape is ${sizes}`)
    return { dtype, shape: sizes, data } as Tensor
  }
}

function notFed(name: string): Error {
  return new Error(`no tensor is fed for \`${name}\``)
}
