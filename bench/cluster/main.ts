/**
 * The runner on a large cluster that exists only as a simulation: its time and memory with many parts on many nodes.
 *
 *     npm run bench cluster -- [--parts N] [--nodes N] [--seconds N] [--in-queue N] [--single] [--profile FOLDER] [--store FOLDER]
 *
 * By default 100,000 stages that do nothing, variants of one `for`, run as tasks of job arrays on 1,000 nodes, for 5 seconds each; with `--single`, each is a job of its own. 1% of the starts are preempted and 0.2% lose their node. The
 * queue lists ended jobs for 300 seconds, as Slurm does, and has at most `--in-queue` other jobs (2,000). The runner and its executor for Slurm are real, in
 * a process of their own, with a plan that is made here, because a program has at most 30,000 stages. The commands of Slurm answer from this process,
 * which also does what jobs do in the store. The store lies in memory (/dev/shm) if the system has that, because the disk of one machine is not that
 * of a cluster.
 */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Plan, PlanNode } from '../../src/core/plan.ts'
import { slurmExecutor } from '../../src/run/executors/slurm/slurm.ts'
import { run } from '../../src/run/run.ts'
import { openStore } from '../../src/store/folder-store.ts'
import { machine } from '../measure.ts'
import { SimulatedCluster } from './cluster.ts'

const { values: flags } = parseArgs({
  options: {
    parts: { type: 'string', default: '100000' },
    nodes: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '5' },
    'in-queue': { type: 'string', default: '2000' },
    single: { type: 'boolean', default: false },
    /** The folder that gets a CPU profile of the runner. */
    profile: { type: 'string' },
    store: { type: 'string' },
    /** The folder of a plan that is to be run: how this program starts the runner. */
    run: { type: 'string' },
  },
})
if (flags.run === undefined) await measure()
else process.exitCode = await runPlanIn(flags.run, Number(flags['in-queue']))

async function measure(): Promise<void> {
  const parts = Number(flags.parts)
  const nodes = Number(flags.nodes)
  const memory = flags.store ?? (existsSync('/dev/shm') ? '/dev/shm' : tmpdir())
  const home = mkdtempSync(join(memory, 'llmpipe-cluster-'))
  const root = join(home, '.llmpipe')
  const options = { nodes, jobTime: 1_000 * Number(flags.seconds), preempted: 0.01, lost: 0.002, minJobAge: 300_000 }
  const cluster = new SimulatedCluster({ ...options, root, seed: 1 })
  try {
    console.log(`${machine()}; ${parts.toLocaleString('en')} parts on ${nodes.toLocaleString('en')} nodes\n`)
    writeFileSync(join(home, 'plan.json'), JSON.stringify(planOf(parts, !flags.single)))
    await cluster.start(join(home, 'bin'))
    const began = performance.now()
    let next = parts / 20
    const first = await measured(home, ({ cpu, memory }) => {
      if (cluster.counts.done < next) return
      next += parts / 20
      const time = seconds(performance.now() - began)
      console.log(
        `${cluster.counts.done} parts: ${time}, ${seconds(cpu)} CPU, ${megabytes(memory)}, ${cluster.counts.listed} jobs listed`,
      )
    })
    cluster.stop()
    const again = await measured(home)
    const { submissions, submitted, polls, bytesOfPolls, mostListed, done, preempted, lost } = cluster.counts
    console.table({
      'run: time': { value: seconds(first.time) },
      'run: CPU of the runner': { value: seconds(first.cpu) },
      'run: memory of the runner': { value: megabytes(first.memory) },
      'run: parts per second': { value: (parts / (first.time / 1_000)).toFixed(0) },
      'calls of sbatch': { value: submissions },
      'jobs submitted, done, preempted, lost': { value: [submitted, done, preempted, lost].join(', ') },
      'polls of the queue': { value: `${polls}, one each ${(first.time / 1_000 / polls).toFixed(1)} s` },
      'mean answer to a poll': { value: `${Math.round(bytesOfPolls / polls / 1_000)} kB` },
      'jobs in the longest answer': { value: mostListed },
      'run with nothing to do: time': { value: seconds(again.time) },
      'run with nothing to do: memory': { value: megabytes(again.memory) },
      ...Object.fromEntries(sizes(root).map(([name, value]) => [`store: ${name}`, { value }])),
    })
  } finally {
    cluster.stop()
    rmSync(home, { recursive: true, force: true })
  }
}

