/** Settings of PPO and GRPO for tests. */

import type { GrpoSettings } from '../../../src/train/loops/grpo.ts'
import type { PpoSettings } from '../../../src/train/loops/ppo.ts'

export const ppoSettings: PpoSettings = {
  temperature: 1,
  clip: 0.2,
  entropy_weight: 0,
  value_clip: 0.2,
  value_weight: 0.1,
  kl: { call: 'adaptive', target: 6, start: 0.2, horizon: 10_000 },
  gae: { gamma: 1, lambda: 0.95 },
  missing_end_penalty: 1,
  whiten_rewards: false,
}
export const grpoSettings: GrpoSettings = {
  temperature: 1,
  clip: 0.2,
  entropy_weight: 0,
  responses: 4,
  beta: 0.04,
  scale_rewards: true,
  weigh: 'responses',
  missing_end_penalty: 1,
}
