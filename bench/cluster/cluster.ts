/**
 * A cluster that exists only in this process: it answers sbatch, squeue, scancel and sinfo, and does with the store what a job would do on a node,
 * without a process for each job. Jobs take time, wait for a node, are preempted, and lose their nodes.
 */

import { appendFileSync, chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { join } from 'node:path'
import type { JobPlace } from '../../src/core/event.ts'
import { Random } from '../../src/core/values/random.ts'
import { commitTo } from '../../src/run/commit.ts'
import { type JobEnd, JobFolder } from '../../src/run/executors/slurm/job/job-folder.ts'
import { type Claim, joinClaim } from '../../src/store/claim.ts'
import { openStore } from '../../src/store/folder-store.ts'
import { StatCache } from '../../src/store/inputs/stat-cache.ts'

export interface SimulationOptions {
  readonly nodes: number
  /** The mean time that a job runs, in milliseconds; times are uniform between half and one and a half of it. */
  readonly jobTime: number
  /** The probabilities that a start of a job ends by preemption, or with the loss of its node. */
  readonly preempted: number
  readonly lost: number
  /** For how long squeue lists a job that has ended, in milliseconds; Slurm's MinJobAge, 300 s by default. */
  readonly minJobAge: number
  /** The store of the run. */
  readonly root: string
  readonly seed: number
}

interface Job {
  /** `12`, or `12_3` for a task of an array. */
  readonly id: string
  /** The name of its folder in the store, and the comment with which it was submitted. */
  readonly folder: string
  readonly comment: string
  state: 'PENDING' | 'RUNNING' | 'COMPLETED' | 'NODE_FAIL' | 'CANCELLED'
  node: string
  restarts: number
  claim: Claim | undefined
  /** When its state changes, by `performance.now()`. */
  until: number
  next: 'done' | 'preempted' | 'lost'
}

/** How often the cluster looks what has ended and what can start, in milliseconds. */
const tick = 50
/** Files without which llmpipe refuses the record of a tokenizer. */
const outputFile = 'tokenizer.json'

export class SimulatedCluster {
  readonly counts = {
    submissions: 0,
    submitted: 0,
    polls: 0,
    bytesOfPolls: 0,
    done: 0,
    preempted: 0,
    lost: 0,
    superseded: 0,
    listed: 0,
    mostListed: 0,
  }
  readonly #options: SimulationOptions
  readonly #random: Random
  readonly #store
  readonly #cache
  readonly #jobs = new Map<string, Job>()
  readonly #pending = new Set<Job>()
  readonly #running = new Set<Job>()
  readonly #freeNodes: string[]
  #server: Server | undefined
  #timer: NodeJS.Timeout | undefined
  #isAdvancing = false

  constructor(options: SimulationOptions) {
    this.#options = options
    this.#random = new Random(options.seed, 'cluster')
    this.#freeNodes = Array.from({ length: options.nodes }, (_, i) => `node${i}`)
    this.#store = openStore(options.root)
    this.#cache = new StatCache(options.root)
  }

  /** Starts the cluster, and writes its commands into the folder `bin`. */
  async start(bin: string): Promise<void> {
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket))
    const server = this.#server
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    mkdirSync(bin, { recursive: true })
    for (const command of ['sbatch', 'squeue', 'scancel', 'sinfo', 'scontrol', 'sacct']) {
      // Only sbatch reads a script. Its end is a character that no script has.
      const send = `printf '%s\\t' ${command} "$@" >&3\necho >&3\n${command === 'sbatch' ? 'cat >&3\n' : ''}printf '\\004' >&3`
      const receive = command === 'squeue' ? 'exec cat <&3' : 'while read -r line <&3; do echo "$line"; done'
      const script = `#!/bin/bash\nexec 3<>/dev/tcp/127.0.0.1/${port}\n${send}\n${receive}\n`
      writeFileSync(join(bin, command), script)
      chmodSync(join(bin, command), 0o755)
    }
    this.#timer = setInterval(() => void this.#advance(), tick)
  }

  stop(): void {
    clearInterval(this.#timer)
    this.#server?.close()
  }

  #serve(socket: Socket): void {
    let text = ''
    socket.setEncoding('utf8')
    socket.on('error', () => {})
    socket.on('data', (piece: string) => {
      text += piece
      if (!text.endsWith('\u0004')) return
      const [words = '', ...script] = text.slice(0, -1).split('\n')
      socket.end(this.#answer(words.trimEnd().split('\t'), script))
    })
  }

  #answer([command, ...args]: readonly string[], script: readonly string[]): string {
    switch (command) {
      case 'sbatch':
        return this.#submit(args, script)
      case 'squeue':
        return this.#list()
      case 'sinfo':
        return 'main*|2\n'
      default:
        return ''
    }
  }

  #submit(args: readonly string[], script: readonly string[]): string {
    const comment = args.find((arg) => arg.startsWith('--comment='))?.slice('--comment='.length) ?? ''
    const number = `${++this.counts.submissions}`
    const isArray = args.some((arg) => arg.startsWith('--array='))
    if (!isArray) this.#add(number, comment, comment)
    else
      for (const line of script) {
        const [, index, folder] = /^ {2}\[(\d+)\]=.*\/([\w-]+)'?$/.exec(line) ?? []
        if (folder !== undefined) this.#add(`${number}_${index}`, folder, comment)
      }
    return `${number}\n`
  }

  #add(id: string, folder: string, comment: string): void {
    this.counts.submitted++
    const state = { state: 'PENDING', node: '', restarts: 0, claim: undefined, until: 0, next: 'done' } as const
    const job: Job = { id, folder, comment, ...state }
    this.#jobs.set(id, job)
    this.#pending.add(job)
  }

  #list(): string {
    const lines = [...this.#jobs.values()].map(
      ({ id, state, node, comment }) =>
        `${id}|${state}|${node}|llmpipe:t|${comment}|${state === 'PENDING' ? 'Resources' : 'None'}`,
    )
    const text = `${lines.join('\n')}\n`
    this.counts.polls++
    this.counts.bytesOfPolls += text.length
    this.counts.listed = lines.length
    this.counts.mostListed = Math.max(this.counts.mostListed, lines.length)
    return text
  }

  /** Ends what is due, forgets what ended long ago, and starts what has a node. */
  async #advance(): Promise<void> {
    if (this.#isAdvancing) return
    this.#isAdvancing = true
    const now = performance.now()
    for (const job of this.#running) if (job.until <= now) await this.#end(job)
    // Jobs are listed in the order of their ids, and end roughly in it.
    for (const [id, job] of this.#jobs) {
      if (job.state === 'PENDING' || job.state === 'RUNNING' || now - job.until < this.#options.minJobAge) break
      this.#jobs.delete(id)
    }
    for (const job of this.#pending) {
      const node = this.#freeNodes.pop()
      if (node === undefined) break
      this.#pending.delete(job)
      this.#begin(job, node)
    }
    this.#isAdvancing = false
  }

  #begin(job: Job, node: string): void {
    const { jobTime, preempted, lost } = this.#options
    const chance = this.#random.uniform()
    Object.assign(job, { state: 'RUNNING', node, until: performance.now() + jobTime * (0.5 + this.#random.uniform()) })
    job.next = chance < preempted ? 'preempted' : chance < preempted + lost ? 'lost' : 'done'
    this.#running.add(job)
    const folder = new JobFolder(this.#options.root, job.folder)
    const file = folder.job()
    if (job.claim === undefined && file !== undefined) {
      const place: JobPlace = { type: 'job', system: 'slurm', id: job.id, folder: job.folder }
      job.claim = joinClaim(this.#options.root, file.claim, place)
    }
    writeFileSync(folder.lease, '')
    const event = { event: 'queue', state: 'running', job: job.id, node, waited: 0 }
    appendFileSync(folder.events, `${JSON.stringify(event)}\n`)
  }

  async #end(job: Job): Promise<void> {
    this.#running.delete(job)
    this.#freeNodes.push(job.node)
    if (job.next === 'preempted') {
      this.counts.preempted++
      Object.assign(job, { state: 'PENDING', node: '', restarts: job.restarts + 1 })
      this.#pending.add(job)
      return
    }
    if (job.next === 'lost') {
      this.counts.lost++
      job.claim?.handOver()
    } else await this.#commit(job)
    Object.assign(job, { state: job.next === 'lost' ? 'NODE_FAIL' : 'COMPLETED', until: performance.now() })
  }

  /** Does what the process of a job does when its stage is done. */
  async #commit({ id, folder: name, claim, node, restarts }: Job): Promise<void> {
    const folder = new JobFolder(this.#options.root, name)
    const end = (outcome: JobEnd['outcome']) =>
      folder.writeEnd({ version: 1, job: id, restart: restarts, time: Date.now(), node, outcome })
    const file = folder.job()
    if (file === undefined || claim === undefined || !claim.isHeld()) {
      this.counts.superseded++
      end({ type: 'superseded' })
      return
    }
    const { work } = file
    const outputs = Object.fromEntries(
      work.node.outputs.map(({ name, type }) => [name, { folder: join(claim.folder, name), kind: type.kind }]),
    )
    for (const output of Object.values(outputs)) {
      mkdirSync(output.folder, { recursive: true })
      writeFileSync(join(output.folder, outputFile), work.key)
    }
    const { unchanged } = await commitTo(this.#store, work, this.#cache)({ report: {}, outputs, seconds: 1 }, claim)
    end({ type: 'done', unchanged })
    this.counts.done++
  }
}
