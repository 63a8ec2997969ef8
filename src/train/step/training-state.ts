/** Training state: restores the newest checkpoint, and saves the next one when it is due. */

import { Interrupted } from '../../core/failure.ts'
import type { JsonObject } from '../../core/values/json.ts'
import type { FillSlot, TrainingSession } from '../../engine/training-session.ts'
import { keepCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts'
import { Pace } from './pace.ts'
import type { TrainingTask } from './task.ts'

type StateTask = Pick<TrainingTask<never>, 'work' | 'keepState' | 'signal' | 'emit'> & {
  readonly hints: Pick<TrainingTask<never>['hints'], 'checkpoint_every'>
}

/** Weights and two moments. */
const arrays = 3
const bytesPerNumber = 4

export class TrainingState<State> {
  /** Steps done at the start: 0, or those of the checkpoint. */
  readonly step: number
  /** The state of the loop besides the session's arrays; plain JSON. */
  readonly state: State
  readonly #task: StateTask
  readonly #session: TrainingSession
  readonly #pace: Pace
  #lastSaved = performance.now()

  private constructor(task: StateTask, session: TrainingSession, pace: Pace, step: number, state: State) {
    this.#task = task
    this.#session = session
    this.#pace = pace
    this.step = step
    this.state = state
  }

  /**
   * Restores the session from the newest checkpoint of `task.work`. Without one, `fill` sets the weights, and the state is `initial`. `numbers`
   * is the length of each array of the session.
   */
  static async restore<State>(
    task: StateTask,
    session: TrainingSession,
    { initial, fill, numbers }: { readonly initial: State; readonly fill: FillSlot; readonly numbers: number },
  ): Promise<TrainingState<State>> {
    const pace = new Pace(task.hints.checkpoint_every, arrays * bytesPerNumber * numbers)
    const checkpoint = await loadCheckpoint(task.work, session)
    if (checkpoint === undefined) {
      await session.fill(fill)
      return new TrainingState(task, session, pace, 0, initial)
    }
    const { step, state } = checkpoint
    task.emit({ event: 'log', level: 'info', message: `resumed from step ${step.toLocaleString('en-US')}` })
    // The process may have been killed between saving this checkpoint and keeping it.
    if (step === task.keepState) keepCheckpoint(task.work, step)
    return new TrainingState(task, session, pace, step, state as State)
  }

  /** Whether a checkpoint is due after step `done` of `steps`: because of its number or the time, or because the run was asked to stop. */
  isDue(done: number, steps: number): boolean {
    if (done === this.#task.keepState) return true
    if (done === steps) return false
    return this.#task.signal.aborted || performance.now() - this.#lastSaved > this.#pace.interval * 1000
  }

  /** Saves a checkpoint after step `done`. If the run was asked to stop, throws `Interrupted`, unless the step is the last of `steps`. */
  async save(done: number, steps: number): Promise<void> {
    await this.#save(done)
    if (done === this.#task.keepState) keepCheckpoint(this.#task.work, done)
    if (done < steps && this.#task.signal.aborted) throw new Interrupted(done)
  }

  async #save(step: number): Promise<void> {
    const start = performance.now()
    const state = this.state as unknown as JsonObject
    await saveCheckpoint(this.#task.work, this.#session, { step, state })
    this.#task.emit({ event: 'checkpoint', step })
    this.#lastSaved = performance.now()
    this.#pace.saved((this.#lastSaved - start) / 1000)
  }
}
