/**
 * Tries a Slurm cluster: for each partition of the site, a tiny job reads a random text from the store on its node, lets llmpipe examine that node,
 * and writes what it finds into the store. Only the folder of the trial in the store is written to, and it is removed again.
 */

import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StageFailure } from '../../../core/event.ts'
import { quoted } from '../../../core/values/shell-word.ts'
import { type CommandResult, slurm } from '../../../run/executors/slurm/cluster/commands.ts'
import type { Partition, SlurmSite } from '../../../run/executors/slurm/site.ts'
import { jobIn, placeArguments, preamble } from '../../../run/executors/slurm/submit/submit.ts'
import type { Examination } from '../examine.ts'
import { failureOfAnswer, failureOfEnd, type JobState, notShared, waitsTooLong } from './failures.ts'
import { type PartitionState, partitionsIn } from './partitions.ts'

export interface ClusterExamination {
  /** As `sbatch --version` prints it. */
  readonly version?: string
  /** Why nothing was tried. */
  readonly failure?: StageFailure
  /** The partitions that `sinfo` lists. */
  readonly partitions: readonly PartitionState[]
  /** One for each partition of the site, or one for the default partition of the cluster. */
  readonly jobs: readonly JobTrial[]
}

/** The outcome of a tiny job. */
export interface JobTrial {
  /** The partition that was asked for; `null` for the default of the cluster. */
  readonly partition: string | null
  readonly id?: string
  /** The host name of its node. */
  readonly host?: string
  /** Seconds between its submission and its end. */
  readonly seconds?: number
  readonly failure?: StageFailure
  /** The findings of llmpipe on the node. */
  readonly found?: Examination
}

export interface ClusterOptions {
  readonly site: SlurmSite
  /** The folder of the store, which need not exist. */
  readonly store: string
  /** The command of llmpipe on the nodes. */
  readonly command: readonly string[]
  /** The Python that was named, for the nodes too. */
  readonly python: string | undefined
  /** How long a job may take to answer, in seconds. */
  readonly patience: number
}

/** Tries the cluster. Throws an error of the file system if the store cannot be written. */
export async function examineCluster(options: ClusterOptions): Promise<ClusterExamination> {
  const version = await slurm('sbatch', ['--version'])
  if (version.type !== 'ok') return { failure: failureOfAnswer(version, 'sbatch'), partitions: [], jobs: [] }
  const listed = await slurm('sinfo', ['--noheader', '--format=%R|%a|%l|%D|%T|%c|%m|%G|%P'])
  const found = { version: version.stdout.trim().replace(/^slurm\S* /, '') }
  if (listed.type !== 'ok') return { ...found, failure: failureOfAnswer(listed, 'sinfo'), partitions: [], jobs: [] }
  const partitions = partitionsIn(listed.stdout)
  const asked: readonly (Partition | undefined)[] = options.site.partitions ?? [undefined]
  const removeStore = storeRemover(resolve(options.store))
  const jobs = await Promise.all(asked.map((partition) => tryJob(partition, options)))
  removeStore()
  return { ...found, partitions, jobs }
}

/** Returns a function that removes the store and the folders above it that do not exist yet, if the store is empty by then. */
function storeRemover(store: string): () => void {
  if (existsSync(store)) return () => {}
  let made = store
  while (!existsSync(dirname(made))) made = dirname(made)
  return () => {
    if (existsSync(store) && readdirSync(store).length === 0) rmSync(made, { recursive: true, force: true })
  }
}

async function tryJob(partition: Partition | undefined, options: ClusterOptions): Promise<JobTrial> {
  const trial = openTrial(resolve(options.store))
  let id: string | undefined
  try {
    const began = performance.now()
    const submitted = await submit(trial, partition, options)
    const named = { partition: partition?.name ?? null }
    if (typeof submitted !== 'string') return { ...named, failure: failureOfAnswer(submitted, 'sbatch') }
    id = submitted
    const answer = await waitForAnswer(trial, id, options.patience)
    return { ...named, id, seconds: (performance.now() - began) / 1_000, ...answer }
  } finally {
    // This does not change a job that has ended.
    if (id !== undefined) await slurm('scancel', [id])
    trial.remove()
  }
}

/** The folder of a trial in the store. */
interface Trial {
  readonly folder: string
  readonly nonce: string
  remove(): void
}

