/** Reports the progress of a walk over bytes a few times a second, and ends the walk when its stage is interrupted. */

import type { StageEvent } from '../core/event.ts'
import { Interrupted } from '../core/failure.ts'
import { atMostEvery } from '../core/values/interval.ts'

/** The members of a running stage that a walk needs. */
export interface PaceOptions {
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

/** Milliseconds between two reports. */
const reportInterval = 250

export class Pace {
  readonly #options: PaceOptions
  readonly #total: number
  readonly #phase: string | undefined
  readonly #isDue = atMostEvery(reportInterval)

  /** `total`: the bytes of the whole walk; `phase`: its name in reports. */
  constructor(options: PaceOptions, total: number, phase?: string) {
    this.#options = options
    this.#total = total
    this.#phase = phase
  }

  /**
   * Reports that `done` bytes are done, and emits the event that `also` returns, if a report is due. Call it after every block.
   * Throws `Interrupted` once the signal is aborted.
   */
  async at(done: number, also?: () => StageEvent): Promise<void> {
    const { signal, emit } = this.#options
    if (signal.aborted) throw new Interrupted()
    if (!this.#isDue()) return
    const phase = this.#phase === undefined ? {} : { phase: this.#phase }
    emit({ event: 'progress', done, total: this.#total, unit: 'bytes', ...phase })
    if (also !== undefined) emit(also())
    // Signals are delivered between turns of the event loop only.
    await new Promise(setImmediate)
  }
}
