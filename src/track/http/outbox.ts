/** Sends what a run measured to a server, in the background and in order, so that the run never waits for it. */

/** Milliseconds before items that could not be sent are sent again, and how long the end of a run waits for what is left. */
const [pauses, lastPatience] = [[500, 3_000], 30_000]
/** A server that falls this many items behind is given up. */
const mostWaiting = 200_000

/** A server refused a call for a reason that trying again does not mend. */
export class Refused extends Error {}

export class Outbox<Item> {
  readonly #send: (items: readonly Item[], signal: AbortSignal) => Promise<void>
  readonly #fail: (error: Error) => void
  readonly #most: number
  readonly #stop = new AbortController()
  #waiting: Item[] = []
  #sending: Promise<void> | undefined
  #isOver = false

  /** `send` gets at most `most` items at once, and has to end even if the server does not answer. `fail` is called once: after it, nothing is sent any more. */
  constructor(
    send: (items: readonly Item[], signal: AbortSignal) => Promise<void>,
    fail: (error: Error) => void,
    most: number,
  ) {
    this.#send = send
    this.#fail = fail
    this.#most = most
  }

  add(item: Item): void {
    if (this.#isOver) return
    this.#waiting.push(item)
    if (this.#waiting.length > mostWaiting) this.#giveUp(new Error('the server is too slow'))
    // Items that are added together are sent together.
    else this.#sending ??= Promise.resolve().then(() => this.#work())
  }

  /** Returns when everything that was added is sent, however long that takes, or the server was given up. */
  async sent(): Promise<void> {
    while (this.#sending !== undefined) await this.#sending
  }

  /** Returns when everything is sent, or the server was given up. */
  async close(): Promise<void> {
    const timer = setTimeout(
      () => this.#giveUp(new Error(`${this.#waiting.length} values were not sent in time`)),
      lastPatience,
    )
    await this.sent()
    clearTimeout(timer)
    this.#isOver = true
  }

  async #work(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        const items = this.#waiting.splice(0, this.#most)
        await this.#sendWhole(items)
      }
    } catch (error) {
      this.#giveUp(error instanceof Error ? error : new Error(String(error)))
    } finally {
      this.#sending = undefined
    }
  }

  /** Sends items, and tries again if the server cannot be reached or is out of order. */
  async #sendWhole(items: readonly Item[]): Promise<void> {
    for (const pause of [...pauses, undefined]) {
      try {
        return await this.#send(items, this.#stop.signal)
      } catch (error) {
        if (pause === undefined || error instanceof Refused || this.#stop.signal.aborted) throw error
        await new Promise((done) => setTimeout(done, pause))
      }
    }
  }

  #giveUp(error: Error): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#waiting = []
    this.#stop.abort()
    this.#fail(error)
  }
}
