/** Takes the parts of a stage, and counts those that were there from before. */

import type { Json } from '../../../core/json.ts'
import type { Reused } from '../../../core/report.ts'
import type { Part, Parts } from '../../../core/stage.ts'

export class CountedParts implements Parts {
  readonly #parts: Parts
  #all = 0
  #reused = 0

  constructor(parts: Parts) {
    this.#parts = parts
  }

  async part(content: Json, make: (folder: string) => Promise<Json>): Promise<Part> {
    const part = await this.#parts.part(content, make)
    this.#all++
    if (part.reused) this.#reused++
    return part
  }

  /** What a report says of it; nothing where nothing was there. */
  report(): { readonly reused?: Reused } {
    return this.#reused === 0 ? {} : { reused: { parts: this.#reused, of: this.#all } }
  }
}
