/** The lease of a job, a file that the job touches while it lives. No clocks are compared: only whether its time changes counts. */

import { touchedAt } from '../../../../store/claim.ts'

export class Lease {
  readonly #path: string
  #seen: { readonly touched: number | undefined; readonly since: number } | undefined
  /** How often it was seen to change. */
  changes = 0

  constructor(path: string) {
    this.#path = path
  }

  /** Whether the job was ever alive. */
  get exists(): boolean {
    return touchedAt(this.#path) !== undefined
  }

  /** For how long it has not been touched, in milliseconds since this was asked first, or since `forget`. */
  silence(): number {
    const touched = touchedAt(this.#path)
    const now = performance.now()
    if (this.#seen === undefined) this.#seen = { touched, since: now }
    else if (this.#seen.touched !== touched) {
      this.#seen = { touched, since: now }
      this.changes++
    }
    return now - this.#seen.since
  }

  /** Begins to measure the silence anew. */
  forget(): void {
    this.#seen = undefined
  }
}
