/**
 * A training, as the loops drive it: it takes batches, steps the optimizer, checks for divergence, and saves and restores checkpoints. The
 * weights are in the engine's training session.
 */

import { otherNodesIn } from '../../core/other-nodes.ts'
import type { Compiler, Engine, Tensors } from '../../engine/engine.ts'
import type { ParameterSlot, Pending, TrainingSession } from '../../engine/training-session.ts'
import { spanOf } from '../../engine/training-session.ts'
import type { Graph } from '../../model/graph.ts'
import { checkDivergence, checkFinite, remember } from './divergence.ts'
import { startSession } from './host-session.ts'
import { rateAt } from './schedule.ts'
import type { OptimizerSettings, TrainingTask } from './task.ts'
import { TrainingState } from './training-state.ts'

/** The state that every loop has. */
export interface LoopState {
  /** The losses of the last steps. */
  losses: readonly number[]
}

export interface TrainingStart<State extends LoopState> {
  /** The graph of the loss, bound to numbers. */
  readonly objective: Graph
  /** The weights that are learned. */
  readonly slots: readonly ParameterSlot[]
  /** The other weights of the graph; default none. */
  readonly frozen?: Tensors
  /** Weights that are fed to what is computed besides, such as those of a reference; default none. */
  readonly beside?: Tensors
  /** The state at step 0. */
  readonly state: State
  /** The objective over some of the rows of a batch, if its batches can be divided: see TrainOptions. */
  readonly divide?: (rows: number) => Graph
  /** The number of rows that are computed at once, if batches are divided. */
  readonly microBatch?: number | undefined
  /** The most batches of a step, if its batches cannot be divided: see TrainOptions. */
  readonly batches?: number
  /** Whether each step has one batch; default false. */
  readonly single?: boolean
  /** Ids of the vocabulary: a loss far above guessing among them stops the training. Default: only NaN and infinity stop it. */
  readonly guesses?: number
  /** Fills the weights of `slots` in `flat`, at step 0: it is called for a few slots at a time. */
  initialize(slots: readonly ParameterSlot[], flat: Float32Array): void
}

/** The numbers of one step of the optimizer. */
export interface StepNumbers {
  /** Steps done. */
  readonly done: number
  readonly loss: number
  readonly learningRate: number
  /** Before clipping. */
  readonly gradientNorm: number
}

export interface UpdateOptions {
  readonly clip: number | undefined
  readonly batches?: number
  /** Receives the numbers of the step, and the outputs of its batches. */
  report(numbers: StepNumbers, outputs: readonly Tensors[]): void
}

interface StepUnderWay extends Pick<UpdateOptions, 'report'> {
  readonly step: number
  readonly learningRate: number
  readonly batches: number
  readonly outputs: readonly Pending<Tensors>[]
  readonly norm: Pending<number>
}

export class Training<State extends LoopState> {
  /** Steps done at the start: 0, or those of the checkpoint that was restored. */
  readonly step: number
  readonly state: State
  /** The weights to feed what `compiler` compiled: none, since it reads the weights as they are learned. */
  readonly weights: Tensors = {}
  readonly #settings: OptimizerSettings
  /** The folder of checkpoints. */
  readonly #work: string
  readonly #session: TrainingSession
  readonly #saved: TrainingState<State>
  readonly #guesses: number | undefined
  readonly #engine: Engine
  /** The outputs of the batches since the last step. */
  #batches: Pending<Tensors>[] = []
  /** Steps that the session was given, and whose numbers were not read yet. */
  readonly #underWay: StepUnderWay[] = []

  private constructor(
    { settings, work, engine }: Pick<TrainingTask<OptimizerSettings>, 'settings' | 'work' | 'engine'>,
    session: TrainingSession,
    saved: TrainingState<State>,
    guesses: number | undefined,
  ) {
    this.#settings = settings
    this.#work = work
    this.#engine = engine
    this.#session = session
    this.#saved = saved
    this.#guesses = guesses
    this.step = saved.step
    this.state = saved.state
  }

  /** Starts the training of a task, or resumes it from the newest checkpoint in `task.work`. */
  static async start<State extends LoopState>(
    task: TrainingTask<OptimizerSettings>,
    {
      objective,
      divide,
      microBatch,
      batches,
      slots,
      frozen = {},
      beside = {},
      single = false,
      state,
      guesses,
      initialize,
    }: TrainingStart<State>,
  ): Promise<Training<State>> {
    const { optimizer, seed, precision } = task.settings
    const { threads, gpus = 0 } = task
    const { recompute, shard } = task.hints
    const settings = { optimizer, precision, seed, threads, gpus, recompute, shard }
    const options = { ...settings, slots, frozen, beside, single, divide, microBatch, batches }
    const session = await startSession(task.engine, objective, options)
    const most = session.inTurn ? 'a step has no more batches' : 'a batch has no more rows'
    const nodes = 1 + (otherNodesIn(process.env)?.count ?? 0)
    if (session.gpus !== undefined && session.gpus < gpus * nodes)
      task.emit({ event: 'log', level: 'warning', message: idleGpus(session.gpus, gpus * nodes, most) })
    else if ((session.processes ?? 1) < nodes)
      task.emit({ event: 'log', level: 'warning', message: idleNodes(nodes, session, task.engine, most) })
    if (session.ahead > 0) task.emit({ event: 'log', level: 'info', message: `training on ${task.engine.description}` })
    const saved = await TrainingState.restore(task, session, {
      initial: state,
      fill: (slot, values) => initialize([{ ...slot, start: 0 }], values),
      numbers: spanOf(slots),
    })
    return new Training(task, session, saved, guesses)
  }

