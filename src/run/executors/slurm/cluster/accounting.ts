/** The accounting of Slurm (`sacct`), which not every cluster has. It knows jobs that the queue has forgotten, and the memory that they used. */

import { slurm } from './commands.ts'

/** A job as the accounting knows it. */
export interface Accounted {
  readonly state: string
  /** Empty if it had none. */
  readonly node: string
  /** The most bytes that its processes held, as far as the cluster samples that. */
  readonly memory?: number
  /** Its time limit, as Slurm writes it: `1-00:00:00`. */
  readonly limit?: string
}

const fields = 'JobID,State,NodeList,MaxRSS,Timelimit'
/** The errors of sacct on a cluster that records nothing. */
const isDisabled = /accounting storage is disabled|no command sacct/i

export class Accounting {
  #isPresent = true

  /** The last start of a job; `undefined` if there is no accounting, or if it does not know the job. */
  async job(id: string): Promise<Accounted | undefined> {
    if (!this.#isPresent) return undefined
    const answer = await slurm('sacct', ['--noheader', '--parsable2', `--jobs=${id}`, `--format=${fields}`])
    if (answer.type === 'refused' && isDisabled.test(answer.message)) this.#isPresent = false
    return answer.type === 'ok' ? accountedIn(answer.stdout, id) : undefined
  }
}

/** The job in the output of sacct, which has a line for the job (`12`) and one for each of its steps (`12.batch`). */
export function accountedIn(output: string, id: string): Accounted | undefined {
  const lines = output.split('\n').map((line) => line.trim().split('|'))
  const job = lines.findLast(([name]) => name === id)
  if (job === undefined) return undefined
  const [, words = '', node = '', , limit = ''] = job
  // Words may follow the state: who ended the job.
  const [state = ''] = words.split(' ')
  if (state === '') return undefined
  const memory = Math.max(
    0,
    ...lines.filter(([name = '']) => name.startsWith(`${id}.`)).map((step) => bytesOf(step[3])),
  )
  return {
    state,
    node: node === 'None assigned' ? '' : node,
    ...(memory === 0 ? {} : { memory }),
    ...(/^[\d:-]+$/.test(limit) ? { limit } : {}),
  }
}

const unitBytes: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3, T: 1024 ** 4 }

/** The bytes in a field of sacct such as `1310720K`; 0 if it is empty. */
function bytesOf(text = ''): number {
  const [, number, unit = ''] = /^([\d.]+)([KMGT]?)$/.exec(text) ?? []
  return number === undefined ? 0 : Number(number) * (unitBytes[unit] ?? 0)
}
