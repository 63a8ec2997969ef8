/** The graphs of losses, heads and adapters print as they did: other graphs would give other bytes of weights. */

import { test } from 'vitest'
import { withPast } from '../../../src/model/attention/past.ts'
import { withSegments } from '../../../src/model/attention/segments.ts'
import { bind } from '../../../src/model/bind.ts'
import { differentiate } from '../../../src/model/gradients/differentiate.ts'
import type { Graph } from '../../../src/model/graph.ts'
import { printGraph } from '../../../src/model/print.ts'
import { rewardInit, valueInit, withLogitsAt, withOutputs, withScalarHead } from '../../../src/model/training/heads.ts'
import { withLogProbabilities } from '../../../src/model/training/log-probabilities.ts'
import { withLora } from '../../../src/model/training/lora.ts'
import { withCrossEntropy } from '../../../src/model/training/loss.ts'
import { withGrpoLoss, withPpoLoss } from '../../../src/train/loops/policy/loss.ts'
import { withImplicitRewards, withPreferenceLoss, withScoresAtLast } from '../../../src/train/loops/preference-loss.ts'
import { expectGolden } from '../../golden-text.ts'
import { architecture } from '../../model/architecture.ts'
import { freely } from '../free-model.ts'

const [rows, time, vocab] = [2, 4, 5]
const free = freely(rows, time, vocab)
const llama = withSegments(
  bind(architecture('llama', { vocab, dim: 8, layers: 1, heads: 2, kv_heads: 1, context: 4 }).graph, {
    batch: rows,
    time,
  }),
)
const gpt2 = bind(architecture('gpt2', { vocab, dim: 8, layers: 1, heads: 2, context: 4 }).graph, { batch: rows, time })
const clipped = { temperature: 0.7, clip: 0.2, entropy_weight: 0.01 }
const choices = { choices: 3, options: 2, centring: 0.01 }
const reward = withOutputs(withScalarHead(llama, 'reward', rewardInit), ['reward'])

const graphs: Readonly<Record<string, Graph>> = {
  'cross entropy': differentiate(withCrossEntropy(free)),
  'log-probabilities': withLogProbabilities(free),
  ppo: differentiate(withPpoLoss(free, { ...clipped, value_clip: 0.2, value_weight: 0.1 })),
  'ppo at temperature 1': withPpoLoss(free, {
    ...{ temperature: 1, clip: 0.2, entropy_weight: 0 },
    ...{ value_clip: 0.2, value_weight: 1 },
  }),
  grpo: differentiate(withGrpoLoss(free, { ...clipped, beta: 0.04 })),
  'grpo without divergence': withGrpoLoss(free, { temperature: 1, clip: 0.2, entropy_weight: 0, beta: 0 }),
  dpo: differentiate(withPreferenceLoss(withImplicitRewards(free, 3, 0.1), { ...choices, centring: 0 })),
  'reward model': differentiate(withPreferenceLoss(withScoresAtLast(reward, 3), choices)),
  'value head': withScalarHead(gpt2, 'value', valueInit),
  adapter: differentiate(withCrossEntropy(withLora(llama, { rank: 2, alpha: 4, targets: ['q', 'down'] }))),
  'sums over batches': differentiate(withCrossEntropy(gpt2), 'loss', () => true, true),
  'one more token': withPast(withLogitsAt(bind(gpt2, {})), 6),
}

test.each(Object.entries(graphs))('%s', (name, graph) => {
  expectGolden(`test/train/golden/graphs/${name.replaceAll(' ', '-')}.txt`, printGraph(graph))
})
