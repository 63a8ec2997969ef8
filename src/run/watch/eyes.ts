/** Waits for changes of sources and input files, until they have settled. */

import { existsSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Plan } from '../../core/plan.ts'
import { sha256 } from '../../core/values/sha256.ts'
import type { Store } from '../../store/store.ts'
import { watchFolders } from './folders.ts'
import { differing, Looking, type Sight } from './sight.ts'

/** How long nothing may change before a change is acted on, in milliseconds. */
const settleTime = 100
/** How long to wait at most for files that change all the time, in milliseconds. */
const longestSettling = 5_000
/** How often to look though no change was reported, in milliseconds: network disks and mounts of containers report none. */
const defaultPoll = 2_000
/** The largest share of the time that is spent on looking. */
const lookingShare = 0.02

export interface EyesOptions {
  readonly store: Store
  readonly programDir: string
  /** How often to look though no change was reported, in milliseconds; never if 0. */
  readonly poll?: number
  /** Called once, if the system does not report changes. */
  onTrouble(reason: string): void
}

export interface ChangedFile {
  /** Relative to the folder of the program. */
  readonly name: string
  readonly how: 'changed' | 'added' | 'removed'
}

export class Eyes {
  readonly #programDir: string
  #poll: number
  readonly #looking: Looking
  readonly #folders: ReturnType<typeof watchFolders>
  /** The sources that the program was compiled from, and the input files as they were then. Any difference from it is a change. */
  #known: Sight = new Map()
  /** The sight when a change was last acted on. */
  #acted: Sight = new Map()
  #isClosed = false
  #ring = () => {}

  constructor({ store, programDir, poll = defaultPoll, onTrouble }: EyesOptions) {
    this.#programDir = programDir
    this.#poll = poll
    this.#looking = new Looking(store, programDir)
    this.#folders = watchFolders(
      () => this.#ring(),
      (path) => this.#looking.isOwn(path),
      (reason) => {
        // Without reports only looking finds a change.
        if (this.#poll === 0) this.#poll = defaultPoll
        this.#ring()
        onTrouble(reason)
      },
    )
  }

  /** Remembers what was compiled, with the texts it was compiled from; '' for a source that does not exist. */
  async remember(plan: Plan | undefined, sources: ReadonlyMap<string, string>): Promise<void> {
    this.#looking.at(plan, sources.keys())
    const sight = await this.#looking.look()
    const known = new Map(sight)
    for (const [name, text] of sources) {
      const path = resolve(name)
      // The compiled text may differ from the text seen here, and stay different: that must not count as a change again and again.
      const isSettled = sight.get(path) === this.#acted.get(path)
      if (!isSettled) known.set(path, sha256(text))
    }
    this.#known = known
  }

  /** The files that changed, as soon as some did and have settled. Empty if `stopped` is aborted before that. */
  async change(stopped: AbortSignal): Promise<readonly ChangedFile[]> {
    while (!stopped.aborted && !this.#isClosed) {
      await this.#folders.aim(this.#looking.targets)
      const rung = this.#bell(stopped)
      const began = performance.now()
      const changed = differing(this.#known, await this.#looking.look())
      const taken = performance.now() - began
      if (changed.length > 0) {
        rung.cancel()
        return this.#settled(stopped)
      }
      await rung.within(this.#poll === 0 ? 0 : Math.max(this.#poll, taken / lookingShare))
    }
    return []
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#ring()
    await this.#folders.close()
  }

  /** Waits until two sights are the same, and returns what has changed by then. If everything is as it was, waits for the next change. */
  async #settled(stopped: AbortSignal): Promise<readonly ChangedFile[]> {
    const began = performance.now()
    let sight = await this.#looking.look()
    while (!stopped.aborted && performance.now() - began < longestSettling) {
      await sleep(settleTime)
      const now = await this.#looking.look()
      const isCalm = differing(sight, now).length === 0
      sight = now
      if (isCalm) break
    }
    const changed = differing(this.#known, sight)
    if (changed.length === 0) return this.change(stopped)
    this.#acted = sight
    return changed.map((path) => {
      const how = !existsSync(path) ? 'removed' : this.#known.has(path) ? 'changed' : 'added'
      return { name: relative(this.#programDir, path), how }
    })
  }

  /** A bell that rings at every report of a change from now on, and when `stopped` is aborted. */
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
      /** Waits for the bell, at most for some milliseconds; without end if 0. */
      async within(milliseconds: number): Promise<void> {
        await new Promise<void>((resolve) => {
          const timer = milliseconds === 0 ? undefined : setTimeout(resolve, milliseconds)
          wake = () => {
            clearTimeout(timer)
            // Reports that come one after the other are taken together.
            setTimeout(resolve, settleTime / 2)
          }
          if (hasRung || stopped.aborted) wake()
        })
        cancel()
      },
    }
  }
}
