/** Submits the job of a stage. */

import type { Resources } from '../../../../core/kind/resources.ts'
import { quoted } from '../../../../core/values/shell-word.ts'
import type { StageWork } from '../../../stage-work.ts'
import { type CommandResult, slurm } from '../cluster/commands.ts'
import { JobFolder } from '../job/job-folder.ts'
import { bytesIn, type JobFields, type Partition, type SlurmSite, secondsIn } from '../site.ts'

/** Memory for the process that follows the stage on its node, in MiB. */
export const overhead = 256
const defaultGrace = '2m'

export interface Submission {
  readonly work: StageWork
  readonly folder: JobFolder
  readonly site: SlurmSite
  /** The command that does a job: `llmpipe job`. */
  readonly command: readonly string[]
  /** Nodes that failed an earlier job of the stage. */
  readonly exclude: readonly string[]
  /** The jobs that have to end first. */
  readonly after?: readonly string[]
  /** The most CPUs of a node; `undefined` if unknown. */
  readonly cpusPerNode?: number | undefined
}

export type Submitted =
  | { readonly type: 'ok'; readonly id: string; readonly cluster?: string }
  | Exclude<CommandResult, { readonly type: 'ok' }>

export async function submit(submission: Submission): Promise<Submitted> {
  return submitted(await slurm('sbatch', sbatchArguments(submission), script(submission)))
}

function submitted(answer: CommandResult): Submitted {
  if (answer.type !== 'ok') return answer
  const job = jobIn(answer.stdout)
  return job === undefined
    ? { type: 'unreachable', message: `sbatch named no job: ${answer.stdout.trim()}` }
    : { type: 'ok', ...job }
}

/** Submits one array whose tasks are the jobs of stages. `array`: its name. The folder of each task lies beside the others. */
export async function submitArray(
  common: Submission,
  array: string,
  tasks: readonly { readonly index: number; readonly folder: JobFolder }[],
): Promise<Submitted> {
  const { site, command, work } = common
  const atOnce = site.arrays === false ? undefined : site.arrays?.atOnce
  const indices = rangesOf(tasks.map(({ index }) => index))
  const words = [
    ...commonArguments(common),
    `--job-name=${nameOfVariants(work)}`,
    `--comment=${array}`,
    `--output=${JobFolder.outputsOfArray(work.root, array).replaceAll('%', '%%')}/%a.txt`,
    `--array=${indices}${atOnce === undefined ? '' : `%${atOnce}`}`,
  ]
  return submitted(await slurm('sbatch', words, scriptOfArray(site, command, tasks)))
}

/** The arguments of `sbatch` that differ from one job to the next. */
const ofOneJob = /^--(job-name|comment|output)=/

/** The arguments of `sbatch` that jobs have in common which can be tasks of one array. */
export function commonArguments(submission: Submission): string[] {
  return sbatchArguments(submission).filter((argument) => !ofOneJob.test(argument))
}

