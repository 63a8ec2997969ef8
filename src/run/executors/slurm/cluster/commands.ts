/** The commands of Slurm. Each runs with a time limit; how it failed decides whether waiting helps. */

import { execFile } from 'node:child_process'

/** How long a command may take, in milliseconds: a busy controller answers late. */
const commandTime = 60_000

/** The outcome of a command. */
export type CommandResult =
  | { readonly type: 'ok'; readonly stdout: string }
  /** The controller could not be reached or did not answer in time. The command may have taken effect all the same. */
  | { readonly type: 'unreachable'; readonly message: string }
  | { readonly type: 'refused'; readonly message: string }

/** The queue is full, or a limit on submitted jobs is reached. */
const tooMany = /too many jobs|submit ?limit|maxsubmitjob|job submit limit/i

/** Whether a smaller array than the one that `sbatch` did not take could be taken. */
export function saysArrayTooLarge(message: string): boolean {
  return tooMany.test(message) || /\barrays?\b/i.test(message)
}

/** Errors that pass: the controller is down, restarting or overloaded. */
const passing = [
  /unable to contact slurm controller/i,
  /socket timed out/i,
  /zero bytes were transmitted/i,
  /connection (refused|reset|timed out)/i,
  /slurm_persist_conn_open/i,
  /unable to connect to slurm/i,
  /transport endpoint is not connected/i,
  /unexpected message received/i,
  /slurm backup controller in standby/i,
  /temporarily (unavailable|unable)/i,
  /service is shutting down|in transition/i,
  /no route to host/i,
  // Jobs that end make room.
  tooMany,
]

/** Limits on a single job, which no waiting changes. Slurm names them beside the sentence that it has for all limits ("Job violates accounting/QOS policy"). */
const limitOfOneJob = /\b(QOS|Assoc)(Max\w*Per(Job|Node)|Min)/i

/** Errors of this machine that pass: it has no process, file or memory to spare. */
const passingCodes: ReadonlySet<unknown> = new Set(['EAGAIN', 'EMFILE', 'ENFILE', 'ENOMEM'])

/** Runs a command of Slurm. The variables of an enclosing job are not passed on: they would become defaults of the new one. */
export function slurm(command: string, args: readonly string[], input = ''): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = execFile(
      command,
      args,
      { timeout: commandTime, killSignal: 'SIGKILL', maxBuffer: 256 * 1024 ** 2, env: environment(process.env) },
      (error, stdout, stderr) => {
        if (error === null) return resolve({ type: 'ok', stdout })
        if ((error as NodeJS.ErrnoException).code === 'ENOENT')
          return resolve({ type: 'refused', message: `there is no command ${command} on this machine` })
        const said = `${stderr}\n${stdout}`.trim()
        const message = said === '' ? error.message : lastErrors(said)
        const isPassing =
          error.killed ||
          passingCodes.has(error.code) ||
          (passing.some((each) => each.test(said)) && !limitOfOneJob.test(said))
        resolve({ type: isPassing ? 'unreachable' : 'refused', message: error.killed ? 'no answer in 60 s' : message })
      },
    )
    child.stdin?.on('error', () => {})
    child.stdin?.end(input)
  })
}

/** The environment without the variables that Slurm gave an enclosing job, and those that preset options of its commands. */
export function environment(whole: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const isOfJob = (name: string) =>
    name !== 'SLURM_CONF' && /^(SLURM|SLURMD|SBATCH|SRUN|SQUEUE|SCANCEL|PMI|PMIX)_/.test(name)
  return Object.fromEntries(Object.entries(whole).filter(([name]) => !isOfJob(name)))
}

/** The last errors of a command without `sbatch: error: `. The first of them is often the reason, which a site or Slurm gives before the general one. */
function lastErrors(said: string): string {
  const lines = said.split('\n').map((line) => line.trim())
  const errors = lines.filter((line) => /error|fatal/i.test(line)).slice(-3)
  const words = (errors.length > 0 ? errors : lines.slice(-1)).map((line) =>
    line.replace(/^\w+: (error|fatal):\s*/, ''),
  )
  return [...new Set(words)].filter((each) => each !== '' && !/^\w+: (error|fatal):$/.test(each)).join('; ')
}
