/** Runs `ppo`. */

import { ppo } from '../../train/loops/ppo.ts'
import type { RunOf } from '../shared/define-kind.ts'
import { runPolicy } from './policy-run.ts'

export const run: RunOf<typeof import('./ppo.ts').ppo> = (stage, services) =>
  runPolicy('ppo', stage, services, ppo(stage.settings))
