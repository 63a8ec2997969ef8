/** The failures that a trial of a cluster can find, each with the way out. */

import type { StageFailure } from '../../../core/event.ts'
import type { CommandResult } from '../../../run/executors/slurm/cluster/commands.ts'
import { duration } from '../../../view/format.ts'

/** The exit code of a job that does not see what the machine that submitted it wrote. */
export const notShared = 66

/** Where a job stands, in the words of Slurm. */
export interface JobState {
  /** `UNKNOWN` if Slurm no longer knows the job. */
  readonly state: string
  readonly reason: string
  /** The exit code and the signal: `1:0`. */
  readonly exitCode: string
}

/** The failure of a command of Slurm. */
export function failureOfAnswer(
  answer: Exclude<CommandResult, { readonly type: 'ok' }>,
  command: string,
): StageFailure {
  const { type, message } = answer
  if (type === 'unreachable') {
    return {
      code: 'slurm-unreachable',
      message: `the controller of Slurm does not answer: ${message}`,
      help: 'Try again in a minute. If `sinfo` fails too, ask the administrators of the cluster.',
    }
  }
  if (message.startsWith('there is no command')) {
    return {
      code: 'no-slurm',
      message,
      help: 'Call llmpipe on a login node of the cluster. If there is a module for Slurm, load it first.',
    }
  }
  if (/configuration/i.test(message)) {
    return {
      code: 'no-slurm',
      message: `Slurm is not configured on this machine: ${message}`,
      help: 'Call llmpipe on a login node of the cluster. SLURM_CONF names the configuration if it is not in its usual place.',
    }
  }
  return {
    code: 'slurm-refused',
    message: `${command} refuses: ${message}`,
    help: 'The account, the partition, the QOS and the limits of jobs stand in the site file.',
  }
}

/** The failure of a job that ended without an answer in the store. */
export function failureOfEnd({ state, exitCode }: JobState, output: string, folder: string): StageFailure {
  // Slurm ends a job with 0:53 if it cannot open the output file of the job.
  if (exitCode === `${notShared}:0` || exitCode === '0:53' || exitCode === '0:0') {
    return {
      code: 'store-not-shared',
      message:
        exitCode === '0:0'
          ? `the store is not shared: the job ended, and what it wrote to ${folder} is not here`
          : `the store is not shared: the node does not see what this machine writes to ${folder}`,
      help: 'Name a folder that all nodes see under the same path: --store FOLDER.',
    }
  }
  if (state === 'UNKNOWN') {
    return {
      code: 'job-lost',
      message: 'the job ended without an answer, and Slurm no longer knows it',
      help: 'If this happens again, the store may not be shared: name a folder that all nodes see under the same path: --store FOLDER.',
    }
  }
  const last = output.split('\n').at(-1) ?? ''
  return {
    code: 'job-failed',
    message: `the job ended as ${state} with exit code ${exitCode}${last === '' ? '' : `: ${last}`}`,
    help: 'If `modules` or `prologue` of the site file end the script, correct them; otherwise ask the administrators of the cluster.',
  }
}

/** The failure of a job that has not answered in time. `job` is absent if the controller does not tell. */
export function waitsTooLong(id: string, job: JobState | undefined, patience: number): StageFailure {
  const long = duration(patience)
  if (job === undefined) {
    return {
      code: 'slurm-unreachable',
      message: `the controller of Slurm has not answered for ${long}, since the job was submitted`,
      help: `The job may still be in the queue: cancel it later with \`scancel ${id}\`.`,
    }
  }
  if (job.state === 'PENDING') {
    const reason = job.reason === '' || job.reason === 'None' ? '' : ` (${job.reason})`
    return {
      code: 'job-waits',
      message: `it waited in the queue for ${long}${reason} and was canceled`,
      help: `Nothing is known about the nodes. Wait longer with --wait, or name another partition in the site file.${meaning(job.reason)}`,
    }
  }
  return {
    code: 'job-slow',
    message: `it is ${job.state}, has not answered for ${long}, and was canceled`,
    help: 'A file system of the node may hang, or a line of `prologue` in the site file may wait. Wait longer with --wait.',
  }
}

/** The meaning of a reason of Slurm, where it is not obvious; empty otherwise. */
function meaning(reason: string): string {
  if (reason.startsWith('QOS') || reason.startsWith('Assoc'))
    return ` ${reason}: your account or its QOS has reached a limit.`
  if (reason === 'PartitionDown' || reason === 'PartitionInactive') return ' No job starts in this partition.'
  if (reason === 'ReqNodeNotAvail,') return ' The nodes are down or reserved, perhaps for maintenance.'
  return ''
}