/** Indices as `--array` takes them: `0-3,7`. */
export function rangesOf(indices: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const index of [...indices].sort((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else ranges.push([index, index])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`)).join(',')
}

/** The script of an array, each task of which becomes the process of the job with its index. */
function scriptOfArray(
  site: SlurmSite,
  command: readonly string[],
  tasks: readonly { readonly index: number; readonly folder: JobFolder }[],
): string {
  const folders = tasks.map(({ index, folder }) => `  [${index}]=${quoted(folder.path)}`)
  const run = `exec ${command.map(quoted).join(' ')} "\${folders[$SLURM_ARRAY_TASK_ID]}"`
  return `${[...preamble(site), 'declare -A folders=(', ...folders, ')', run].join('\n')}\n`
}

/** The job in the output of `sbatch --parsable`, before and after which sites print banners; `undefined` if it names none. */
export function jobIn(output: string): { readonly id: string; readonly cluster?: string } | undefined {
  const found = output.split('\n').findLast((line) => /^\d+(;\S+)?$/.test(line.trim()))
  if (found === undefined) return undefined
  const [id = '', cluster] = found.trim().split(';')
  return { id, ...(cluster === undefined ? {} : { cluster }) }
}

/** The name of the job of a stage in the queue. */
export function jobNameOf({ node: { name } }: StageWork): string {
  return jobName(name)
}

/** The name of an array of variants in the queue: that of their declaration. */
export function nameOfVariants({ node: { name, variant } }: StageWork): string {
  return jobName(variant?.of ?? name)
}

function jobName(name: string): string {
  return `llmpipe:${name.replace(/[^\w.[\]=,+-]/g, '_').slice(0, 60)}`
}

/** The script of the job. It becomes the process of the job (`exec`), so that `--signal=B:` reaches it. */
export function script({ site, command, folder }: Pick<Submission, 'site' | 'command' | 'folder'>): string {
  return scriptOf(site, [...command, folder.path])
}

/** The script of a job that becomes the process of a command. */
export function scriptOf(site: SlurmSite, command: readonly string[]): string {
  return `${[...preamble(site), `exec ${command.map(quoted).join(' ')}`].join('\n')}\n`
}

/** The first lines of the script of a job: its shell, the modules and the prologue of the site. */
export function preamble({ modules = [], prologue = [] }: SlurmSite): string[] {
  // A login shell, because many sites define `module` in its profile only.
  const shell = modules.length > 0 ? '#!/bin/bash -l' : '#!/bin/bash'
  return [shell, ...modules.map((name) => `module load ${quoted(name)}`), ...prologue]
}

export function sbatchArguments({ work, folder, site, exclude, after = [], cpusPerNode }: Submission): string[] {
  const { resources, hints } = work.node
  const { nodes = 1 } = resources
  const partition = partitionFor(site, work)
  const { time }: JobFields = { ...site, ...partition }
  const grace = secondsIn(site.grace ?? defaultGrace)
  const limit = time === undefined ? undefined : secondsIn(time)
  // A stage with a timeout needs no more than that, and starts earlier if it asks for less.
  const own = typeof hints.timeout === 'number' ? hints.timeout + grace + 60 : undefined
  const seconds = own === undefined || (limit !== undefined && limit < own) ? limit : own
  const minutes = seconds === undefined ? undefined : Math.max(1, Math.ceil(seconds / 60))
  // With a grace as long as its limit, a job would be asked to stop as soon as it starts.
  const notice = minutes === undefined ? grace : Math.min(grace, minutes * 30)
  const { arguments: more = [] } = site
  // Of several `--exclude`, sbatch takes the last alone.
  const avoided = [...more.flatMap((argument) => exclusion.exec(argument)?.[1] ?? []), ...exclude]
  const optional: readonly (readonly [string, string | undefined])[] = [
    ['time', minutes === undefined ? undefined : `${minutes}`],
    ['exclude', avoided.length === 0 ? undefined : avoided.join(',')],
    ['dependency', after.length === 0 ? undefined : `afterany:${after.join(':')}`],
  ]
  return [
    '--parsable',
    `--job-name=${jobNameOf(work)}`,
    `--comment=${folder.name}`,
    `--nodes=${nodes}`,
    `--ntasks=${nodes}`,
    '--ntasks-per-node=1',
    `--cpus-per-task=${Math.max(1, Math.min(Math.ceil(resources.cpus), partition?.cpus ?? cpusPerNode ?? resources.cpus))}`,
    `--mem=${Math.ceil(resources.memory / 1024 ** 2) + overhead}M`,
    `--output=${folder.output.replaceAll('%', '%%')}`,
    '--open-mode=append',
    `--chdir=${process.cwd()}`,
    // After a preemption or the failure of its node, the cluster starts the job again even if nobody watches it.
    '--requeue',
    `--signal=B:USR1@${notice}`,
    ...given(optional),
    ...placeArguments(site, partition, resources.gpus ?? 0, nodes),
    ...more.filter((argument) => !exclusion.test(argument)),
  ]
}

/** An argument of the site file that names nodes to exclude, and not a file of such names. */
const exclusion = /^(?:--exclude=|-x) *([^/]+)$/

/** The arguments of `sbatch` that say where a job may run: partition, account, QOS, constraint, GPUs of each of its nodes. */
export function placeArguments(site: SlurmSite, partition: Partition | undefined, gpus: number, nodes = 1): string[] {
  const { account, qos, constraint }: JobFields = { ...site, ...partition }
  const named = site.gpuType === undefined ? `${gpus}` : `${site.gpuType}:${gpus}`
  // `--gpus` counts those of all nodes, and does not say how many each has.
  const option = nodes > 1 ? 'gpus-per-node' : 'gpus'
  const gpuArgument = site.gpuRequest === 'gpus' ? ([option, named] as const) : (['gres', `gpu:${named}`] as const)
  return given([
    ['partition', partition?.name],
    ['account', account],
    ['qos', qos],
    ['constraint', constraint],
    ...(gpus === 0 ? [] : [gpuArgument]),
  ])
}

function given(options: readonly (readonly [string, string | undefined])[]): string[] {
  return options.flatMap(([option, value]) => (value === undefined ? [] : [`--${option}=${value}`]))
}

function hasRoom({ memory, gpus = 0 }: Partition, resources: Resources): boolean {
  return (resources.gpus ?? 0) <= gpus && (memory === undefined || resources.memory <= bytesIn(memory))
}

/** Whether a partition of the site has the memory and the GPUs of a stage, or the site lists none. */
export function fitsAny({ partitions }: SlurmSite, { node: { resources } }: StageWork): boolean {
  return partitions === undefined || partitions.some((each) => hasRoom(each, resources))
}

/**
 * The partition for a stage: the first that it fits. If it fits none, the first with its memory and GPUs, where it gets fewer threads than it can use; else
 * the last, which refuses it. `undefined` if the site lists none.
 */
export function partitionFor(
  { partitions = [] }: SlurmSite,
  { node: { resources } }: StageWork,
): Partition | undefined {
  const fits = (partition: Partition) => hasRoom(partition, resources)
  const isWide = ({ cpus }: Partition) => cpus === undefined || resources.cpus <= cpus
  return partitions.find((each) => fits(each) && isWide(each)) ?? partitions.find(fits) ?? partitions.at(-1)
}
