/** How the stage of a job on several nodes starts its processes on the others. */

import { hostname } from 'node:os'
import type { OtherNodes } from '../../../../core/other-nodes.ts'
import { slurm } from '../cluster/commands.ts'

/** The nodes of this job but the first, on which the job and its stage run; `undefined` if there is only that one. */
export async function otherNodesOfJob(nodes: number, env: NodeJS.ProcessEnv): Promise<OtherNodes | undefined> {
  if (nodes <= 1) return undefined
  const count = nodes - 1
  const { SLURM_CPUS_PER_TASK: cpus = '1' } = env
  const step = [`--nodes=${count}`, `--ntasks=${count}`, '--ntasks-per-node=1', `--cpus-per-task=${cpus}`]
  // The process of the job is on the first node of its allocation. If a process fails, all end.
  const launch = ['srun', ...step, '--relative=1', '--kill-on-bad-exit=1', '--input=none', '--export=ALL']
  return { count, host: await addressOfThisNode(env), launch, variable: 'SLURM_PROCID' }
}

/** The name or address by which Slurm itself reaches this node. */
async function addressOfThisNode({ SLURMD_NODENAME: name }: NodeJS.ProcessEnv): Promise<string> {
  if (name === undefined) return hostname()
  const answer = await slurm('scontrol', ['--oneliner', 'show', 'node', name])
  return (answer.type === 'ok' && /(?:^| )NodeAddr=(\S+)/.exec(answer.stdout)?.[1]) || hostname()
}
