/** Requests to a remote: how many at a time, how often each is tried, and when the remote is no longer used. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { OpenableRemote } from './address.ts'
import { limiter } from './limiter.ts'
import { type Remote, RemoteError } from './remote.ts'

export type Way = 'pull' | 'push'

/** How many files are pulled, and pushed, at a time. */
const atOnce: Readonly<Record<Way, number>> = { pull: 8, push: 4 }
/** How often a request is tried that may succeed the next time. */
const mostTries = 3
/** The pause before the second try, in milliseconds. Each later pause is twice as long as the one before. */
const firstPause = 300
/** After this many failures in a row, the remote is no longer used. */
const mostFailures = 3

export class Requests {
  readonly #at: OpenableRemote
  readonly #silence: number
  readonly #limits = { pull: limiter(atOnce.pull), push: limiter(atOnce.push) }
  readonly #isOff = { pull: false, push: false }
  #remote: Promise<Remote> | undefined
  #failuresInARow = 0
  /** Called once, when the remote is no longer used. */
  onTrouble: (message: string) => void = () => {}

  /** `silence`: how long the remote may be silent, in milliseconds. */
  constructor(at: OpenableRemote, silence: number) {
    this.#at = at
    this.#silence = silence
  }

  /** Whether the remote is no longer used that way in this process. */
  isOff(way: Way): boolean {
    return this.#isOff[way]
  }

  /** Sends a request, and tries again if that may help. Throws a RemoteError if the remote fails or is no longer used. */
  send<T>(way: Way, act: (remote: Remote) => Promise<T>): Promise<T> {
    return this.#limits[way](() => this.#try(way, act))
  }

  /** Decides what follows from an error: the remote may no longer be used. Returns the problem to report for the stage, if there is one. */
  explain(error: unknown, way: Way): string | undefined {
    const { message } = error as Error
    if (!(error instanceof RemoteError)) return message
    // Reported once, below.
    if (this.#isOff[way]) return undefined
    const isGone = error.kind === 'unreachable' || ++this.#failuresInARow >= mostFailures
    if (!isGone && error.kind === 'passing') return message
    this.#isOff.push = true
    if (isGone || way === 'pull') this.#isOff.pull = true
    const what = this.#isOff.pull ? 'it is no longer used' : 'nothing more is pushed'
    this.onTrouble(`remote cache ${this.#at.address}: ${message}; ${what}`)
    return undefined
  }

  /** Ends the requests under way. */
  async close(): Promise<void> {
    this.#isOff.pull = true
    this.#isOff.push = true
    ;(await this.#remote?.catch(() => undefined))?.close()
  }

  async #try<T>(way: Way, act: (remote: Remote) => Promise<T>): Promise<T> {
    for (let tried = 1; ; tried++) {
      if (this.#isOff[way]) throw new RemoteError('passing', 'the remote cache is no longer used')
      try {
        this.#remote ??= this.#at.open({ silence: this.#silence })
        const done = await act(await this.#remote)
        this.#failuresInARow = 0
        return done
      } catch (error) {
        if (!(error instanceof RemoteError) || error.kind !== 'passing' || tried === mostTries) throw error
        await sleep(firstPause * 2 ** (tried - 1))
      }
    }
  }
}
