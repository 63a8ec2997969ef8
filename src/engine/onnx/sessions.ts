/** Sessions of ONNX Runtime for one model. */

import type { InferenceSession } from 'onnxruntime-node'
import { Spinning } from './spinning.ts'

/**
 * A session that is replaced when its threads are to wait in another way (see Spinning). There is one at a time, since each holds the memory
 * of a run.
 */
export class Sessions {
  readonly #create: (spins: boolean) => Promise<InferenceSession>
  readonly #adapts: boolean
  readonly #spinning = new Spinning()
  #session: InferenceSession
  #spins = true
  #running = 0

  private constructor(
    create: (spins: boolean) => Promise<InferenceSession>,
    session: InferenceSession,
    adapts: boolean,
  ) {
    this.#create = create
    this.#session = session
    this.#adapts = adapts
  }

  static async start(create: (spins: boolean) => Promise<InferenceSession>, adapts: boolean): Promise<Sessions> {
    return new Sessions(create, await create(true), adapts)
  }

  async run(
    feeds: InferenceSession.FeedsType,
    fetches: InferenceSession.NullableOnnxValueMapType,
  ): Promise<InferenceSession.OnnxValueMapType> {
    if (!this.#adapts) return this.#session.run(feeds, fetches)
    const before = performance.now()
    if (this.#spins !== this.#spinning.spins && this.#running === 0) {
      this.#spins = this.#spinning.spins
      await this.#session.release()
      this.#session = await this.#create(this.#spins)
    }
    const begin = performance.now()
    this.#running++
    try {
      const results = await this.#session.run(feeds, fetches)
      if (this.#running === 1 && this.#spins === this.#spinning.spins)
        this.#spinning.note(performance.now() - begin, begin - before)
      return results
    } finally {
      this.#running--
    }
  }

  release(): Promise<void> {
    return this.#session.release()
  }
}
