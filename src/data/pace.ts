/** How a long walk over bytes says how far it is, a few times a second, and stops when asked to. */

import type { StageEvent } from '../core/event.ts'
import { Interrupted } from '../core/failure.ts'

/** The part of a running stage that this needs. */
export interface Surroundings {
  readonly signal: AbortSignal
  emit(event: StageEvent): void
}

/** Milliseconds between two reports. */
const pace = 250

export class Pace {
  readonly #around: Surroundings
  readonly #total: number
  readonly #phase: string | undefined
  #reported = performance.now()

  /** Of `total` bytes. */
  constructor(around: Surroundings, total: number, phase?: string) {
    this.#around = around
    this.#total = total
    this.#phase = phase
  }

  /** To be called often: `done` bytes are done. `also` says more where it is time to. Throws `Interrupted`. */
  async at(done: number, also?: () => StageEvent): Promise<void> {
    const { signal, emit } = this.#around
    if (signal.aborted) throw new Interrupted()
    if (performance.now() - this.#reported < pace) return
    this.#reported = performance.now()
    const phase = this.#phase === undefined ? {} : { phase: this.#phase }
    emit({ event: 'progress', done, total: this.#total, unit: 'bytes', ...phase })
    if (also !== undefined) emit(also())
    // Signals are delivered between turns of the event loop only.
    await new Promise(setImmediate)
  }
}
