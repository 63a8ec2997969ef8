/** The hardware of the nodes of the cluster. */

import { slurm } from './commands.ts'

/**
 * The most CPUs of a node in a partition, or in the default partition if none is named; `undefined` if the cluster does not say. A stage that can use
 * more threads than that runs with fewer, which does not change its output.
 */
export async function cpusPerNode(partition: string | undefined): Promise<number | undefined> {
  const answer = await slurm('sinfo', [
    '--noheader',
    '--format=%P|%c',
    ...(partition === undefined ? [] : [`--partition=${partition}`]),
  ])
  if (answer.type !== 'ok') return undefined
  const lines = answer.stdout.split('\n').map((line) => line.trim().split('|'))
  const wanted = lines.filter(([name = '']) => partition !== undefined || name.endsWith('*'))
  // `8+` where nodes differ: the least is certain to exist.
  const counts = wanted.flatMap(([, cpus = '']) => Number.parseInt(cpus, 10) || [])
  return counts.length === 0 ? undefined : Math.max(...counts)
}
