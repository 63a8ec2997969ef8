/** Faults of a cluster, each made at a moment when a job of llmpipe runs, if there is one. */

import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Random } from '../../src/core/values/random.ts'
import { type Cluster, until } from './cluster.ts'

/** A fault. Returns what it did, or `undefined` if there was nothing to do it to. It leaves the cluster whole. */
export type Fault = (cluster: Cluster, random: Random) => Promise<string | undefined>

/** How long a controller or a daemon stays away, in milliseconds. */
const away = 8_000

export const clusterFaults = {
  async scancel(cluster, random) {
    const job = await anyJob(cluster, random)
    if (job === undefined) return undefined
    await cluster.run('scancel', job.id)
    return `scancel of ${job.name}`
  },
  /** Cancels one task of an array: a variant, or a task that makes parts. */
  async taskCanceled(cluster, random) {
    const tasks = (await runningJobs(cluster)).filter(({ task }) => task.includes('_'))
    if (tasks.length === 0) return undefined
    const { task, name } = tasks[random.below(tasks.length)]!
    await cluster.run('scancel', task)
    return `scancel of task ${task} of ${name}`
  },
  async requeue(cluster, random) {
    const job = await anyJob(cluster, random)
    if (job === undefined) return undefined
    await cluster.run('scontrol', 'requeue', job.id)
    return `requeue of ${job.name}`
  },
  async preemption(cluster) {
    const urgent = await cluster.submit(
      'sleep 2',
      '--partition=urgent',
      `--nodes=${cluster.nodes.length}`,
      '--exclusive',
    )
    await until('the urgent job is over', async () => {
      // An earlier fault may have taken a node out of service.
      await resumeNodes(cluster)
      const state = await cluster.job(urgent, 'JobState')
      return state === undefined || state === 'COMPLETED'
    })
    return 'preemption of all jobs'
  },
  async slurmdKilled(cluster, random) {
    const node = await nodeOf(cluster, random)
    await cluster.machine(node).endDaemon('KILL')
    await waitUntilLost(cluster, node)
    await sleep(random.below(3_000))
    await cluster.machine(node).start()
    return `slurmd of ${node} killed, its steps go on; the node is down`
  },
  async slurmdAway(cluster, random) {
    const node = await nodeOf(cluster, random)
    await cluster.machine(node).freeze()
    await sleep(random.below(2 * away))
    await cluster.machine(node).thaw()
    return `slurmd of ${node} does not answer for a while`
  },
  async nodeCrash(cluster, random) {
    const node = await nodeOf(cluster, random)
    await cluster.machine(node).crash()
    await waitUntilLost(cluster, node)
    await cluster.machine(node).start()
    return `${node} turned off`
  },
  async nodeReboot(cluster, random) {
    const node = await nodeOf(cluster, random)
    await cluster.machine(node).crash()
    await cluster.machine(node).start()
    return `${node} rebooted before anybody noticed`
  },
  async controllerAway(cluster, random) {
    await cluster.stopController('TERM')
    await sleep(random.below(away))
    await cluster.startController()
    return 'controller stopped and started'
  },
  async controllerKilled(cluster, random) {
    await cluster.stopController('KILL')
    await sleep(random.below(away))
    await cluster.startController()
    return 'controller killed: it forgets the last seconds'
  },
  async controllerAwayMinute(cluster) {
    await cluster.stopController('TERM')
    await sleep(60_000)
    await cluster.startController()
    return 'controller stopped for a minute'
  },
  /** Works on projects whose store lies on the small disk of the cluster. */
  async diskFull(cluster, random) {
    const filler = join(cluster.smallDisk, 'filler')
    const file = openSync(filler, 'w')
    try {
      for (const piece = Buffer.alloc(1 << 16, 1); writeSync(file, piece) === piece.length; );
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    } finally {
      closeSync(file)
    }
    await sleep(1_000 + random.below(6_000))
    rmSync(filler)
    return 'the disk of the store was full for a while'
  },
} satisfies Readonly<Record<string, Fault>>

export type FaultName = keyof typeof clusterFaults
export const faultNames = Object.keys(clusterFaults) as FaultName[]

interface RunningJob {
  readonly id: string
  /** Its id as a task: `12_3`; like `id` if it belongs to no array. */
  readonly task: string
  readonly name: string
  readonly node: string
}

/** The jobs of llmpipe that run. */
export async function runningJobs(cluster: Cluster): Promise<RunningJob[]> {
  const { stdout } = await cluster.run('squeue', '--noheader', '--states=RUNNING', '--format=%A|%i|%N|%j')
  return stdout.split('\n').flatMap((line) => {
    const [id = '', task = '', node = '', name = ''] = line.trim().split('|')
    return name.startsWith('llmpipe') ? [{ id, task, node, name }] : []
  })
}

async function anyJob(cluster: Cluster, random: Random): Promise<RunningJob | undefined> {
  const jobs = await runningJobs(cluster)
  return jobs.length === 0 ? undefined : jobs[random.below(jobs.length)]
}

