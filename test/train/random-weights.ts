/** The weights of a model as training begins with them, a few times larger so that its logits differ. */

import type { Tensor } from '../../src/engine/engine.ts'
import { spanOf } from '../../src/engine/training-session.ts'
import { bind } from '../../src/model/bind.ts'
import type { ModelSpec } from '../../src/model/spec.ts'
import { initialize } from '../../src/train/weights/initialize.ts'
import { layOut, views } from '../../src/train/weights/parameters.ts'

export function randomWeights(model: ModelSpec, vocab: number, seed = 1, scale = 4): Record<string, Tensor> {
  const { weights } = bind(model.graph, { batch: 1, time: 1, vocab })
  const slots = layOut(weights)
  const flat = new Float32Array(spanOf(slots))
  initialize(weights, slots, flat, seed)
  return views(
    slots,
    flat.map((x) => x * scale),
  )
}
