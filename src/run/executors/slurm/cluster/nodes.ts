/** The hardware of the nodes of the cluster. */

import { slurm } from './commands.ts'

export type NodeCpusAnswer =
  /** `cpus`: `undefined` if the cluster does not say. */
  | { readonly type: 'ok'; readonly cpus: number | undefined }
  | { readonly type: 'unreachable'; readonly message: string }

/**
 * The most CPUs of a node in a partition, or in the default partition if none is named. A stage that can use more threads than that runs with fewer, which
 * does not change its output.
 */
export async function cpusPerNode(partition: string | undefined): Promise<NodeCpusAnswer> {
  const answer = await slurm('sinfo', [
    '--noheader',
    '--format=%P|%c',
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
  ])
  if (answer.type === 'unreachable') return answer
  if (answer.type === 'refused') return { type: 'ok', cpus: undefined }
  const lines = answer.stdout.split('\n').map((line) => line.trim().split('|'))
  const wanted = lines.filter(([name = '']) => partition !== undefined || name.endsWith('*'))
  // `8+` where nodes differ: the least is certain to exist.
  const counts = wanted.flatMap(([, cpus = '']) => Number.parseInt(cpus, 10) || [])
  return { type: 'ok', cpus: counts.length === 0 ? undefined : Math.max(...counts) }
}