/** A plan of `parts` stages without inputs. `areVariants`: they are the variants of one declaration. */
function planOf(parts: number, areVariants: boolean): Plan {
  const span = { file: 'a.llmpipe', line: 1, column: 1, endLine: 1, endColumn: 1 }
  const nodes = Array.from({ length: parts }, (_, i): PlanNode => {
    const special = [`<|${i}|>`]
    return {
      id: `t${i}`,
      name: areVariants ? `t[shard=${i}]` : `t${i}`,
      ...(areVariants ? { variant: { of: 't', values: { shard: `${i}` } } } : {}),
      kind: 'bytes',
      version: 1,
      params: { end_of_text: '<|endoftext|>', special },
      hints: {},
      files: {},
      inputs: {},
      outputs: [{ name: 'out', type: { kind: 'Tokenizer', tokenizer: `t${i}`, size: 258, special } }],
      resources: { cpus: 1, memory: 2 ** 26 },
      span,
    }
  })
  return {
    version: 1,
    program: 'a.llmpipe',
    nodes,
    models: {},
    results: nodes.map(({ id }) => id),
    sources: ['a.llmpipe'],
  }
}

/** Runs the plan in a folder as jobs of Slurm, as `llmpipe run` does. Returns the exit code. */
async function runPlanIn(folder: string, jobs: number): Promise<number> {
  const store = openStore(join(folder, '.llmpipe'))
  const never = new AbortController().signal
  const summary = await run(JSON.parse(readFileSync(join(folder, 'plan.json'), 'utf8')) as Plan, {
    store,
    programDir: folder,
    executor: slurmExecutor({
      store,
      site: { jobs, submitsPerMinute: 600_000 },
      jobCommand: ['llmpipe', 'job'],
      version: 'bench',
    }),
    onEvent: () => {},
    stageCommand: [],
    version: 'bench',
    signal: { soft: never, hard: never },
  })
  return summary.failed > 0 ? 1 : 0
}

interface Measured {
  /** Milliseconds. */
  readonly time: number
  readonly cpu: number
  /** The most bytes that were resident. */
  readonly memory: number
}

/** Runs the plan in a process of its own. Throws if it fails. */
async function measured(home: string, onUsage: (usage: Omit<Measured, 'time'>) => void = () => {}): Promise<Measured> {
  const began = performance.now()
  const profile = flags.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${flags.profile}`]
  const command = [...profile, process.argv[1]!, '--run', home, '--in-queue', flags['in-queue']]
  const child = spawn(process.execPath, command, {
    env: { ...process.env, PATH: `${join(home, 'bin')}:${process.env.PATH}` },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  let last = { cpu: 0, memory: 0 }
  const timer = setInterval(() => {
    last = usageOf(child.pid!) ?? last
    onUsage(last)
  }, 200)
  const ended = await new Promise<number | string | null>((resolve) =>
    child.once('close', (code, signal) => resolve(signal ?? code)),
  )
  clearInterval(timer)
  if (ended !== 0) throw new Error(`the run ended with ${ended}`)
  return { time: performance.now() - began, ...last }
}

/** CPU time in milliseconds (without that of commands it started) and the most resident bytes of a process so far, as Linux reports them. */
function usageOf(pid: number): { readonly cpu: number; readonly memory: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    // utime and stime in ticks, which Linux counts 100 of a second for all programs.
    const cpu = (Number(fields[11]) + Number(fields[12])) * 10
    const peak = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    // A process that has ended and that nobody has waited for yet has no memory.
    return peak === undefined ? undefined : { cpu, memory: Number(peak) * 1024 }
  } catch {
    // It has ended.
    return undefined
  }
}

/** Files, bytes and the largest folder of the store. */
function sizes(folder: string): [name: string, value: string][] {
  let files = 0
  let bytes = 0
  let largest = { name: '', entries: 0 }
  const visit = (path: string, name: string) => {
    const entries = readdirSync(path, { withFileTypes: true })
    if (entries.length > largest.entries) largest = { name, entries: entries.length }
    for (const each of entries) {
      if (each.isDirectory()) visit(join(path, each.name), join(name, each.name))
      else {
        files++
        bytes += statSync(join(path, each.name)).size
      }
    }
  }
  mkdirSync(folder, { recursive: true })
  visit(folder, '')
  return [
    ['files', files.toLocaleString('en')],
    ['bytes', `${Math.round(bytes / 1e6).toLocaleString('en')} MB`],
    ['largest folder', `${largest.name}, ${largest.entries.toLocaleString('en')} entries`],
  ]
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(1)} s`
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`
}
