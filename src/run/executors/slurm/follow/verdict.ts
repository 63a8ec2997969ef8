/**
 * The verdict on a job that left no result. A result in `end.json` always counts first; then what the queue and the accounting say; a job that neither
 * lists is neither done nor failed.
 */

import type { StageFailure } from '../../../../core/event.ts'
import type { Accounted } from '../cluster/accounting.ts'
import { hasEnded, type Listed } from '../cluster/queue.ts'

export type Verdict =
  /** It ended before it was done for a reason outside of the stage: another job follows. */
  | {
      readonly type: 'displaced'
      readonly message: string
      readonly cause: 'time-limit' | 'cluster'
      /** A node on which the stage must not run again. */
      readonly badNode?: string
      /** The last lines that it printed, if they may tell why. */
      readonly detail?: string
    }
  | { readonly type: 'failed'; readonly error: StageFailure }

/** The evidence about a job that has ended and left no result. */
export interface Evidence {
  readonly id: string
  readonly listed: Listed | 'absent'
  /** `undefined` if there is no accounting. */
  readonly accounted?: Accounted | undefined
  /** The last lines that it printed. */
  readonly output: readonly string[]
  /** The store, if not even the file for the output of the script was made there. */
  readonly withoutTrace?: string
  /** The bytes of memory that the stage declares. */
  readonly declared: number
  /** The stage is of a kind without the setting `memory`. */
  readonly hasFixedMemory?: boolean
}

/** The verdict on a job that has ended and left no result. */
export function verdictOn({
  id,
  listed,
  accounted,
  output,
  withoutTrace,
  declared,
  hasFixedMemory,
}: Evidence): Verdict {
  const detail = output.length === 0 ? {} : { detail: output.join('\n') }
  const job = mostExact(listed, accounted)
  if (job === undefined)
    return {
      type: 'displaced',
      message: `slurm job ${id} is no longer in the queue, its node is silent, and it left no result; another job continues`,
      // Its stage or its script may be what ended it, so there is a limit.
      cause: 'time-limit',
      ...detail,
    }
  const { state, node } = job
  const on = node === '' ? '' : ` on ${node}`
  switch (state) {
    case 'PREEMPTED':
      return { type: 'displaced', message: `slurm job ${id} was preempted; another job continues`, cause: 'cluster' }
    case 'TIMEOUT': {
      const limit = accounted?.limit === undefined ? '' : ` (${accounted.limit})`
      return {
        type: 'displaced',
        message: `slurm job ${id} reached its time limit${limit} before it had saved its work; another job continues. A longer \`grace\` or \`time\` in the site file gives it the time to save`,
        cause: 'time-limit',
      }
    }
    case 'NODE_FAIL':
    case 'BOOT_FAIL':
      return {
        type: 'displaced',
        message: `slurm job ${id} lost its node${on} (${state}); another job continues elsewhere`,
        cause: 'cluster',
        ...(node === '' ? {} : { badNode: node }),
      }
    case 'OUT_OF_MEMORY':
      return failed({ ...outOfMemory(id, on, declared, accounted?.memory, hasFixedMemory), ...detail })
    case 'CANCELLED':
      return failed(canceled(id))
    case 'DEADLINE':
    case 'REVOKED':
      return failed({
        code: 'killed',
        message: `slurm job ${id} was removed by the cluster (${state})`,
        help: 'What it saved is kept: run again to continue.',
        ...detail,
      })
    default: {
      if (withoutTrace !== undefined)
        return failed({
          code: 'crashed',
          message: `slurm job ${id} ended${on} (${state}), and not even the file for its output was made in ${withoutTrace}: its node does not seem to see that folder`,
          help: 'The store has to be the same folder on this machine and on the nodes: name one on a shared file system with --store. `llmpipe doctor --executor slurm` checks it.',
        })
      const used = accounted?.memory === undefined ? '' : `, having used ${mebibytes(accounted.memory)} of memory`
      return failed({
        code: 'crashed',
        message: `slurm job ${id} ended${on} (${state})${used}, and left no result`,
        help: `${output.length === 0 ? 'Its script printed nothing.' : 'What its script printed is above.'} \`llmpipe doctor --executor slurm\` checks that nodes have llmpipe and see the store.`,
        ...detail,
      })
    }
  }
}

/** The states in which the accounting knows more than a queue that says FAILED or nothing. */
const reasons: ReadonlySet<string> = new Set(['OUT_OF_MEMORY', 'TIMEOUT', 'NODE_FAIL', 'BOOT_FAIL', 'PREEMPTED'])

/** The state and node of a job; `undefined` if nobody knows that it has ended. The accounting is often late, so it counts only once it has an end. */
function mostExact(
  listed: Listed | 'absent',
  accounted: Accounted | undefined,
): { readonly state: string; readonly node: string } | undefined {
  const recorded = accounted !== undefined && hasEnded(accounted) ? accounted : undefined
  if (listed === 'absent') return recorded
  if (recorded === undefined || !reasons.has(recorded.state) || reasons.has(listed.state)) return listed
  return { state: recorded.state, node: recorded.node === '' ? listed.node : recorded.node }
}

function outOfMemory(
  id: string,
  on: string,
  declared: number,
  used: number | undefined,
  isFixed = false,
): StageFailure {
  const found = used === undefined ? '' : `, and used ${mebibytes(used)}`
  // Twice as much is a guess that costs little: what is not needed can be lowered later.
  const next = mebibytes(2 * Math.max(declared, used ?? 0))
  return {
    code: 'out-of-memory',
    message: `slurm job ${id} ran out of memory${on}: its stage declares ${mebibytes(declared)}${found}`,
    help: isFixed
      ? `A pass over documents has no setting \`memory\`: "arguments": ["--mem=${Math.ceil((2 * Math.max(declared, used ?? 0)) / 1024 ** 2)}M"] in the site file asks for more, for every job.`
      : `Raise \`memory\` of the stage, to ${next} for example, or let it hold less at once: a smaller batch.`,
  }
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2)} MiB`
}

/** The failure of a stage whose job somebody canceled. */
export function canceled(id: string): StageFailure {
  return {
    code: 'canceled',
    message: `slurm job ${id} was canceled`,
    help: 'What it saved is kept: run again to continue.',
  }
}

function failed(error: StageFailure): Verdict {
  return { type: 'failed', error }
}