/** The node of a running job, or any. */
async function nodeOf(cluster: Cluster, random: Random): Promise<string> {
  return (await anyJob(cluster, random))?.node ?? cluster.nodes[random.below(cluster.nodes.length)]!
}

/** Waits until Slurm knows that a node does not answer. A node that it took out of service before is not reported as down. */
async function waitUntilLost(cluster: Cluster, node: string): Promise<void> {
  await until(`${node} is lost`, async () => {
    const state = await cluster.slurm('sinfo', '--noheader', `--nodes=${node}`, '--partition=main', '--format=%T')
    return state.startsWith('down') || state.endsWith('*')
  })
}

/** Gives nodes back to Slurm that it took out of service, as an administrator does. Slurm refuses that for nodes in service. */
async function resumeNodes(cluster: Cluster): Promise<void> {
  for (const node of cluster.nodes) await cluster.run('scontrol', 'update', `nodename=${node}`, 'state=resume')
}

/** Gives nodes back that Slurm drains, as it does where a controller that was killed gives the number of a forgotten job to another ("Duplicate jobid"). */
export async function resumeDrained(cluster: Cluster): Promise<void> {
  const { stdout } = await cluster.run('sinfo', '--noheader', '--Node', '--partition=main', '--format=%N %T')
  for (const line of stdout.split('\n')) {
    const [node = '', state = ''] = line.split(' ')
    if (state.startsWith('drain')) await cluster.run('scontrol', 'update', `nodename=${node}`, 'state=resume')
  }
}

/** Puts the cluster in order after faults: every node idle, no job left. */
export async function clearCluster(cluster: Cluster): Promise<void> {
  for (const node of cluster.nodes) if (!cluster.machine(node).isOn) await cluster.machine(node).start()
  await cluster.slurm('scancel', '--me')
  await resumeNodes(cluster)
  await cluster.waitForNodes('idle')
}

/** The beginning of a script that does something else in every second call: `then …; fi` follows. */
const everySecond = 'count="$0.count"; echo >>"$count"; if [ $(($(wc -l <"$count") % 2)) = 1 ]; '

/** Commands of Slurm that misbehave, in a folder to be put first on PATH. */
const wrappers = {
  /** `sbatch` prints banners before and after its answer. */
  banners: {
    sbatch: `echo "*** Welcome! Maintenance on 12 May ***"\n/usr/bin/sbatch "$@"\ncode=$?\necho\necho "Thank you for using 2048 cores"\nexit $code`,
  },
  /** Every second `sbatch` submits the job, and reports that the controller did not answer. */
  lostAnswer: {
    sbatch: `${everySecond}then /usr/bin/sbatch "$@" >/dev/null; echo "sbatch: error: Batch job submission failed: Socket timed out on send/recv operation" >&2; exit 1; fi\nexec /usr/bin/sbatch "$@"`,
  },
  /** Every second `squeue` fails. */
  queueFails: {
    squeue: `${everySecond}then echo "slurm_load_jobs error: Unable to contact slurm controller (connect failure)" >&2; exit 1; fi\nexec /usr/bin/squeue "$@"`,
  },
  /** Every second `squeue` lists nothing, and exits with 0. */
  queueEmpty: { squeue: `${everySecond}then exit 0; fi\nexec /usr/bin/squeue "$@"` },
} satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

/** Files of the store that the runner sees late, by how much in milliseconds. NFS shows them up to a minute late. */
const lateFiles = {
  /** The last word of a job comes after its end in the queue. */
  lateEnd: { files: '/end\\.json$', by: 20_000 },
  /** Whatever jobs write. */
  lateFiles: { files: '/(end|use|action)\\.json$|/events\\.jsonl$|/lease$|/objects/../', by: 6_000 },
} as const

/** The things that can be wrong all the time with the commands of Slurm, or with the file system. */
export type WrapperName = keyof typeof wrappers | keyof typeof lateFiles
export const wrapperNames = [...Object.keys(wrappers), ...Object.keys(lateFiles)] as WrapperName[]

/** The environment in which the commands of a wrapper stand before those of Slurm, or in which files come late. */
export function wrapped(name: WrapperName, folder: string): NodeJS.ProcessEnv {
  if (name === 'lateEnd' || name === 'lateFiles') {
    const { files, by } = lateFiles[name]
    return { NODE_OPTIONS: `--import=${resolve('test/slurm/late-files.mjs')}`, LATE_FILES: files, LATE_BY: `${by}` }
  }
  const bin = join(folder, name)
  mkdirSync(bin, { recursive: true })
  for (const [command, script] of Object.entries(wrappers[name])) {
    writeFileSync(join(bin, command), `#!/bin/bash\n${script}\n`)
    chmodSync(join(bin, command), 0o755)
  }
  return { PATH: `${bin}:${process.env.PATH}` }
}
