/** The number of parameters of a graph. */

import type { Graph } from '../graph.ts'

export interface ModelSize {
  /** The parameters whose number does not depend on the vocabulary. */
  readonly known: number
  /** The parameters for each token of a vocabulary whose size is not known yet. */
  readonly perToken: number
}

export function modelSize({ weights }: Graph): ModelSize {
  let known = 0
  let perToken = 0
  for (const { shape } of weights) {
    const size = shape.reduce<number>((product, dim) => (typeof dim === 'number' ? product * dim : product), 1)
    if (shape.some((dim) => typeof dim === 'string')) perToken += size
    else known += size
  }
  return { known, perToken }
}
