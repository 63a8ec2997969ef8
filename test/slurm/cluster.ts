/**
 * A Slurm cluster on this host, for tests: a controller and several nodes, each in namespaces of its own (machine.ts), in one temporary folder,
 * on ports that were free. It needs `slurmctld`, `slurmd` and the commands of Slurm, `unshare`, and either root or user namespaces. It does not
 * use or change a Slurm that this host may have. Nothing of it outlives the process that started it, even one killed by SIGKILL.
 */

import { execFile, execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { Machine, unshare } from './machine.ts'
import { SmallDisk } from './small-disk.ts'

export interface ClusterOptions {
  /** 3 unless given. They are named n1, n2, …. */
  readonly nodes?: number
  /** CPUs that each node says to have; 2 unless given. */
  readonly cpus?: number
  /** MiB of memory that each node says to have; 4096 unless given. */
  readonly memory?: number
  /** GPUs that each node says to have; 0 unless given. */
  readonly gpus?: number
  /** The largest index of an array plus 1; 1001 unless given, as in Slurm. */
  readonly maxArraySize?: number
  /** Seconds for which a job that ended stays listed; 300 unless given, as in Slurm. The least is 2. */
  readonly minJobAge?: number
  /** Seconds of silence after which a node is down; 5 unless given. */
  readonly slurmdTimeout?: number
  /** MiB of a small disk that all machines see, at `smallDisk`; none unless given. It needs root. */
  readonly smallDisk?: number
  /** More lines of slurm.conf. */
  readonly config?: readonly string[]
}

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Why no cluster can be started here; `undefined` if one can. */
export function missingForCluster(): string | undefined {
  for (const program of ['slurmctld', 'slurmd', 'sbatch', 'squeue', 'scontrol', 'srun']) {
    if (!isRunnable(['sh', '-c', `command -v ${program}`])) return `there is no ${program}`
  }
  if (!isRunnable([...unshare, 'true']))
    return 'unshare may not make namespaces here: that needs root or user namespaces'
  return undefined
}

/** Starts a cluster, and waits until all its nodes are idle. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const cluster = await Cluster.prepare(options)
  try {
    await cluster.startController()
    await Promise.all(cluster.nodes.map((node) => cluster.machine(node).start()))
    await cluster.waitForNodes('idle')
    return cluster
  } catch (error) {
    const log = cluster.log('controller').slice(-3000)
    await cluster.stop()
    throw new Error(`the cluster did not start: ${(error as Error).message}\n${log}`)
  }
}

export class Cluster {
  readonly folder: string
  /** The names of the nodes. Their host names are the same. */
  readonly nodes: readonly string[]
  /** The environment in which the commands of Slurm speak to this cluster. */
  readonly env: NodeJS.ProcessEnv
  readonly #machines: ReadonlyMap<string, Machine>
  #disk: SmallDisk | undefined

  static async prepare(options: ClusterOptions): Promise<Cluster> {
    const count = options.nodes ?? 3
    const ports = await freePorts(count + 1)
    const cluster = new Cluster(options, ports)
    if (options.smallDisk !== undefined) {
      mkdirSync(cluster.smallDisk)
      cluster.#disk = await SmallDisk.mount(cluster.smallDisk, options.smallDisk)
    }
    return cluster
  }

  private constructor(options: ClusterOptions, ports: readonly number[]) {
    this.folder = mkdtempSync(join(tmpdir(), 'slurm-'))
    this.nodes = ports.slice(1).map((_, i) => `n${i + 1}`)
    const conf = join(this.folder, 'slurm.conf')
    for (const name of ['state', ...this.nodes]) mkdirSync(join(this.folder, name))
    writeFileSync(conf, configuration(this.folder, this.nodes, ports, options))
    writeFileSync(join(this.folder, 'gres.conf'), gresConfiguration(this.folder, options.gpus ?? 0))
    this.env = { ...outsideOfJobs(process.env), SLURM_CONF: conf }
    const make = (hostname: string, command: readonly string[]): readonly [string, Machine] => [
      hostname,
      new Machine({ hostname, log: this.#logOf(hostname), command, env: this.env }),
    ]
    this.#machines = new Map([
      make('controller', ['slurmctld', '-D', '-f', conf]),
      ...this.nodes.map((node) => make(node, ['slurmd', '-D', '-N', node, '-f', conf])),
    ])
  }

  /** The folder where the small disk is mounted, if the cluster has one. */
  get smallDisk(): string {
    return join(this.folder, 'small-disk')
  }

  machine(name: string): Machine {
    const machine = this.#machines.get(name)
    if (machine === undefined) throw new Error(`the cluster has no machine ${name}`)
    return machine
  }

  /** The output of a daemon so far: that of `controller` or of a node. */
  log(name: string): string {
    try {
      return readFileSync(this.#logOf(name), 'utf8')
    } catch {
      return ''
    }
  }

  /** Starts the controller, and waits until it answers. */
  async startController(): Promise<void> {
    await this.machine('controller').start()
    await until('the controller answers', async () => (await this.run('scontrol', 'ping')).stdout.includes('is UP'))
  }

  async stopController(signal: 'TERM' | 'KILL' = 'TERM'): Promise<void> {
    await this.machine('controller').endDaemon(signal)
  }

  /** Runs a command of Slurm, and returns how it ended. */
  run(program: string, ...args: readonly string[]): Promise<Ended> {
    return new Promise((resolve) => {
      execFile(program, args, { env: this.env, cwd: this.folder }, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
      )
    })
  }

  /** Runs a command of Slurm that has to succeed, and returns its output without the last line break. */
  async slurm(program: string, ...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.run(program, ...args)
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}`)
    return stdout.trimEnd()
  }

  /** Submits a shell command as a job with more options of sbatch, and returns the number of the job. */
  async submit(command: string, ...options: readonly string[]): Promise<string> {
    const log = join(this.folder, 'job-%j.log')
    return await this.slurm(
      'sbatch',
      '--parsable',
      `--output=${log}`,
      '--open-mode=append',
      ...options,
      '--wrap',
      command,
    )
  }

  /** A field of a job in `scontrol show job`, such as `JobState`; `undefined` if the job is no longer known. */
  async job(id: string, field: string): Promise<string | undefined> {
    const { stdout } = await this.run('scontrol', '--oneliner', 'show', 'job', id)
    return new RegExp(`(?:^| )${field}=(\\S*)`).exec(stdout)?.[1]
  }

  /** Waits until a job is in one of these states. */
  async waitForJob(id: string, ...states: readonly string[]): Promise<string> {
    let state: string | undefined
    await until(
      () => `job ${id} is ${states.join(' or ')} (it is ${state})`,
      async () => {
        state = await this.job(id, 'JobState')
        return state !== undefined && states.includes(state)
      },
    )
    return state!
  }

  /** Waits until these nodes, or all, are in a state of sinfo, such as `idle` or `down`. */
  async waitForNodes(state: string, nodes: readonly string[] = this.nodes): Promise<void> {
    let seen = ''
    await until(
      () => `${nodes.join(', ')} are ${state}:\n${seen}`,
      async () => {
        seen = await this.slurm('sinfo', '--noheader', '--Node', '--partition=main', '--format=%N %t')
        const states = new Map(seen.split('\n').map((line) => line.split(' ') as [string, string]))
        return nodes.every((node) => states.get(node)?.replace(/\W$/, '') === state)
      },
    )
  }

  /** Turns every machine off and removes the folder. */
  async stop(): Promise<void> {
    await Promise.all([...this.#machines.values()].map((machine) => machine.crash()))
    await this.#disk?.unmount()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  #logOf(name: string): string {
    return join(this.folder, `${name}.log`)
  }
}

/**
 * slurm.conf with two partitions over all nodes: a job in `urgent` requeues jobs in `main` if it needs their place. The intervals are as short as
 * Slurm allows, since no test should wait for a schedule.
 */
function configuration(
  folder: string,
  nodes: readonly string[],
  ports: readonly number[],
  { cpus = 2, memory = 4096, gpus = 0, config = [], ...options }: ClusterOptions,
): string {
  const user = userInfo().username
  const gres = gpus === 0 ? '' : ` Gres=gpu:${gpus}`
  const all = nodes.join(',')
  return [
    'ClusterName=test',
    'SlurmctldHost=controller(127.0.0.1)',
    `SlurmctldPort=${ports[0]}`,
    `SlurmUser=${user}`,
    `SlurmdUser=${user}`,
    'AuthType=auth/none',
    'CredType=cred/none',
    // A requeued job waits until its old credential expires; 5 seconds is the least that Slurm takes.
    'AuthInfo=cred_expire=5',
    `StateSaveLocation=${folder}/state`,
    `SlurmdSpoolDir=${folder}/%n`,
    `SlurmctldPidFile=${folder}/controller.pid`,
    `SlurmdPidFile=${folder}/%n.pid`,
    'ProctrackType=proctrack/linuxproc',
    'TaskPlugin=task/none',
    'SwitchType=switch/none',
    'MpiDefault=none',
    'SelectType=select/cons_tres',
    'SelectTypeParameters=CR_CPU_Memory',
    'PreemptType=preempt/partition_prio',
    'PreemptMode=REQUEUE',
    'JobRequeue=1',
    'ReturnToService=2',
    'AccountingStorageType=accounting_storage/none',
    'JobAcctGatherType=jobacct_gather/none',
    'SlurmdParameters=config_overrides',
    'SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1',
    `DefMemPerCPU=${Math.floor(memory / cpus)}`,
    `MaxArraySize=${options.maxArraySize ?? 1001}`,
    `MinJobAge=${options.minJobAge ?? 300}`,
    `SlurmdTimeout=${options.slurmdTimeout ?? 5}`,
    'SlurmctldTimeout=5',
    'MessageTimeout=5',
    'KillWait=2',
    'CompleteWait=0',
    ...(gpus === 0 ? [] : ['GresTypes=gpu']),
    ...nodes.map(
      (node, i) =>
        `NodeName=${node} NodeHostname=${node} NodeAddr=127.0.0.1 Port=${ports[i + 1]} CPUs=${cpus} RealMemory=${memory}${gres}`,
    ),
    `PartitionName=main Nodes=${all} Default=YES State=UP PriorityTier=1`,
    `PartitionName=urgent Nodes=${all} State=UP PriorityTier=10`,
    ...config,
    '',
  ].join('\n')
}

/** gres.conf. A GPU has to be a character device; here it is /dev/null under another name. */
function gresConfiguration(folder: string, gpus: number): string {
  const files = Array.from({ length: gpus }, (_, i) => join(folder, `gpu${i}`))
  for (const file of files) symlinkSync('/dev/null', file)
  return files.map((file) => `Name=gpu File=${file}\n`).join('')
}

/** The environment without the variables of a Slurm that this process may itself run under. */
function outsideOfJobs(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !/^(SLURM|SBATCH|SQUEUE|SCANCEL|SINFO|SRUN)/.test(name)),
  )
}

/** Waits until a condition holds, at most two minutes. */
export async function until(what: string | (() => string), holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = Date.now() + 120_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`two minutes passed before ${typeof what === 'string' ? what : what()}`)
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

function isRunnable([program, ...args]: readonly string[]): boolean {
  try {
    execFileSync(program!, args, { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Ports that no process listens on now. All are held until the last is found, so that they differ. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer())
  const ports = await Promise.all(
    servers.map(
      (server) =>
        new Promise<number>((resolve, reject) => {
          server.once('error', reject)
          server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port))
        }),
    ),
  )
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}
