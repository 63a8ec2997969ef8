/** Runs `grpo`. */

import type { StageReport } from '../../core/report.ts'
import type { StageRun } from '../../core/stage.ts'
import { type GrpoSettings, grpo } from '../../train/loops/grpo.ts'
import type { StageServices } from '../shared/services.ts'
import { runPolicy } from './policy-run.ts'

export function run(stage: StageRun, services: StageServices): Promise<StageReport> {
  return runPolicy('grpo', stage, services, grpo(stage.params as unknown as GrpoSettings))
}
