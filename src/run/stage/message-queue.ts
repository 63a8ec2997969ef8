/** Messages that are pushed by one side and iterated over by the other. */

import type { StageMessage } from './job.ts'

export class MessageQueue implements AsyncIterable<StageMessage> {
  #messages: StageMessage[] = []
  #hasEnded = false
  #wake = () => {}

  push(message: StageMessage): void {
    this.#messages.push(message)
    this.#wake()
  }

  /** No message follows. */
  end(): void {
    this.#hasEnded = true
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<StageMessage> {
    for (;;) {
      const messages = this.#messages
      this.#messages = []
      yield* messages
      if (this.#messages.length > 0) continue
      if (this.#hasEnded) return
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}
