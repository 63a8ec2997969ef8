/** Waits for changes: of what was looked at, and until they have settled. */

import { relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Plan } from '../../core/plan.ts'
import { sha256 } from '../../core/sha256.ts'
import type { Store } from '../../store/store.ts'
import { watchFolders } from './folders.ts'
import { differing, Looking, type Sight } from './sight.ts'

/** How long nothing may change before a change is acted on, in milliseconds. */
const SETTLE = 100
/** How long is waited for what changes all the time. */
const IMPATIENT = 5_000
/** How often is looked though nothing was heard: network disks and mounts of containers tell nothing. */
const POLL = 2_000
/** Looking takes at most this part of the time. */
const SHARE = 0.02

export interface EyesOptions {
  readonly store: Store
  readonly programDir: string
  /** Milliseconds between looks though nothing was heard; none if 0. */
  readonly poll?: number
  /** Told once, when folders cannot be watched. */
  onTrouble(reason: string): void
}

export class Eyes {
  readonly #programDir: string
  readonly #poll: number
  readonly #looking: Looking
  readonly #folders: ReturnType<typeof watchFolders>
  /** What the program was compiled from, and the input files as they were then: all that differs from it is a change. */
  #known: Sight = new Map()
  /** What was seen when a change was last acted on. */
  #acted: Sight = new Map()
  #isClosed = false
  #ring = () => {}

  constructor({ store, programDir, poll = POLL, onTrouble }: EyesOptions) {
    this.#programDir = programDir
    this.#poll = poll
    this.#looking = new Looking(store, programDir)
    this.#folders = watchFolders(
      () => this.#ring(),
      (path) => this.#looking.isOwn(path),
      onTrouble,
    )
  }

  /** What was compiled, with the texts it was compiled from; a source that was not there has none. */
  async remember(plan: Plan | undefined, sources: ReadonlyMap<string, string>): Promise<void> {
    this.#looking.at(plan, sources.keys())
    const sight = await this.#looking.look()
    const known = new Map(sight)
    for (const [name, text] of sources) {
      const path = resolve(name)
      // A text that is compiled may be another than the one that is seen here, and stay so: that is no change that happens again and again.
      const isSettled = sight.get(path) === this.#acted.get(path)
      if (!isSettled) known.set(path, sha256(text))
    }
    this.#known = known
  }

  /** The names of what changed, as soon as something did and has settled. `stopped` ends the waiting: nothing changed then. */
  async change(stopped: AbortSignal): Promise<readonly string[]> {
    while (!stopped.aborted && !this.#isClosed) {
      await this.#folders.aim(this.#looking.targets)
      const rung = this.#bell(stopped)
      const began = performance.now()
      const changed = differing(this.#known, await this.#looking.look())
      const took = performance.now() - began
      if (changed.length > 0) {
        rung.cancel()
        return this.#settled(stopped)
      }
      await rung.within(this.#poll === 0 ? 0 : Math.max(this.#poll, took / SHARE))
    }
    return []
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#ring()
    await this.#folders.close()
  }

  /** Waits until two looks are the same, and says what changed by then; nothing if all is as it was. */
  async #settled(stopped: AbortSignal): Promise<readonly string[]> {
    const began = performance.now()
    let sight = await this.#looking.look()
    while (!stopped.aborted && performance.now() - began < IMPATIENT) {
      await sleep(SETTLE)
      const now = await this.#looking.look()
      const isCalm = differing(sight, now).length === 0
      sight = now
      if (isCalm) break
    }
    const changed = differing(this.#known, sight)
    if (changed.length === 0) return this.change(stopped)
    this.#acted = sight
    return changed.map((path) => relative(this.#programDir, path))
  }

  /** A bell that rings when something is heard from now on, or when it is to stop. */
  #bell(stopped: AbortSignal) {
    let wake = () => {}
    let hasRung = false
    const ring = () => {
      hasRung = true
      wake()
    }
    this.#ring = ring
    stopped.addEventListener('abort', ring, { once: true })
    const cancel = () => stopped.removeEventListener('abort', ring)
    return {
      cancel,
      /** Waits for the bell, at most so many milliseconds; without end if 0. */
      async within(milliseconds: number): Promise<void> {
        await new Promise<void>((resolve) => {
          const timer = milliseconds === 0 ? undefined : setTimeout(resolve, milliseconds)
          wake = () => {
            clearTimeout(timer)
            // What comes in pieces comes together.
            setTimeout(resolve, SETTLE / 2)
          }
          if (hasRung || stopped.aborted) wake()
        })
        cancel()
      },
    }
  }
}
