/** The parameters of a model, in words. */

import type { ModelSpec } from '../model/spec.ts'

/** `1,049,600 parameters`; with a vocabulary that is not known yet, `524,288 parameters and 256 for each token of the vocabulary`. */
export function parametersInWords({ graph }: ModelSpec): string {
  let known = 0
  let perToken = 0
  for (const { shape } of graph.weights) {
    const size = shape.reduce<number>((product, dim) => (typeof dim === 'number' ? product * dim : product), 1)
    if (shape.some((dim) => typeof dim === 'string')) perToken += size
    else known += size
  }
  const words = `${known.toLocaleString('en')} parameters`
  return perToken === 0 ? words : `${words} and ${perToken.toLocaleString('en')} for each token of the vocabulary`
}
