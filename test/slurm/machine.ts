/**
 * A machine of the cluster: a daemon of Slurm in process, mount and host name namespaces of its own, so that processes of two machines cannot see each
 * other, as on a real cluster. The network and the files are those of this host.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** An order that a machine follows: start the daemon, or send it a signal. KILL and TERM wait for its end. */
type Order = 'start' | 'KILL' | 'TERM' | 'STOP' | 'CONT'

export interface MachineOptions {
  readonly hostname: string
  /** The file that gets the output of the daemon. */
  readonly log: string
  readonly command: readonly string[]
  readonly env: NodeJS.ProcessEnv
}

/** `unshare` with the namespaces of a machine. What is mounted on this host later is mounted on the machine too. */
export const unshare = [
  'unshare',
  ...(process.getuid?.() === 0 ? [] : ['--user', '--map-current-user', '--keep-caps']),
  '--pid',
  '--fork',
  '--kill-child',
  '--uts',
  '--mount',
  '--propagation',
  'slave',
  '--mount-proc',
]

export class Machine {
  readonly #options: MachineOptions
  #init: ChildProcess | undefined
  #answered: ((order: string) => void) | undefined
  #queue: Promise<unknown> = Promise.resolve()

  constructor(options: MachineOptions) {
    this.#options = options
  }

  get isOn(): boolean {
    return this.#init !== undefined
  }

  /** Boots the machine if it is off, and starts its daemon. */
  async start(): Promise<void> {
    if (this.#init === undefined) this.#boot()
    await this.#order('start')
  }

  /** Ends the daemon alone: KILL at once, TERM in order. The jobs that it started go on. */
  async endDaemon(signal: 'KILL' | 'TERM'): Promise<void> {
    await this.#order(signal)
  }

  /** Stops the daemon from answering, as if the network were cut. The jobs that it started go on. */
  async freeze(): Promise<void> {
    await this.#order('STOP')
  }

  async thaw(): Promise<void> {
    await this.#order('CONT')
  }

  /** Turns the machine off: every process on it is killed at once. */
  async crash(): Promise<void> {
    const init = this.#init
    if (init === undefined) return
    const ended = new Promise((resolve) => init.once('exit', resolve))
    this.#init = undefined
    init.kill('SIGKILL')
    await ended
  }

  #boot(): void {
    const { hostname, log, command, env } = this.#options
    const script = resolve('test/slurm/machine.sh')
    const [program, ...args] = [...unshare, 'bash', script, hostname, log, ...command]
    // A session of its own: Ctrl-C in the terminal of the tests does not reach it before the tests have ended.
    const init = spawn(program!, args, { env, stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    init.on('error', (error) => this.#answered?.(error.message))
    init.once('exit', () => this.#answered?.('the machine is off'))
    init.stdin.on('error', () => {})
    createInterface({ input: init.stdout }).on('line', (line) => this.#answered?.(line))
    this.#init = init
  }

  #order(order: Order): Promise<void> {
    const done = this.#queue.then(async () => {
      const stdin = this.#init?.stdin
      if (!stdin) throw new Error(`${this.#options.hostname} is off`)
      const answer = await new Promise<string>((resolve) => {
        this.#answered = resolve
        stdin.write(`${order}\n`)
      })
      if (answer !== order) throw new Error(`${this.#options.hostname}: ${answer}`)
    })
    this.#queue = done.catch(() => {})
    return done
  }
}
