/** Names of tensors in GGUF, and the order of their rows there. */

import type { StoredTensor } from '../weights/safetensors.ts'
import type { Difference, GgufLayout } from './layout.ts'

/**
 * The name in GGUF of a tensor of transformers, its difference, and its index if it is one of several that GGUF has as one, those of experts;
 * `undefined` if GGUF has no such tensor.
 */
export function ggufName(
  { names, differences }: Pick<GgufLayout, 'names' | 'differences'>,
  theirs: string,
): { readonly name: string; readonly difference: Difference | undefined; readonly part?: number } | undefined {
  const expert = /\.experts\.(\d+)\./.exec(theirs)
  if (expert !== null) {
    const place = ggufName({ names, differences }, theirs.replace(expert[0], '.experts.'))
    return place && { ...place, part: Number(expert[1]) }
  }
  const number = /\.(\d+)\./.exec(theirs)?.[1]
  const general = number === undefined ? theirs : theirs.replace(/\.\d+\./, '.N.')
  const name = Object.hasOwn(names, general) ? names[general] : undefined
  if (name === undefined) return undefined
  return { name: number === undefined ? name : name.replace('.N.', `.${number}.`), difference: differences[general] }
}

/**
 * The rows of queries or keys in the order of llama.cpp: within a head, the two halves alternate. With `back`, in the order of
 * transformers.
 */
export function interleaved({ shape, data }: StoredTensor, heads: number, back: boolean): StoredTensor {
  // A bias has one number in each row.
  const [rows = 0, columns = 1] = shape
  const half = rows / heads / 2
  const out = new Float32Array(data.length)
  for (let head = 0; head < heads; head++)
    for (let part = 0; part < 2; part++)
      for (let i = 0; i < half; i++) {
        const apart = (2 * head + part) * half + i
        const beside = 2 * (head * half + i) + part
        const [from, to] = back ? [beside, apart] : [apart, beside]
        out.set(data.subarray(from * columns, (from + 1) * columns), to * columns)
      }
  return { shape, data: out }
}
