/** The part of the report of `llmpipe doctor` about a Slurm cluster. */

import { bytes, duration, plural } from '../../../view/format.ts'
import type { Examination } from '../examine.ts'
import { type Advice, broken, good, type Row } from '../rows.ts'
import type { PartitionState } from './partitions.ts'
import type { ClusterExamination, JobTrial } from './probe.ts'

export function clusterRows(here: Examination, { version, failure, partitions, jobs }: ClusterExamination): Row[] {
  return [
    ...(version === undefined ? [] : [good('Slurm', version)]),
    ...(failure === undefined ? [] : [broken('Slurm', failure.message)]),
    ...partitions.map(partitionRow),
    ...jobs.flatMap((job) => jobRows(here, job)),
  ]
}

function partitionRow({ name, isDefault, state, limit, nodes, unavailable, cpus, memory, gpus }: PartitionState): Row {
  const text = [
    `${name}${isDefault ? ' (the default)' : ''}: ${plural(nodes, 'nodes')}`,
    ...(unavailable === 0 ? [] : [`${unavailable} of them not available`]),
    `up to ${plural(cpus, 'CPUs')} and ${bytes(memory)} each`,
    gpus.length === 0 ? 'no GPUs' : gpus.join(' or '),
    limit === 'infinite' ? 'no time limit' : `time limit ${limit}`,
  ].join(', ')
  if (state !== 'up') return broken('partition', `${text}; it is ${state}, so no job starts in it`)
  return unavailable === nodes ? broken('partition', text) : good('partition', text)
}

function jobRows(here: Examination, job: JobTrial): Row[] {
  const { partition, id, host = '?', seconds = 0, failure, found } = job
  const where = partition === null ? 'in the default partition' : `in ${partition}`
  if (failure !== undefined) return [broken('job', `${id === undefined ? '' : `${id} `}${where}: ${failure.message}`)]
  if (found === undefined) return []
  const { llmpipe, node, machine, engines, python, gpus } = found
  const devices = python?.devices.filter(({ kind }) => kind !== 'cpu') ?? []
  const parts = [
    `llmpipe ${llmpipe.version}`,
    `Node ${node.version}`,
    `${plural(machine.cores, 'cores')} and ${bytes(machine.memory)}`,
    'description' in engines.onnx ? engines.onnx.description : `no ONNX Runtime: ${engines.onnx.failure.message}`,
    python === null ? 'no Python with PyTorch' : `PyTorch ${python.torch} (${python.path})`,
    ...(devices.length > 0 ? [plural(devices.length, `× ${devices[0]!.name}`)] : []),
    ...(devices.length === 0 && gpus.nvidia.length > 0 ? [`${gpus.nvidia[0]!.name}, which PyTorch does not see`] : []),
  ]
  const isUsable = isUsableNode(here, found)
  return [
    good('job', `${id} ${where}: ${host} answered after ${duration(seconds)}`),
    good('store', `${host} and this machine see the same files`),
    { state: isUsable ? 'good' : 'broken', name: host, text: parts.join(', ') },
  ]
}

export function clusterAdvice(here: Examination, { failure, jobs }: ClusterExamination): Advice[] {
  const failed = jobs.flatMap((job) =>
    job.failure === undefined ? [] : [{ where: job.partition, failure: job.failure }],
  )
  const all = [...(failure === undefined ? [] : [{ where: null, failure }]), ...failed]
  // Partitions with the same problem need one remedy.
  const remedies = new Map(all.map(({ failure: { code, message, help } }) => [help ?? message, code]))
  const partitionsOf = (remedy: string) =>
    all.flatMap(({ where, failure: { message, help } }) =>
      where !== null && (help ?? message) === remedy ? [where] : [],
    )
  return [
    ...[...remedies].map(([remedy, code]): Advice => {
      const where = partitionsOf(remedy).join(', ')
      const purpose = purposes[code] ?? `no stage can run${where === '' ? '' : ` in ${where}`}`
      return { name: 'Slurm', purpose, remedy }
    }),
    ...jobs.flatMap(({ host = '', found }): Advice[] =>
      found === undefined || isSameVersion(here, found)
        ? []
        : [
            {
              name: host,
              purpose: `llmpipe is ${found.llmpipe.version} there and ${here.llmpipe.version} here, so stages would be made by another version`,
              remedy: 'Install the same version, or name its command as `command` in the site file.',
            },
          ],
    ),
  ]
}

/** The consequence of a failure, where it is not every job. */
const purposes: Readonly<Record<string, string>> = {
  'job-waits': 'no job has run, so the nodes are not checked',
  'slurm-unreachable': 'no job can be submitted now; jobs that run go on',
}

/** Whether stages can run as jobs: every tiny job ran, on a node that can be used. */
export function isClusterFit(here: Examination, { failure, jobs }: ClusterExamination): boolean {
  return failure === undefined && jobs.every(({ found }) => found !== undefined && isUsableNode(here, found))
}

/** Whether a node has the llmpipe of this machine, and the default engine. */
function isUsableNode(here: Examination, node: Examination): boolean {
  return isSameVersion(here, node) && 'description' in node.engines.onnx
}

function isSameVersion(here: Examination, node: Examination): boolean {
  return here.llmpipe.version === node.llmpipe.version
}
