/** Runs `ppo`. */

import type { StageReport } from '../core/artefact.ts'
import type { StageRun } from '../core/kind.ts'
import { type PpoSettings, ppo } from '../train/ppo.ts'
import { runPolicy } from './policy-run.ts'
import type { StageServices } from './services.ts'

export function run(stage: StageRun, services: StageServices): Promise<StageReport> {
  return runPolicy('ppo', stage, services, ppo(stage.params as unknown as PpoSettings))
}
