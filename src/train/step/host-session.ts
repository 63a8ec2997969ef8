/**
 * Training on the host, for engines that only compute: the engine runs forward and backward, and AdamW updates the weights in WebAssembly
 * memories. Engines see the arrays without a copy.
 */

import { StageError } from '../../core/failure.ts'
import { Random } from '../../core/values/random.ts'
import type { CompileOptions, Engine, Executable, Tensor, Tensors } from '../../engine/engine.ts'
import type {
  FillSlot,
  Metadata,
  Pending,
  TrainingSession,
  TrainOptions,
  Update,
} from '../../engine/training-session.ts'
import { differentiate } from '../../model/gradients/differentiate.ts'
import type { Graph } from '../../model/graph.ts'
import { sizeOf } from '../../model/shape.ts'
import { dropouts } from '../../model/training/dropout.ts'
import { AdamW, clipFactor } from './adamw.ts'
import { type Arrays, readArrays, writeArrays } from './checkpoint-file.ts'

/**
 * Starts a training session: the engine's own if it has `train`, else one on the host. Throws a StageError `invalid-setting` for a precision
 * that the engine does not have.
 */
export function startSession(engine: Engine, objective: Graph, options: TrainOptions): Promise<TrainingSession> {
  const { precision = 'float32' } = options
  if (!engine.dtypes.has(precision))
    throw new StageError(
      'invalid-setting',
      `the engine ${engine.name} does not train in ${precision}`,
      'Use another engine, or leave `precision` out.',
    )
  return engine.train?.(objective, options) ?? HostSession.start(engine, objective, options)
}

/** A mask of dropout: an input of the graph, 0 with probability `rate`. */
interface Mask {
  readonly name: string
  readonly rate: number
  readonly tensor: Extract<Tensor, { dtype: 'float32' }>
}

export class HostSession implements TrainingSession {
  readonly ahead = 0
  readonly #engine: Engine
  readonly #executable: Executable
  readonly #options: TrainOptions
  readonly #optimizer: AdamW
  readonly #masks: readonly Mask[]
  /** Fed at every batch: all weights, and the sums of gradients so far. */
  readonly #fed: Tensors
  /** Where gradients are written. */
  readonly #gradients: Tensors
  /** Learned and frozen. */
  readonly #weights: Tensors
  #norm: number | undefined
  #finished = false

  private constructor(
    engine: Engine,
    executable: Executable,
    optimizer: AdamW,
    masks: readonly Mask[],
    options: TrainOptions,
  ) {
    const { frozen } = options
    this.#engine = engine
    this.#executable = executable
    this.#options = options
    this.#optimizer = optimizer
    this.#masks = masks
    this.#weights = { ...frozen, ...optimizer.tensors('weights') }
    this.#fed = { ...this.#weights, ...optimizer.tensors('gradients', 'sum:') }
    this.#gradients = optimizer.tensors('gradients', 'grad:')
  }

  /** Differentiates and compiles `objective`, which is bound to numbers and has the output `loss` []. Weights and moments are 0. */
  static async start(engine: Engine, objective: Graph, options: TrainOptions): Promise<HostSession> {
    const { slots, single, threads } = options
    const optimizer = new AdamW(slots, options.optimizer)
    const learned = new Set(slots.map(({ name }) => name))
    const graph = differentiate(objective, 'loss', (weight) => learned.has(weight), !single)
    const executable = await engine.compile(graph, { threads })
    return new HostSession(engine, executable, optimizer, masksOf(graph), options)
  }

  async fill(values: FillSlot): Promise<void> {
    const weights = this.#optimizer.tensors('weights')
    for (const slot of this.#options.slots) values(slot, weights[slot.name]!.data as Float32Array)
  }

  /** The arrays themselves, not copies: they go on changing. */
  async weights(): Promise<Tensors> {
    return this.#optimizer.tensors('weights')
  }

  async save(path: string, metadata: Metadata): Promise<void> {
    writeArrays(path, this.arrays, metadata)
  }

  async restore(path: string): Promise<Metadata | undefined> {
    return readArrays(path, this.arrays)
  }

  /** Weights and moments: the arrays themselves, in the order in which a checkpoint holds them. */
  get arrays(): Arrays {
    const optimizer = this.#optimizer
    return {
      parameters: optimizer.pieces('weights'),
      first: optimizer.pieces('first'),
      second: optimizer.pieces('second'),
    }
  }

  clear(): void {
    this.#norm = undefined
    if (!this.#options.single) this.#optimizer.clear()
  }

  async accumulate(feeds: Tensors, index: number): Promise<Pending<Tensors>> {
    const masks: Record<string, Tensor> = {}
    for (const { name, rate, tensor } of this.#masks) {
      const random = new Random(this.#options.seed, name, index)
      for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = random.bits() < rate * 2 ** 32 ? 0 : 1
      masks[name] = tensor
    }
    this.#norm = undefined
    const outputs = await this.#executable.run({ ...feeds, ...this.#fed, ...masks }, this.#gradients)
    return { read: async () => outputs }
  }

  norm(): Pending<number> {
    const norm = this.#normNow()
    return { read: async () => norm }
  }

  async update({ step, rate, maxNorm, batches = 1 }: Update): Promise<void> {
    const clipped = maxNorm === undefined ? 1 : clipFactor(this.#normNow() / batches, maxNorm)
    this.#optimizer.update(step, rate, clipped / batches)
  }

  async compile(graph: Graph, options: CompileOptions): Promise<Executable> {
    const executable = await this.#engine.compile(graph, options)
    return {
      run: (feeds, into) => executable.run({ ...this.#weights, ...feeds }, into),
      dispose: () => executable.dispose(),
    }
  }

  async finish(): Promise<void> {
    if (!this.#finished) await this.#executable.dispose()
    this.#finished = true
  }

  dispose(): Promise<void> {
    return this.finish()
  }

  /** The norm of the gradients, computed once for each batch. */
  #normNow(): number {
    this.#norm ??= this.#optimizer.norm()
    return this.#norm
  }
}

/** The masks of a graph's dropouts, with memory to fill. */
function masksOf(graph: Graph): Mask[] {
  return dropouts(graph).map(({ name, rate, shape }) => {
    const tensor = { dtype: 'float32', shape, data: new Float32Array(sizeOf(shape)) } as const
    return { name, rate, tensor }
  })
}