  /** Compiles graphs that read the weights as they are learned. */
  get compiler(): Compiler {
    return this.#session
  }

  /** Compiles other models, whose weights are all fed: the devices of the training compute them. */
  get beside(): Compiler {
    return this.#session.beside ?? this.#engine
  }

  /** Sets the gradients to 0, before the batches of a step. */
  clear(): void {
    this.#batches = []
    this.#session.clear()
  }

  /** Adds the gradients of a batch. Its outputs are pending; `update` reads them too. `index` fixes the masks of dropout. */
  async accumulate(feeds: Tensors, index: number): Promise<Pending<Tensors>> {
    const outputs = await this.#session.accumulate(feeds, index)
    this.#batches.push(outputs)
    return outputs
  }

  /**
   * Takes the optimizer's step after the batches of `step`, counted from 0, of `steps`: clipping to `clip`, the learning rate of the schedule,
   * AdamW. Loss and gradients are means over `batches`; by default they are sums. `report` receives the numbers of the step once they are known: before
   * this returns or, on a device, once it was given the next step. Throws a StageError `diverged` if the training has diverged.
   */
  async update(step: number, steps: number, { clip, batches = 1, report }: UpdateOptions): Promise<void> {
    const learningRate = this.rate(step, steps)
    const under = { step, learningRate, batches, report, outputs: this.#batches, norm: this.#session.norm() }
    this.#batches = []
    this.#underWay.push(under)
    await this.#session.update({ step: step + 1, rate: learningRate, maxNorm: clip, batches })
    await this.#settle(this.#session.ahead)
  }

  /** Waits for the numbers of all steps so far, and reports them. */
  settle(): Promise<void> {
    return this.#settle(0)
  }

  /** Reports all steps but the last `kept`. */
  async #settle(kept: number): Promise<void> {
    while (this.#underWay.length > kept) {
      const { step, learningRate, batches, report, outputs, norm } = this.#underWay.shift()!
      const computed = await Promise.all(outputs.map((each) => each.read()))
      const loss = computed.reduce((sum, each) => sum + each.loss!.data[0]! / batches, 0)
      const gradientNorm = this.#check(step, loss, (await norm.read()) / batches)
      report({ done: step + 1, loss, learningRate, gradientNorm }, computed)
    }
  }

  /** The norm of the mean gradients over `batches`. Remembers the loss; throws a StageError `diverged` if the training diverged. */
  async measure(step: number, loss: number, batches = 1): Promise<number> {
    return this.#check(step, loss, (await this.#session.norm().read()) / batches)
  }

  #check(step: number, loss: number, gradientNorm: number): number {
    this.state.losses = remember(this.state.losses, loss)
    if (this.#guesses === undefined) checkFinite(step + 1, this.state.losses, gradientNorm)
    else checkDivergence(step + 1, this.state.losses, gradientNorm, this.#guesses)
    return gradientNorm
  }

  /** Takes one step of AdamW, the `count`th in all, with the gradients so far. `measure` comes before. */
  async apply(count: number, rate: number, clip: number): Promise<void> {
    await this.#session.update({ step: count, rate, maxNorm: clip })
  }

  /** The learning rate at `step`, counted from 0, of `steps`. */
  rate(step: number, steps: number): number {
    return this.#settings.optimizer.lr * rateAt(this.#settings.schedule, step, steps)
  }

  /** Saves a checkpoint if one is due after `done` steps; throws `Interrupted` if the run was asked to stop. */
  async saveIfDue(done: number, steps: number): Promise<void> {
    if (!this.#saved.isDue(done, steps)) return
    // A step that diverged is not saved.
    await this.settle()
    await this.#saved.save(done, steps)
  }

  /** Mean loss of the last steps. */
  get meanLoss(): number {
    const { losses } = this.state
    return losses.reduce((sum, loss) => sum + loss, 0) / losses.length
  }

  /** The learned weights now, by name. */
  learned(): Promise<Tensors> {
    return this.#session.weights(this.#work)
  }

  /** Reports the last steps, and frees what only steps need; the weights stay for what was compiled with them. */
  async finish(): Promise<void> {
    await this.settle()
    await this.#session.finish()
  }

  dispose(): Promise<void> {
    return this.#session.dispose()
  }
}

/** The warning about nodes that compute nothing. */
function idleNodes(
  nodes: number,
  { processes }: TrainingSession,
  { name }: Pick<Engine, 'name'>,
  most: string,
): string {
  const why = processes === undefined ? `the engine ${name} computes on one machine` : most
  return `this training computes on ${processes ?? 1} of its ${nodes} nodes, because ${why}; the others stay idle`
}

/** The warning about GPUs that are reserved and do not compute; `most` is what has no more than the GPUs that do. */
function idleGpus(used: number, reserved: number, most: string): string {
  const some = used === 1 ? 'one GPU' : `${used} GPUs`
  return `this training computes on ${some}, because ${most}: ${reserved - used} of the ${reserved} reserved stay idle`
}
