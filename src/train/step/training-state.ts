/** Training state: restores the newest checkpoint, and saves the next one when it is due. */

import { Interrupted } from '../../core/failure.ts'
import type { JsonObject } from '../../core/values/json.ts'
import type { TrainingSession } from '../../engine/training-session.ts'
import { keepCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts'
import { Pace } from './pace.ts'
import type { TrainingTask } from './task.ts'

type StateTask = Pick<TrainingTask<never>, 'work' | 'keepState' | 'signal' | 'emit'> & {
  readonly hints: Pick<TrainingTask<never>['hints'], 'checkpoint_every'>
}

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
   * Loads the newest checkpoint of `task.work` into the session. Without one, `initialize` fills the weights, and the state is `initial`.
   */
  static async restore<State>(
    task: StateTask,
    session: TrainingSession,
    initial: State,
    initialize: (parameters: Float32Array) => void,
  ): Promise<TrainingState<State>> {
    const arrays = await session.read()
    const bytes = arrays.parameters.byteLength + arrays.first.byteLength + arrays.second.byteLength
    const pace = new Pace(task.hints.checkpoint_every, bytes)
    const checkpoint = loadCheckpoint(task.work)
    if (checkpoint === undefined) {
      initialize(arrays.parameters)
      await session.load(arrays)
      return new TrainingState(task, session, pace, 0, initial)
    }
    const { step, arrays: saved, state } = checkpoint
    await session.load({ parameters: saved.parameters!, first: saved.first!, second: saved.second! })
    task.emit({ event: 'log', level: 'info', message: `resumed from step ${step.toLocaleString('en-US')}` })
    // The process may have been killed between saving this checkpoint and keeping it.
    if (step === task.keepState) keepCheckpoint(task.work, step)
    return new TrainingState(task, session, pace, step, state as State)
  }

  /**
   * Saves a checkpoint if one is due after step `done` of `steps`. If the run was asked to stop, saves one and throws `Interrupted`.
   */
  async saveIfDue(done: number, steps: number): Promise<void> {
    const { signal, keepState, work } = this.#task
    const isKept = done === keepState
    if (isKept) {
      await this.#save(done)
      keepCheckpoint(work, done)
    }
    if (done === steps) return
    const isDue = performance.now() - this.#lastSaved > this.#pace.interval * 1000
    if (!isKept && (signal.aborted || isDue)) await this.#save(done)
    if (signal.aborted) throw new Interrupted(done)
  }

  async #save(step: number): Promise<void> {
    const start = performance.now()
    const { parameters, first, second } = await this.#session.read()
    saveCheckpoint(this.#task.work, {
      step,
      arrays: { parameters, first, second },
      state: this.state as unknown as JsonObject,
    })
    this.#task.emit({ event: 'checkpoint', step })
    this.#lastSaved = performance.now()
    this.#pace.saved((this.#lastSaved - start) / 1000)
  }
}