function openTrial(store: string): Trial {
  // Hidden, so that a store with nothing else still counts as empty.
  const folder = join(store, `.doctor-${randomBytes(6).toString('hex')}`)
  const nonce = randomBytes(16).toString('hex')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'nonce'), nonce)
  return {
    folder,
    nonce,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Returns the id of the job, or the answer of sbatch if there is none. */
async function submit(
  trial: Trial,
  partition: Partition | undefined,
  options: ClusterOptions,
): Promise<string | Exclude<CommandResult, { readonly type: 'ok' }>> {
  const { site } = options
  const args = [
    '--parsable',
    '--job-name=llmpipe:doctor',
    '--time=5',
    // If this process is killed, the job does not wait in the queue for ever.
    `--deadline=now+${Math.ceil(options.patience) + 600}`,
    `--output=${join(trial.folder, 'output.txt').replaceAll('%', '%%')}`,
    ...placeArguments(site, partition, Math.min(1, partition?.gpus ?? 0)),
    ...(site.arguments ?? []),
  ]
  const answer = await slurm('sbatch', args, scriptOf(trial, options))
  if (answer.type !== 'ok') return answer
  return jobIn(answer.stdout)?.id ?? { type: 'refused', message: `sbatch named no job: ${answer.stdout.trim()}` }
}

/** The script of the job. Its environment is that of the jobs of stages. */
function scriptOf(
  { folder, nonce }: Pick<Trial, 'folder' | 'nonce'>,
  { site, store, command, python }: Pick<ClusterOptions, 'site' | 'store' | 'command' | 'python'>,
): string {
  const named = python === undefined ? [] : ['--python', python]
  const examine = [...command, 'doctor', '--json', '--store', resolve(store), ...named].map(quoted).join(' ')
  return [
    ...preamble(site),
    `cd ${quoted(folder)} && [ "$(cat nonce)" = ${nonce} ] || exit ${notShared}`,
    'hostname >host',
    `${examine} >found.json 2>problem.txt`,
    'echo $? >code.new && mv code.new code',
    '',
  ].join('\n')
}

type Answer = Pick<JobTrial, 'host' | 'failure' | 'found'>

async function waitForAnswer({ folder }: Trial, id: string, patience: number): Promise<Answer> {
  const deadline = performance.now() + patience * 1_000
  for (;;) {
    if (isThere(folder, 'code')) return answerIn(folder)
    const job = await stateOf(id)
    // Without an answer about the job, the controller may be down for a moment.
    if (job !== undefined && !isWaitingOrRunning(job.state)) {
      await until(() => isThere(folder, 'code'), lateness)
      if (isThere(folder, 'code')) return answerIn(folder)
      return { ...hostIn(folder), failure: failureOfEnd(job, textIn(folder, 'output.txt'), folder) }
    }
    if (performance.now() > deadline) return { ...hostIn(folder), failure: waitsTooLong(id, job, patience) }
    await sleep(500)
  }
}

/** How long a file that a node wrote may take to appear here, in milliseconds: network file systems keep folders in a cache. */
const lateness = 10_000

async function until(holds: () => boolean, patience: number): Promise<void> {
  const deadline = performance.now() + patience
  while (!holds() && performance.now() < deadline) await sleep(200)
}

/** Whether a file is in the folder. Reading the whole folder makes a network file system look again. */
function isThere(folder: string, name: string): boolean {
  return readdirSync(folder).includes(name)
}

function textIn(folder: string, name: string): string {
  return isThere(folder, name) ? readFileSync(join(folder, name), 'utf8').trim() : ''
}

function hostIn(folder: string): Pick<JobTrial, 'host'> {
  const host = textIn(folder, 'host')
  return host === '' ? {} : { host }
}

function answerIn(folder: string): Answer {
  const host = hostIn(folder)
  try {
    return { ...host, found: JSON.parse(textIn(folder, 'found.json')) as Examination }
  } catch {
    const problem = textIn(folder, 'problem.txt').split('\n')[0]!
    const message = `llmpipe does not run on ${host.host}: ${problem === '' ? `it ended with ${textIn(folder, 'code')}` : problem}`
    const help =
      'Install Node and llmpipe where all nodes see them, or name the command that works there as `command` in the site file.'
    return { ...host, failure: { code: 'no-llmpipe-on-node', message, help } }
  }
}

/** `undefined` if the controller does not tell; state `UNKNOWN` if it no longer knows the job. */
async function stateOf(id: string): Promise<JobState | undefined> {
  const answer = await slurm('scontrol', ['--oneliner', 'show', 'job', id])
  if (answer.type === 'unreachable') return undefined
  const text = answer.type === 'ok' ? answer.stdout : ''
  const field = (name: string) => new RegExp(`(?:^| )${name}=(\\S*)`).exec(text)?.[1] ?? ''
  return { state: field('JobState') || 'UNKNOWN', reason: field('Reason'), exitCode: field('ExitCode') }
}

function isWaitingOrRunning(state: string): boolean {
  return ['PENDING', 'CONFIGURING', 'RUNNING', 'COMPLETING', 'REQUEUED', 'SUSPENDED', 'STOPPED'].includes(state)
}
