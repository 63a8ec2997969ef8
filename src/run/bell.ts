/** Lets the loop of a run sleep until something happened. What rings while nobody sleeps is not lost. */

/** How long killed stages may take to be gone, in milliseconds. */
const DYING = 2_000

export class Bell {
  #rang = false
  #wake = () => {}

  /** Something happened that the loop has to look at. */
  ring(): void {
    this.#rang = true
    this.#wake()
  }

  /** Whether it rang since it was last heard. */
  get rang(): boolean {
    return this.#rang
  }

  /** From here on only what rings later counts. */
  hear(): void {
    this.#rang = false
  }

  /**
   * Sleeps until it rings, or for at most `atMost` milliseconds; false when `hard` was aborted and nothing happened for so long that
   * killed stages are given up on.
   */
  async sleep(hard: AbortSignal, atMost: number | undefined): Promise<boolean> {
    if (this.#rang) return true
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined
      const giveUp = () => {
        clearTimeout(timer)
        timer = setTimeout(() => resolve(false), DYING)
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
