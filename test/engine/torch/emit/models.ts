/** The standard models and all objectives that loops compile, as graphs; and feeds for them. */

import type { Tensors } from '../../../../src/engine/engine.ts'
import { withPast } from '../../../../src/model/attention/past.ts'
import { withSegments } from '../../../../src/model/attention/segments.ts'
import type { Graph } from '../../../../src/model/graph.ts'
import { numeric } from '../../../../src/model/shape.ts'
import { withLogitsAt, withOutputs, withScalarHead } from '../../../../src/model/training/heads.ts'
import { withLogProbabilities } from '../../../../src/model/training/log-probabilities.ts'
import { withLora } from '../../../../src/model/training/lora.ts'
import { withCrossEntropy } from '../../../../src/model/training/loss.ts'
import { withGrpoLoss, withPpoLoss } from '../../../../src/train/loops/policy/loss.ts'
import {
  withImplicitRewards,
  withPreferenceLoss,
  withScoresAtLast,
} from '../../../../src/train/loops/preference-loss.ts'
import { feedsOf } from '../../feeds.ts'
import { architecture } from '../../stdlib.ts'

const size = { vocab: 11, dim: 16, layers: 2, heads: 4, context: 7 }
const batch = { batch: 3, time: 7 }
const gpt2 = (more: Readonly<Record<string, number | boolean>> = {}) =>
  architecture('gpt2', { ...size, ...more }, batch)
const llama = (more: Readonly<Record<string, number | boolean>> = {}) =>
  architecture('llama', { ...size, kv_heads: 2, ...more }, batch)

const clipped = { temperature: 0.7, clip: 0.2, entropy_weight: 0.01 }
const responses = 4
const pairs = { choices: 2, options: 3, centring: 0.01 }
const head = (model: Graph, name: string) =>
  withScalarHead(model, name, (dim) => ({ type: 'normal', deviation: 1 / dim }))

export const graphs: Readonly<Record<string, Graph>> = {
  gpt2: gpt2(),
  'gpt2, its loss': withCrossEntropy(gpt2()),
  'gpt2 without biases, its loss': withCrossEntropy(gpt2({ bias: false })),
  'gpt2 with dropout, its loss': withCrossEntropy(gpt2({ dropout: 0.25 })),
  'gpt2 of one layer, packed, its loss': withCrossEntropy(withSegments(gpt2({ layers: 1 }))),
  llama: llama(),
  'llama, its loss': withCrossEntropy(llama()),
  'llama with tied tables, packed, its loss': withCrossEntropy(withSegments(llama({ tied: true }))),
  'llama with LoRA, packed, its loss': withCrossEntropy(
    withLora(withSegments(llama()), { rank: 2, alpha: 4, targets: ['q', 'v'] }),
  ),
  'gpt2 with LoRA everywhere, its loss': withCrossEntropy(
    withLora(gpt2(), { rank: 2, alpha: 4, targets: ['all_linear'] }),
  ),
  'log-probabilities of llama at a temperature': withLogProbabilities(withSegments(llama())),
  'logits of llama, and log-probabilities': withLogProbabilities(llama(), ['logits']),
  'the objective of DPO': withPreferenceLoss(withImplicitRewards(withSegments(llama()), responses, 0.1), pairs),
  'the objective of a reward model': withPreferenceLoss(
    withScoresAtLast(withOutputs(head(withSegments(llama()), 'reward'), ['reward']), responses),
    pairs,
  ),
  'the objective of PPO': withPpoLoss(head(withSegments(llama()), 'value'), {
    ...clipped,
    value_clip: 0.2,
    value_weight: 0.5,
  }),
  'the objective of GRPO': withGrpoLoss(withSegments(gpt2()), { ...clipped, beta: 0.04 }),
  'gpt2 that reads a prompt': withPast(withLogitsAt(gpt2()), 0),
  'llama that writes a token': withPast(
    withLogitsAt(architecture('llama', { ...size, kv_heads: 2 }, { batch: 3, time: 1 })),
    6,
  ),
}

/** Ids of places and of responses are within their tables. */
export function feedsFor(graph: Graph): Tensors {
  const feeds = feedsOf(graph, size.vocab)
  const below: Readonly<Record<string, number>> = {
    positions: size.context,
    segments: 2,
    options: responses,
    chosen: 1,
    places: graph.inputs.places === undefined ? 1 : numeric(graph.nodes[graph.inputs.tokens!]!.shape[1]!) * batch.batch,
    last: batch.batch * batch.time,
  }
  for (const [name, limit] of Object.entries(below)) {
    const data = feeds[name]?.data
    if (data !== undefined) data.set(data.map((id) => id % limit))
  }
  // Random bits may all be 0; then nothing would have a gradient.
  feeds.shares?.data.set(feeds.shares.data.map((_, i) => 1 / (i + 2)))
  return feeds
}
