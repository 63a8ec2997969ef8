/** The records of the stages of a program in the store, for hovers. They are looked up in the background, and remembered for a moment. */

import type { TypedProgram } from '../language/program.ts'
import type { StageState } from './services.ts'
import type { Workspace } from './workspace.ts'

/** How long a hover waits for the store, in milliseconds; a later hover shows what came too late. */
const patience = 150
/** How long an answer of the store is used, in milliseconds. */
const freshness = 2_000

type States = ReadonlyMap<string, StageState>
const none: States = new Map()

export class StageStates {
  readonly #workspace: Workspace
  readonly #known = new Map<
    string,
    { readonly program: TypedProgram; readonly at: number; states: States; running: boolean }
  >()

  constructor(workspace: Workspace) {
    this.#workspace = workspace
  }

  /** The states of the stages of the program in a file, as far as they are known within a moment. */
  async of(path: string): Promise<States> {
    const { program, sources } = this.#workspace.snapshot(path)
    if (program === undefined) return none
    const known = this.#known.get(path)
    if (known?.program === program && (known.running || performance.now() - known.at < freshness)) return known.states
    const entry = {
      program,
      at: performance.now(),
      states: known?.program === program ? known.states : none,
      running: true,
    }
    this.#known.set(path, entry)
    const done = this.#workspace.services
      .states(program, sources)
      .then((states) => {
        entry.states = states
      })
      // Without a store, a hover has no state to show.
      .catch(() => undefined)
      .finally(() => {
        entry.running = false
      })
    await Promise.race([done, new Promise((resolve) => setTimeout(resolve, patience).unref())])
    return entry.states
  }

  forget(path: string): void {
    this.#known.delete(path)
  }
}
