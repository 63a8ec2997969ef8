/** The parameters of a model, in words. */

import { modelSize } from '../model/estimates/size.ts'
import type { ModelSpec } from '../model/spec.ts'

/** `1,049,600 parameters`; with a vocabulary that is not known yet, `524,288 parameters and 256 for each token of the vocabulary`. */
export function parametersInWords({ graph }: ModelSpec): string {
  const { known, perToken } = modelSize(graph)
  const words = `${known.toLocaleString('en')} parameters`
  return perToken === 0 ? words : `${words} and ${perToken.toLocaleString('en')} for each token of the vocabulary`
}
