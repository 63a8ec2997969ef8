/** A training step compiled for an engine: a batch in, its loss out, and the gradients of all weights in the optimizer. */

import { Random } from '../core/random.ts'
import type { Engine, Executable, Tensor } from '../engine/engine.ts'
import { differentiate } from '../model/differentiate.ts'
import type { Graph } from '../model/graph.ts'
import { numeric, sizeOf } from '../model/shape.ts'
import type { AdamW } from './adamw.ts'
import { type ParameterSlot, views } from './parameters.ts'
import { type Parts, whole } from './parts.ts'

interface Mask {
  readonly name: string
  readonly rate: number
  readonly tensor: Extract<Tensor, { dtype: 'float32' }>
}

export class TrainingStep {
  readonly #executables: readonly [Executable, ...Executable[]]
  readonly #graph: Graph
  readonly #parts: number
  readonly #masks: readonly Mask[]
  readonly #weights: Record<string, Tensor>
  readonly #into: ReadonlyMap<Float32Array, Record<string, Tensor>>
  readonly #optimizer: AdamW
  readonly #cut = new WeakMap<Tensor, readonly Tensor[]>()

  private constructor(
    executables: readonly [Executable, ...Executable[]],
    graph: Graph,
    slots: readonly ParameterSlot[],
    optimizer: AdamW,
    parts: number,
  ) {
    this.#executables = executables
    this.#graph = graph
    this.#parts = parts
    this.#weights = views(slots, optimizer.weights)
    const targets = [optimizer.gradients, ...optimizer.fresh]
    this.#into = new Map(targets.map((array) => [array, views(slots, array, 'grad:')]))
    this.#optimizer = optimizer
    this.#masks = masksOf(graph, parts)
  }

  /**
   * Compiles the step of a graph, bound to numbers, that gives `loss` []; the optimizer holds the weights of `slots` and their gradients.
   * Other weights of the graph stay as they are, and are fed. `objective` takes one of the `parts` of a batch, whose losses add up.
   */
  static async compile(
    engine: Engine,
    objective: Graph,
    slots: readonly ParameterSlot[],
    optimizer: AdamW,
    threads: number,
    parts: Parts = whole,
  ): Promise<TrainingStep> {
    const learned = new Set(slots.map(({ name }) => name))
    const graph = differentiate(objective, 'loss', (weight) => learned.has(weight))
    const each = { threads: Math.max(1, Math.floor(threads / parts.atOnce)) }
    const first = await engine.compile(graph, each)
    const others: Executable[] = []
    while (others.length + 1 < parts.atOnce) others.push(await engine.compile(graph, { ...each, beside: true }))
    return new TrainingStep([first, ...others], graph, slots, optimizer, parts.count)
  }

  /**
   * Adds the gradients of a batch to the optimizer's; gives all outputs but those. Dropout's masks are fixed by `seed` and
   * `index`.
   */
  async accumulate(
    feeds: Readonly<Record<string, Tensor>>,
    seed: number,
    index: number,
  ): Promise<Readonly<Record<string, Tensor>>> {
    const masks: Record<string, Tensor> = {}
    for (const { name, rate, tensor } of this.#masks) {
      const random = new Random(seed, name, index)
      for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = random.bits() < rate * 2 ** 32 ? 0 : 1
      masks[name] = tensor
    }
    const given = { ...feeds, ...masks }
    const outputs: Record<string, Tensor>[] = []
    for (let part = 0; part < this.#parts; part += this.#executables.length) {
      // Those beside begin, then the first, which holds this thread up; sums are made in the order of the parts.
      const targets = [this.#optimizer.next, ...this.#optimizer.fresh.slice(1)].slice(0, this.#executables.length)
      const run = (at: number) =>
        this.#executables[at]!.run({ ...this.#part(given, part + at), ...this.#weights }, this.#into.get(targets[at]!))
      const beside = this.#executables.slice(1).map((_, i) => run(i + 1))
      outputs.push(...(await Promise.all([run(0), ...beside])))
      for (const target of targets) this.#optimizer.add(target)
    }
    return joined(outputs)
  }

  async dispose(): Promise<void> {
    for (const executable of this.#executables) await executable.dispose()
  }

  /** The rows of one part of what is fed; weights that are fed too, and numbers, are the same for all. */
  #part(feeds: Readonly<Record<string, Tensor>>, part: number): Readonly<Record<string, Tensor>> {
    if (this.#parts === 1) return feeds
    return Object.fromEntries(
      Object.entries(feeds).map(([name, tensor]) => {
        if (tensor.shape.length === 0 || this.#graph.inputs[name] === undefined) return [name, tensor]
        const known = this.#cut.get(tensor) ?? cut(tensor, this.#parts)
        this.#cut.set(tensor, known)
        return [name, known[part]!]
      }),
    )
  }
}

/** The rows of a tensor in equal parts, which share its memory. */
function cut({ dtype, shape, data }: Tensor, parts: number): readonly Tensor[] {
  const [rows, ...rest] = shape as [number, ...number[]]
  const size = data.length / parts
  return Array.from(
    { length: parts },
    (_, i) => ({ dtype, shape: [rows / parts, ...rest], data: data.subarray(i * size, (i + 1) * size) }) as Tensor,
  )
}

/** The outputs of all parts: sums of numbers, and rows one after the other. */
function joined(parts: readonly Readonly<Record<string, Tensor>>[]): Readonly<Record<string, Tensor>> {
  const [first] = parts as [Readonly<Record<string, Tensor>>]
  if (parts.length === 1) return first
  const outputs: Record<string, Tensor> = {}
  for (const [name, { dtype, shape }] of Object.entries(first)) {
    if (name.startsWith('grad:')) continue
    const all = parts.map((part) => part[name]!.data)
    const numbers = dtype === 'float32' ? Float32Array : Int32Array
    const joint =
      shape.length === 0
        ? numbers.of(all.reduce((sum, [value]) => sum + value!, 0))
        : numbers.from(all.flatMap((each) => [...each]))
    const rows = shape.length === 0 ? [] : [parts.length * shape[0]!, ...shape.slice(1)]
    outputs[name] = { dtype, shape: rows, data: joint } as Tensor
  }
  return outputs
}

/** The masks of a whole batch, whose graph takes one of `parts`. */
function masksOf(graph: Graph, parts: number): Mask[] {
  return graph.nodes.flatMap((node) => {
    if (node.op !== 'dropout') return []
    const mask = graph.nodes[node.inputs[1]!]!
    if (mask.op !== 'input') throw new Error('the mask of dropout is an input')
    const [rows, ...rest] = mask.shape.map(numeric) as [number, ...number[]]
    const shape = [parts * rows, ...rest]
    const tensor = { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)) } as const
    return [{ name: mask.attributes.name, rate: node.attributes.rate, tensor }]
  })
}
