/** Where a training stands: at its beginning, or at the newest checkpoint; and when it saves the next. */

import type { StageEvent } from '../../core/event.ts'
import { Interrupted } from '../../core/failure.ts'
import type { JsonObject } from '../../core/json.ts'
import type { AdamW } from './adamw.ts'
import { keepCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpoint.ts'
import { Pace } from './pace.ts'

export interface StandingTask {
  readonly hints: {
    /** Seconds between checkpoints, at least; 0 for one after each step. */
    readonly checkpoint_every: number
  }
  /** Where checkpoints lie. */
  readonly work: string
  /** The step after which the state is kept for longer runs. */
  readonly keepState?: number | undefined
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

export class Standing<State> {
  /** Steps done when it began or was resumed. */
  readonly step: number
  /** What the loop remembers from step to step, besides the optimizer's arrays; plain JSON. */
  readonly state: State
  readonly #task: StandingTask
  readonly #optimizer: AdamW
  readonly #pace: Pace
  #lastSaved = performance.now()

  /** Takes weights and optimizer from the newest checkpoint; where there is none, `begin` fills the weights. */
  constructor(task: StandingTask, optimizer: AdamW, state: State, begin: () => void) {
    this.#task = task
    this.#optimizer = optimizer
    const bytes = [optimizer.weights, optimizer.first, optimizer.second].reduce(
      (sum, { byteLength }) => sum + byteLength,
      0,
    )
    this.#pace = new Pace(task.hints.checkpoint_every, bytes)
    const checkpoint = loadCheckpoint(task.work)
    this.step = checkpoint?.step ?? 0
    this.state = checkpoint === undefined ? state : (checkpoint.state as State)
    if (checkpoint === undefined) begin()
    else {
      optimizer.weights.set(checkpoint.arrays.parameters!)
      optimizer.first.set(checkpoint.arrays.first!)
      optimizer.second.set(checkpoint.arrays.second!)
      task.emit({
        event: 'log',
        level: 'info',
        message: `resumed from step ${checkpoint.step.toLocaleString('en-US')}`,
      })
      // It may have been killed between the two.
      if (checkpoint.step === task.keepState) keepCheckpoint(task.work, checkpoint.step)
    }
  }

  /** To be called after each step: a checkpoint now and then, and one where the run is asked to stop: then `Interrupted` is thrown. */
  secure(done: number, steps: number): void {
    const { signal, keepState, work } = this.#task
    const kept = done === keepState
    if (kept) {
      this.#save(done)
      keepCheckpoint(work, done)
    }
    if (done === steps) return
    const due = performance.now() - this.#lastSaved > this.#pace.interval * 1000
    if (!kept && (signal.aborted || due)) this.#save(done)
    if (signal.aborted) throw new Interrupted(done)
  }

  #save(step: number): void {
    const { weights: parameters, first, second } = this.#optimizer
    const before = performance.now()
    saveCheckpoint(this.#task.work, {
      step,
      arrays: { parameters, first, second },
      state: this.state as unknown as JsonObject,
    })
    this.#task.emit({ event: 'checkpoint', step })
    this.#lastSaved = performance.now()
    this.#pace.saved((this.#lastSaved - before) / 1000)
  }
}
