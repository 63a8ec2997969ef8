/** Keys and values of texts that are being written, kept by the worker. */

import type { Graph } from '../../model/graph.ts'
import { numeric } from '../../model/shape.ts'
import type { Executable, KeyValueMemory, Tensor, Tensors, TokenDrawing } from '../engine.ts'
import { type Connection, newNumber, TorchExecutable } from './executable.ts'

/** Memories that are garbage here are forgotten at the worker. */
const garbage = new FinalizationRegistry<() => void>((forget) => forget())

export class TorchMemory implements KeyValueMemory {
  readonly filled: number[]
  readonly room: number
  readonly draws = true
  readonly #connection: Connection
  readonly #number = newNumber()
  /** Fulfilled once the command that makes the memory was sent. */
  readonly #made: Promise<void>

  private constructor(connection: Connection, filled: number[], room: number, make: (number: number) => Promise<void>) {
    this.#connection = connection
    this.filled = filled
    this.room = room
    this.#made = make(this.#number)
    this.#made.catch(() => {})
    const { worker } = connection
    const memory = this.#number
    garbage.register(this, () => worker.send({ do: 'forget', memory }).catch(() => {}), this)
  }

  /** An empty memory for texts written by a graph with a past (see src/model/attention/past.ts), of a session if its number is given. */
  static for(connection: Connection, graph: Graph, texts: number, room: number, session?: number): TorchMemory {
    const parts = Object.entries(graph.outputs).flatMap(([name, node]) => {
      if (!/^(keys|values)\.\d+$/.test(name)) return []
      const [each, groups, , size] = graph.nodes[node]!.shape.map(numeric) as [number, number, number, number]
      return [[name, [each, groups, room, size]] as const]
    })
    const each = numeric(graph.nodes[graph.inputs.tokens!]!.shape[0]!)
    const divided = each === texts ? {} : { divided: [] }
    const command = { do: 'remember', session, parts: Object.fromEntries(parts), texts: each, room, ...divided }
    const filled = new Array<number>(texts).fill(0)
    return new TorchMemory(connection, filled, room, (memory) => connection.worker.send({ ...command, memory }))
  }

  step(executable: Executable, feeds: Tensors, counts: readonly number[], drawing?: TokenDrawing) {
    return this.#run(executable, feeds, counts, true, drawing)
  }

  read(executable: Executable, feeds: Tensors, counts: readonly number[], drawing?: TokenDrawing) {
    return this.#run(executable, feeds, counts, false, drawing)
  }

  select(texts: readonly number[], room: number): TorchMemory {
    // This memory is not used any more: the worker frees it.
    garbage.unregister(this)
    const filled = texts.map((text) => this.filled[text]!)
    const command = { do: 'select', from: this.#number, texts, room }
    return new TorchMemory(this.#connection, filled, room, async (memory) => {
      await this.#made
      await this.#connection.worker.send({ ...command, memory })
    })
  }

  async #run(
    executable: Executable,
    feeds: Tensors,
    counts: readonly number[],
    past: boolean,
    drawing: TokenDrawing | undefined,
  ): Promise<Record<string, Tensor>> {
    if (!(executable instanceof TorchExecutable)) throw new Error('the executable is of another engine')
    await this.#made
    const outputs = await executable.compute(
      feeds,
      {},
      {
        fields: { memory: this.#number, filled: this.filled, counts, past, ...(drawing && { drawing }) },
        gives: (input) => past && (input === 'mask' || input.startsWith('past.')),
      },
    )
    for (const [text, count] of counts.entries()) this.filled[text]! += count
    return outputs
  }
}
