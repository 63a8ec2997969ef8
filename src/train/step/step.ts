/** A training step compiled for an engine: a batch in, its loss out, and the gradients of all weights in the optimizer. */

import { Random } from '../../core/random.ts'
import type { Engine, Executable, Tensor } from '../../engine/engine.ts'
import { differentiate } from '../../model/differentiate.ts'
import type { Graph } from '../../model/graph.ts'
import { numeric, sizeOf } from '../../model/shape.ts'
import { type ParameterSlot, views } from '../weights/parameters.ts'
import type { AdamW } from './adamw.ts'

interface Mask {
  readonly name: string
  readonly rate: number
  readonly tensor: Extract<Tensor, { dtype: 'float32' }>
}

export class TrainingStep {
  readonly #executable: Executable
  readonly #masks: readonly Mask[]
  readonly #weights: Record<string, Tensor>
  readonly #into: Record<string, Tensor>
  readonly #sums: Record<string, Tensor>

  private constructor(executable: Executable, graph: Graph, slots: readonly ParameterSlot[], optimizer: AdamW) {
    this.#executable = executable
    this.#weights = views(slots, optimizer.weights)
    this.#into = views(slots, optimizer.gradients, 'grad:')
    this.#sums = views(slots, optimizer.gradients, 'sum:')
    this.#masks = masksOf(graph)
  }

  /**
   * Compiles the step of a graph, bound to numbers, that gives `loss` []; the optimizer holds the weights of `slots` and their gradients.
   * Other weights of the graph stay as they are, and are fed. Where a step is of one batch (`single`), its gradients replace those of the
   * optimizer, which need not be cleared; else they are added.
   */
  static async compile(
    engine: Engine,
    objective: Graph,
    slots: readonly ParameterSlot[],
    optimizer: AdamW,
    { threads, single = false }: { readonly threads: number; readonly single?: boolean },
  ): Promise<TrainingStep> {
    const learned = new Set(slots.map(({ name }) => name))
    const graph = differentiate(objective, 'loss', (weight) => learned.has(weight), !single)
    const executable = await engine.compile(graph, { threads })
    return new TrainingStep(executable, graph, slots, optimizer)
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
    return this.#executable.run({ ...feeds, ...this.#weights, ...this.#sums, ...masks }, this.#into)
  }

  dispose(): Promise<void> {
    return this.#executable.dispose()
  }
}

function masksOf(graph: Graph): Mask[] {
  return graph.nodes.flatMap((node) => {
    if (node.op !== 'dropout') return []
    const mask = graph.nodes[node.inputs[1]!]!
    if (mask.op !== 'input') throw new Error('the mask of dropout is an input')
    const shape = mask.shape.map(numeric)
    const tensor = { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)) } as const
    return [{ name: mask.attributes.name, rate: node.attributes.rate, tensor }]
  })
}
