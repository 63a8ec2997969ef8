/**
 * Decides whether the threads of a session spin while they wait for the next operation. On a quiet machine spinning saves a wake-up for
 * each of hundreds of short operations; beside a busy process the spinning threads take time that the process needs. No system call tells
 * which is the case, so runs are timed: now and then some are tried with the other setting, and the faster setting is kept. Outputs do
 * not depend on it.
 */

/** Runs that judge a setting, after one that warms it up. */
const judgedRuns = 7

/** A setting is replaced only by one that takes less than this fraction of its time. */
const worthwhile = 0.95

/** A trial ends early once each of `hopelessRuns` runs took `hopeless` times as long as the setting before. */
const hopeless = 1.6
const hopelessRuns = 3

/** Milliseconds of runs before the first trial. */
const firstWait = 1_000

/** The fewest milliseconds of runs between two trials. */
const minWait = 30_000

/** The time between two trials is at least this many times the cost of the last one. */
const waitPerCost = 40

export class Spinning {
  #spins = true
  /** Milliseconds of the last runs with the setting that is kept. */
  #recent: number[] = []
  /** Milliseconds of runs since the last trial. */
  #since = 0
  #wait: number = firstWait
  /** A trial of the other setting: the median before it, the runs so far, and what they cost. */
  #trial: { readonly before: number; readonly runs: number[]; cost: number } | undefined

  /** Whether the next run spins. */
  get spins(): boolean {
    return this.#trial === undefined ? this.#spins : !this.#spins
  }

  /** Notes a run with the current setting: it took `ms`, after `preparation` ms to change the setting. */
  note(ms: number, preparation = 0): void {
    if (this.#trial === undefined) {
      this.#recent = [...this.#recent.slice(-judgedRuns), ms]
      this.#since += ms
      if (this.#since >= this.#wait && this.#recent.length > judgedRuns)
        this.#trial = { before: median(this.#recent.slice(1)), runs: [], cost: 0 }
      return
    }
    const { before, runs } = this.#trial
    runs.push(ms)
    this.#trial.cost += ms + preparation
    const judged = runs.slice(1)
    const isHopeless = judged.length >= hopelessRuns && judged.every((each) => each > hopeless * before)
    if (judged.length < judgedRuns && !isHopeless) return
    if (median(judged) < worthwhile * before) this.#spins = !this.#spins
    // Runs after a change of the setting are measured from scratch.
    this.#recent = []
    this.#since = 0
    this.#wait = Math.max(minWait, waitPerCost * this.#trial.cost)
    this.#trial = undefined
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
