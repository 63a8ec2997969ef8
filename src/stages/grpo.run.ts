/** Runs `grpo`. */

import type { StageReport } from '../core/artefact.ts'
import type { StageRun } from '../core/kind.ts'
import { type GrpoSettings, grpo } from '../train/grpo.ts'
import { runPolicy } from './policy-run.ts'
import type { StageServices } from './services.ts'

export function run(stage: StageRun, services: StageServices): Promise<StageReport> {
  return runPolicy('grpo', stage, services, grpo(stage.params as unknown as GrpoSettings))
}
