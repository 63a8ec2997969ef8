/** Averages of weights. */

import { StageError } from '../../core/failure.ts'
import type { Tensor, Tensors } from '../../engine/engine.ts'

export interface AveragedPart {
  /** For messages. */
  readonly name: string
  readonly share: number
  load(): Tensors
}

/**
 * Σ share · w for each number, summed in double precision in the order of the parts. Each part is loaded when it is added, so that memory
 * holds one of them and the sums. Throws a StageError if a part has other weights than the first.
 */
export function averaged(parts: readonly AveragedPart[]): Tensors {
  const sums = new Map<string, { readonly shape: readonly number[]; readonly sum: Float64Array }>()
  for (const [i, { name: part, share, load }] of parts.entries()) {
    const tensors = load()
    for (const [name, { shape, data }] of Object.entries(tensors)) {
      const known = sums.get(name)
      if (i > 0 && known?.shape.join() !== shape.join()) throw otherModel(part, name)
      const sum = known?.sum ?? new Float64Array(data.length)
      for (let at = 0; at < data.length; at++) sum[at]! += share * data[at]!
      sums.set(name, { shape, sum })
    }
    const missing = [...sums.keys()].find((name) => tensors[name] === undefined)
    if (missing !== undefined) throw otherModel(part, missing)
  }
  return Object.fromEntries(
    [...sums].map(([name, { shape, sum }]): [string, Tensor] => [
      name,
      { dtype: 'float32', shape, data: Float32Array.from(sum) },
    ]),
  )
}

function otherModel(part: string, weight: string): StageError {
  return new StageError(
    'weights-misfit',
    `${part} has not the same ${weight} as the first weights`,
    'Average trainings of one model.',
  )
}
