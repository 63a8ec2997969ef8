/** The tensors of a GGUF file under their names in transformers, with their rows in that order. */

import type { Layout } from '../hugging-face/layout.ts'
import type { TensorSource } from '../hugging-face/tensor-folder.ts'
import { transpose } from '../hugging-face/their-tensor.ts'
import type { StoredTensor } from '../weights/safetensors.ts'
import type { GgufFile } from './file.ts'
import type { Difference, GgufLayout } from './layout.ts'
import { ggufName, interleaved } from './names.ts'
import { factorsName } from './scaling.ts'

interface Place {
  readonly name: string
  readonly difference: Difference | undefined
  /** It is this part along the first axis: the matrix of one expert. */
  readonly part?: number
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
  #stacked: { readonly name: string; readonly tensor: StoredTensor } | undefined

  /** `wanted`: the names of the model's tensors in transformers. Tensors of the file without such a name keep their own. */
  constructor(file: GgufFile, layout: GgufLayout, wanted: Iterable<string>, heads: Heads) {
    this.#file = file
    this.#heads = heads
    const left = new Set(file.entries.keys())
    const stacked = new Set<string>()
    for (const name of wanted) {
      const place = ggufName(layout, name)
      if (place === undefined) continue
      const isThere = left.delete(place.name) || (place.part !== undefined && stacked.has(place.name))
      if (place.part !== undefined && isThere) stacked.add(place.name)
      if (isThere) this.#places.set(name, place)
    }
    // They are part of the description of the model.
    left.delete(factorsName)
    for (const name of left) this.#places.set(name, { name, difference: undefined })
  }

  get size(): number {
    return this.#places.size
  }

  find(name: string): string | undefined {
    return this.#places.has(name) ? name : undefined
  }

  entry(name: string): { readonly shape: readonly number[]; readonly dtype: string } {
    const { name: theirs, difference, part } = this.#places.get(name)!
    const { shape, type } = this.#file.entries.get(theirs)!
    if (difference === 'one row') return { shape: [1, ...shape], dtype: type }
    const own = part === undefined ? shape : shape.slice(1)
    return { shape: difference === 'transposed' ? own.toReversed() : own, dtype: type }
  }

  read(name: string): StoredTensor {
    const { name: theirs, difference, part } = this.#places.get(name)!
    if (part !== undefined) return this.#partOf(theirs, part)
    const tensor = this.#file.read(theirs)
    if (difference === undefined) return tensor
    if (difference === 'one row') return { ...tensor, shape: [1, ...tensor.shape] }
    if (difference === 'transposed') return transpose(tensor)
    if (difference === 'one more') return { ...tensor, data: tensor.data.map((gain) => gain - 1) }
    return interleaved(tensor, difference === 'query rows' ? this.#heads.query : this.#heads.key, true)
  }

  /** The matrix of one expert. The tensor of all is kept until another is read, since that of each expert is asked for in turn. */
  #partOf(name: string, part: number): StoredTensor {
    if (this.#stacked?.name !== name) this.#stacked = { name, tensor: this.#file.read(name) }
    const { shape, data } = this.#stacked.tensor
    const size = data.length / shape[0]!
    return { shape: shape.slice(1), data: data.slice(part * size, (part + 1) * size) }
  }

  unplaced(used: ReadonlySet<string>, { buffers }: Layout): { buffers: string[]; others: string[] } {
    const left = [...this.#places.keys()].filter((name) => !used.has(name))
    return { buffers: left.filter((name) => buffers.test(name)), others: left.filter((name) => !buffers.test(name)) }
  }

  close(): void {
    this.#file.close()
  }
}
