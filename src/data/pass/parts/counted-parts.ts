/** Counts how many parts of a stage were kept by earlier runs. */

import type { Part, Parts } from '../../../core/kind/stage.ts'
import type { Reused } from '../../../core/report.ts'
import type { Json } from '../../../core/values/json.ts'

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

  /** The member `reused` of a report; `{}` if all parts were made now. */
  report(): { readonly reused?: Reused } {
    return this.#reused === 0 ? {} : { reused: { parts: this.#reused, of: this.#all } }
  }
}
