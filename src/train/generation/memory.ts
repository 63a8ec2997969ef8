/** Keys and values of the texts that a model is writing, kept on the host. */

import type { Executable, KeyValueMemory, Tensor, Tensors } from '../../engine/engine.ts'
import type { Graph } from '../../model/graph.ts'
import { masked } from '../../model/ops.ts'
import { numeric } from '../../model/shape.ts'

type Floats = Extract<Tensor, { dtype: 'float32' }>

/** The keys, or the values, of one attention: `keys.3`, [texts, groups, room, size]. */
interface Part {
  readonly name: string
  readonly groups: number
  readonly size: number
  readonly tensor: Floats
}

export class HostMemory implements KeyValueMemory {
  readonly filled: number[]
  readonly room: number
  readonly #parts: readonly Part[]
  readonly #mask: Floats

  private constructor(filled: number[], room: number, parts: readonly Part[]) {
    this.filled = filled
    this.room = room
    this.#parts = parts
    const width = room + 1
    this.#mask = zeros([filled.length, 1, 1, width])
    for (const [text, count] of filled.entries())
      this.#mask.data.fill(masked, text * width + count, text * width + room)
  }

  /** An empty memory for texts written by a graph with a past (see src/model/attention/past.ts). */
  static for(graph: Graph, texts: number, room: number): HostMemory {
    const parts = Object.entries(graph.outputs).flatMap(([name, node]): Part[] => {
      if (!/^(keys|values)\.\d+$/.test(name)) return []
      const [, groups, , size] = graph.nodes[node]!.shape.map(numeric) as [number, number, number, number]
      return [{ name, groups, size, tensor: zeros([texts, groups, room, size]) }]
    })
    return new HostMemory(new Array<number>(texts).fill(0), room, parts)
  }

  step(executable: Executable, feeds: Tensors, counts: readonly number[]): Promise<Record<string, Tensor>> {
    const past = this.#parts.map(({ name, tensor }) => {
      const [part, number] = name.split('.')
      return [`past.${number}.${part}`, tensor] as const
    })
    return this.read(executable, { ...feeds, ...Object.fromEntries(past), mask: this.#mask }, counts)
  }

  async read(executable: Executable, feeds: Tensors, counts: readonly number[]): Promise<Record<string, Tensor>> {
    const outputs = await executable.run(feeds)
    this.#append(outputs, counts)
    return outputs
  }

  select(texts: readonly number[], room: number): HostMemory {
    const filled = texts.map((text) => this.filled[text]!)
    const parts = this.#parts.map(({ name, groups, size, tensor: { data } }) => {
      const tensor = zeros([texts.length, groups, room, size])
      for (const [place, text] of texts.entries())
        for (let group = 0; group < groups; group++) {
          const from = (text * groups + group) * this.room * size
          const known = data.subarray(from, from + filled[place]! * size)
          tensor.data.set(known, (place * groups + group) * room * size)
        }
      return { name, groups, size, tensor }
    })
    return new HostMemory(filled, room, parts)
  }

  /** Keeps the keys and values of new tokens, [texts, groups, time, size] each: the first `counts[i]` of text i. */
  #append(outputs: Tensors, counts: readonly number[]): void {
    for (const { name, groups, size, tensor } of this.#parts) {
      const { data, shape } = outputs[name] as Floats
      const time = shape[2]!
      for (const [text, count] of counts.entries())
        for (let group = text * groups; group < (text + 1) * groups; group++) {
          const from = group * time * size
          const to = (group * this.room + this.filled[text]!) * size
          if (count === 1) for (let i = 0; i < size; i++) tensor.data[to + i] = data[from + i]!
          else tensor.data.set(data.subarray(from, from + count * size), to)
        }
    }
    const width = this.room + 1
    for (const [text, count] of counts.entries()) {
      const from = text * width + this.filled[text]!
      this.#mask.data.fill(0, from, from + count)
      this.filled[text]! += count
    }
  }
}

function zeros(shape: readonly number[]): Floats {
  const size = shape.reduce((product, each) => product * each, 1)
  return { dtype: 'float32', shape, data: new Float32Array(size) }
}
