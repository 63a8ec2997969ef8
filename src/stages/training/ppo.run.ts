/** Runs `ppo`. */

import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import { type PpoSettings, ppo } from '../../train/loops/ppo.ts'
import type { StageServices } from '../shared/services.ts'
import { runPolicy } from './policy-run.ts'

export function run(stage: StageRun, services: StageServices): Promise<StageReport> {
  return runPolicy('ppo', stage, services, ppo(stage.params as unknown as PpoSettings))
}
