/** Lets the loop of a run sleep until something happened. A ring while the loop is awake is not lost. */

/** How long killed stages may take to end, in milliseconds. */
const killTime = 2_000

export class Bell {
  #rang = false
  #wake = () => {}

  /** Something happened that the loop has to look at. */
  ring(): void {
    this.#rang = true
    this.#wake()
  }

  /** Whether it rang since rings were last forgotten. */
  get rang(): boolean {
    return this.#rang
  }

  /** Forgets earlier rings. */
  forget(): void {
    this.#rang = false
  }

  /**
   * Sleeps until it rings, or for at most `atMost` milliseconds. Resolves to false when `hard` was aborted and nothing happened for `killTime`: the
   * loop then gives up on killed stages.
   */
  async sleep(hard: AbortSignal, atMost: number | undefined): Promise<boolean> {
    if (this.#rang) return true
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const giveUp = () => {
        clearTimeout(timer)
        timer = setTimeout(() => resolve(false), killTime)
      }
      if (hard.aborted) giveUp()
      else {
        hard.addEventListener('abort', giveUp, { once: true })
        if (atMost !== undefined) timer = setTimeout(() => resolve(true), atMost)
      }
      this.#wake = () => {
        clearTimeout(timer)
        hard.removeEventListener('abort', giveUp)
        resolve(true)
      }
    })
  }
}
