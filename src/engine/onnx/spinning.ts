/**
 * Whether the threads of a session spin while they wait for the next operation. On a quiet machine that saves a wake-up for each of hundreds of
 * short operations; beside a busy process the spinning threads take the time that the others need. No number tells which it is, so runs
 * are timed: some with the other setting, now and then, and the faster one is kept. It changes no byte of what comes out.
 */

/** Runs that a setting is judged by; one before them warms it up. */
const looked = 7

/** A setting is left only for one that takes less than this share of its time. */
const better = 0.95

/** A trial ends early once this many runs in a row took so many times as long. */
const [hopeless, runsOfHopeless] = [1.6, 3] as const

/** Milliseconds of runs before the first trial, and between two. */
const [first, between] = [1_000, 30_000] as const

/** Trials may take one part in so many of the time. */
const share = 40

export class Spinning {
  #spins = true
  /** The last runs with the setting that is kept. */
  #recent: number[] = []
  /** Milliseconds of runs since the last trial. */
  #since = 0
  #wait: number = first
  #trial: { readonly usual: number; readonly taken: number[]; cost: number } | undefined

  /** Whether the next run is to spin. */
  get spins(): boolean {
    return this.#trial === undefined ? this.#spins : !this.#spins
  }

  /** Notes that a run took `ms`, with `spins` as it was before it, after `preparation` ms to change the setting. */
  note(ms: number, preparation = 0): void {
    if (this.#trial === undefined) {
      this.#recent = [...this.#recent.slice(-looked), ms]
      this.#since += ms
      if (this.#since >= this.#wait && this.#recent.length > looked)
        this.#trial = { usual: median(this.#recent.slice(1)), taken: [], cost: 0 }
      return
    }
    const { usual, taken } = this.#trial
    taken.push(ms)
    this.#trial.cost += ms + preparation
    const judged = taken.slice(1)
    const isHopeless = judged.length >= runsOfHopeless && judged.every((each) => each > hopeless * usual)
    if (judged.length < looked && !isHopeless) return
    const kept = median(judged) < better * usual
    if (kept) this.#spins = !this.#spins
    // Without the run that warms up: what comes next, with the setting kept or back at the old one, is measured anew.
    this.#recent = []
    this.#since = 0
    this.#wait = Math.max(between, share * this.#trial.cost)
    this.#trial = undefined
  }
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1]!
}
