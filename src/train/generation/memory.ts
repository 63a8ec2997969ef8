/** What a model remembers of the texts it writes: the keys and values of every attention, so that no token is computed twice. */

import type { Tensor } from '../../engine/engine.ts'
import type { Graph } from '../../model/graph.ts'
import { masked } from '../../model/ops.ts'
import { numeric } from '../../model/shape.ts'

type Floats = Extract<Tensor, { dtype: 'float32' }>

/** An attention's keys or values: `keys.3`, [texts, groups, room, size]. */
interface Store {
  readonly name: string
  readonly groups: number
  readonly size: number
  tensor: Floats
}

export class Memory {
  /** How many tokens of each text it holds. */
  readonly filled: number[]
  /** How many it has room for. */
  readonly room: number
  readonly #stores: readonly Store[]
  readonly #mask: Floats

  private constructor(filled: number[], room: number, stores: readonly Store[]) {
    this.filled = filled
    this.room = room
    this.#stores = stores
    const width = room + 1
    this.#mask = zeros([filled.length, 1, 1, width])
    for (const [text, count] of filled.entries())
      this.#mask.data.fill(masked, text * width + count, text * width + room)
  }

  /** An empty memory for texts written by a graph with a past (see src/model/past.ts). */
  static for(graph: Graph, texts: number, room: number): Memory {
    const stores = Object.entries(graph.outputs).flatMap(([name, node]): Store[] => {
      if (!/^(keys|values)\.\d+$/.test(name)) return []
      const [, groups, , size] = graph.nodes[node]!.shape.map(numeric) as [number, number, number, number]
      return [{ name, groups, size, tensor: zeros([texts, groups, room, size]) }]
    })
    return new Memory(new Array<number>(texts).fill(0), room, stores)
  }

  /** What a step of one token takes: `past.0.keys` and so on, `mask` [texts, 1, 1, room + 1]. */
  feeds(): Record<string, Tensor> {
    const past = this.#stores.map(({ name, tensor }) => {
      const [what, number] = name.split('.')
      return [`past.${number}.${what}`, tensor] as const
    })
    return { ...Object.fromEntries(past), mask: this.#mask }
  }

  /** Takes in the keys and values of new tokens, [texts, groups, time, size] each, of which `counts` says how many each text has. */
  append(fresh: Readonly<Record<string, Tensor>>, counts: readonly number[]): void {
    for (const { name, groups, size, tensor } of this.#stores) {
      const { data, shape } = fresh[name] as Floats
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

  /** A memory of these texts alone, with room for so many tokens of each. */
  of(texts: readonly number[], room: number): Memory {
    const filled = texts.map((text) => this.filled[text]!)
    const stores = this.#stores.map(({ name, groups, size, tensor: { data } }) => {
      const tensor = zeros([texts.length, groups, room, size])
      for (const [place, text] of texts.entries())
        for (let group = 0; group < groups; group++) {
          const from = (text * groups + group) * this.room * size
          const known = data.subarray(from, from + filled[place]! * size)
          tensor.data.set(known, (place * groups + group) * room * size)
        }
      return { name, groups, size, tensor }
    })
    return new Memory(filled, room, stores)
  }
}

function zeros(shape: readonly number[]): Floats {
  const size = shape.reduce((product, each) => product * each, 1)
  return { dtype: 'float32', shape, data: new Float32Array(size) }
}
