/** The time between checkpoints: as set, but longer if saving would take a noticeable share of the time. */

/** The largest share of the time that is spent on checkpoints. */
export const largestShare = 0.03

/** Bytes hashed, written and synced in a second on an ordinary disk: assumed until the first checkpoint is measured. */
const assumedSpeed = 400e6

export class Pace {
  readonly #every: number
  #cost: number

  /** `every` is in seconds, 0 for a checkpoint after each step; `bytes` is the size of a checkpoint. */
  constructor(every: number, bytes: number) {
    this.#every = every
    this.#cost = bytes / assumedSpeed
  }

  /** Seconds from the end of a checkpoint to the next. */
  get interval(): number {
    if (this.#every === 0) return 0
    return Math.max(this.#every, this.#cost * (1 / largestShare - 1))
  }

  /** Takes in how long a checkpoint took, in seconds. It counts half, so that one slow write has a limited effect. */
  saved(seconds: number): void {
    this.#cost = (this.#cost + seconds) / 2
  }
}
