/** Runs `grpo`. */

import { grpo } from '../../train/loops/grpo.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { runPolicy } from './policy-run.ts'

export const run: RunOf<typeof import('./grpo.ts').grpo> = (stage, services) =>
  runPolicy('grpo', stage, services, grpo(stage.settings))
