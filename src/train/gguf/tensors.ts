/** The tensors of a GGUF file under their names in transformers, with their rows in that order. */

import type { Layout } from '../hugging-face/layouts.ts'
import type { TensorSource } from '../hugging-face/tensor-folder.ts'
import { transpose } from '../hugging-face/write.ts'
import type { StoredTensor } from '../weights/safetensors.ts'
import type { GgufFile } from './file.ts'
import { type Difference, type GgufLayout, ggufName, interleaved } from './names.ts'

interface Place {
  readonly name: string
  readonly difference: Difference | undefined
}

/** The heads of queries, and of keys. */
export interface Heads {
  readonly query: number
  readonly key: number
}

export class GgufTensors implements TensorSource {
  readonly notes: readonly string[] = []
  readonly #file: GgufFile
  readonly #heads: Heads
  readonly #places = new Map<string, Place>()

  /** `wanted`: the names of the model's tensors in transformers. Tensors of the file without such a name keep their own. */
  constructor(file: GgufFile, layout: GgufLayout, wanted: Iterable<string>, heads: Heads) {
    this.#file = file
    this.#heads = heads
    const left = new Set(file.entries.keys())
    for (const name of wanted) {
      const place = ggufName(layout, name)
      if (place !== undefined && left.delete(place.name)) this.#places.set(name, place)
    }
    for (const name of left) this.#places.set(name, { name, difference: undefined })
  }

  get size(): number {
    return this.#places.size
  }

  find(name: string): string | undefined {
    return this.#places.has(name) ? name : undefined
  }

  entry(name: string): { readonly shape: readonly number[]; readonly dtype: string } {
    const { name: theirs, difference } = this.#places.get(name)!
    const { shape, type } = this.#file.entries.get(theirs)!
    return { shape: difference === 'transposed' ? shape.toReversed() : shape, dtype: type }
  }

  read(name: string): StoredTensor {
    const { name: theirs, difference } = this.#places.get(name)!
    const tensor = this.#file.read(theirs)
    if (difference === undefined) return tensor
    if (difference === 'transposed') return transpose(tensor)
    return interleaved(tensor, difference === 'query rows' ? this.#heads.query : this.#heads.key, true)
  }

  unplaced(used: ReadonlySet<string>, { buffers }: Layout): { buffers: string[]; others: string[] } {
    const left = [...this.#places.keys()].filter((name) => !used.has(name))
    return { buffers: left.filter((name) => buffers.test(name)), others: left.filter((name) => !buffers.test(name)) }
  }

  close(): void {
    this.#file.close()
  }
}
