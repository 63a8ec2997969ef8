/** How often a training is saved: as often as it was asked for, and never so often that saving takes a noticeable share of the time. */

/** The largest share of the time that goes into checkpoints. */
export const largestShare = 0.03

/** What is hashed, written and synced in a second, until a checkpoint was measured: that of an ordinary disk. */
const assumedSpeed = 400e6

export class Pace {
  readonly #every: number
  #cost: number

  /** `every` is in seconds; 0 saves after each step. `bytes` is the size of a checkpoint. */
  constructor(every: number, bytes: number) {
    this.#every = every
    this.#cost = bytes / assumedSpeed
  }

  /** Seconds from the end of a checkpoint to the next. */
  get interval(): number {
    if (this.#every === 0) return 0
    return Math.max(this.#every, this.#cost * (1 / largestShare - 1))
  }

  /** Learns what a checkpoint cost, in seconds. A disk that is slow once is believed by half. */
  saved(seconds: number): void {
    this.#cost = (this.#cost + seconds) / 2
  }
}
