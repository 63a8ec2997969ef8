/** The failure of a stage whose job Slurm refuses: its reason, and the request, which the reason of Slurm does not name. */

import type { StageFailure } from '../../../../core/event.ts'
import { fitsAny, overhead, type Submission, sbatchArguments } from './submit.ts'

/** The options of `sbatch` that ask for something which a cluster may not have or not allow. */
const asking =
  /^--(nodes|cpus-per-task|mem|time|gres|gpus|gpus-per-node|partition|account|qos|constraint|exclude)=|^-[^-]/

/** `message`: the error of `sbatch`. */
export function refused(message: string, submission: Submission): StageFailure {
  const request = sbatchArguments(submission).filter((argument) => asking.test(argument))
  const { site, work } = submission
  return {
    code: 'cannot-start',
    message: `sbatch refused the job of the stage: ${message}`,
    detail: `the request: ${request.join(' ')}\n--mem is the \`memory\` of the stage and ${overhead} MiB for llmpipe`,
    help: fitsAny(site, work)
      ? 'llmpipe.site.json names the account, partition, QOS and limits of your cluster; sinfo lists what there is.'
      : 'No partition in llmpipe.site.json has room for the stage: their `memory` and `gpus` say what stages they get (without `gpus`, none with GPUs).',
  }
}
