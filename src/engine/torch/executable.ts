/** A graph that the worker computes. */

import type { Graph } from '../../model/graph.ts'
import { numeric, sizeOf } from '../../model/shape.ts'
import type { CompileOptions, Executable, Tensor, Tensors } from '../engine.ts'
import type { Precision } from '../names.ts'
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

/** Numbers executables, sessions and memories, for the worker. */
let count = 0
export const newNumber = () => count++

export class TorchExecutable implements Executable {
  readonly number = newNumber()
  readonly #connection: Connection
  readonly #graph: Graph
  /** The weights that need not be fed. */
  readonly #held: ReadonlySet<string>
  /** The weights that the last run was fed. */
  #bound: readonly (Tensor | undefined)[] | undefined

  private constructor(connection: Connection, graph: Graph, held: ReadonlySet<string>) {
    this.#connection = connection
    this.#graph = graph
    this.#held = held
  }

  /** Sends the module of a graph without symbols. If `session` is given, it has the weights that are not fed, and its precision is used. */
  static async compile(
    connection: Connection,
    graph: Graph,
    { threads }: CompileOptions,
    session?: {
      readonly number: number
      readonly weights: ReadonlySet<string>
      readonly precision: Precision
    },
  ): Promise<TorchExecutable> {
    const executable = new TorchExecutable(connection, graph, session?.weights ?? new Set())
    const { source, inputs } = torchModule(graph, { precision: session?.precision ?? 'float32' })
    const command = { do: 'compile', executable: executable.number, source, inputs, threads }
    await connection.worker.ask({ ...command, ...(session && { session: session.number }) })
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
      Object.entries(tensors).map(([name, tensor]) => [name, stored(this.#graph, name, tensor, into[name])]),
    )
  }

  dispose(): Promise<void> {
    return this.#connection.worker.send({ do: 'release', executable: this.number })
  }

  /** Sets the weights that are fed, if they are others than in the run before. */
  async #bind(feeds: Tensors): Promise<void> {
    const { weights } = this.#graph
    const fed = weights.map(({ name }) => feeds[name])
    if (this.#bound !== undefined && fed.every((tensor, i) => tensor === this.#bound![i])) return
    const numbers: Record<string, number> = {}
    for (const [i, { name }] of weights.entries()) {
      const tensor = fed[i]
      if (tensor !== undefined) numbers[name] = await this.#connection.kept.keep(tensor)
      else if (!this.#held.has(name)) throw notFed(name)
    }
    await this.#connection.worker.send({ do: 'bind', executable: this.number, weights: numbers })
    this.#bound = fed
  }
}

function notFed(name: string): Error {
  return new Error(`no tensor is fed for \`${name}\``)
}

/** A result as the graph describes it, in the memory of `target` if there is one. */
function stored(graph: Graph, name: string, { data }: Tensor, target: Tensor | undefined): Tensor {
  if (target !== undefined) {
    target.data.set(data)
    return target
  }
  const { shape, dtype } = graph.nodes[graph.outputs[name]!]!
  const sizes = shape.map(numeric)
  if (data.length !== sizeOf(sizes))
    throw new Error(`\`${name}\` has ${data.length} numbers, and its shape is ${sizes}`)
  return { dtype, shape: sizes, data } as Tensor
}
