/** Jobs that wait in the queue and will not start by themselves. */

import type { StageEvent, StageFailure } from '../../../../core/event.ts'
import { type CommandResult, slurm } from '../cluster/commands.ts'

/** Slurm holds a job whose launch failed, on a node without its shared file system for example. It may start on another node. */
const heldAfterLaunch = /^(launch failed requeued held|JobHoldMaxRequeue)/
/** Reasons for which a job waits until a person changes it: see "job reason codes" of squeue(1). */
const needsPerson =
  /^(PartitionConfig|PartitionNodeLimit|PartitionTimeLimit|BadConstraints|InvalidAccount|InvalidQOS|JobHeldUser|JobHeldAdmin|DependencyNeverSatisfied|ReservationDeleted)/

/** Whether a job that waits for a reason does not start by itself. */
export function waitsInVain(reason: string): boolean {
  return heldAfterLaunch.test(reason) || needsPerson.test(reason)
}

/** How often a job that Slurm holds is released. */
const mostReleases = 3
/** After how long, in milliseconds, the run says again that a job waits in vain, and after how long the stage fails. */
const reminder = 3_600_000
const mostPatience = 86_400_000

export interface HoldsOptions {
  readonly id: string
  readonly emit: (event: StageEvent) => void
  /** Runs `scontrol`; that of this machine if absent. */
  readonly scontrol?: (args: readonly string[]) => Promise<CommandResult>
  /** Milliseconds since any moment. */
  readonly now?: () => number
}

/** Watches why a job waits: releases it if Slurm holds it, says so if only a person can help, and gives up at last. */
export class Holds {
  readonly #options: HoldsOptions
  readonly #scontrol: (args: readonly string[]) => Promise<CommandResult>
  readonly #now: () => number
  #releases = 0
  #isReleasing = false
  /** Since when the job waits in vain, and when the run said so last. */
  #vain: { readonly reason: string; readonly since: number; said: number } | undefined
  #failure: StageFailure | undefined

  constructor(options: HoldsOptions) {
    this.#options = options
    this.#scontrol = options.scontrol ?? ((args) => slurm('scontrol', args))
    this.#now = options.now ?? (() => performance.now())
  }

  /** The failure of a stage whose job will not start; `undefined` while there is hope. The job stays in the queue. */
  get failure(): StageFailure | undefined {
    return this.#failure
  }

  /** The job does not wait, or waits for its turn. */
  clear(): void {
    this.#vain = undefined
  }

  /** The job waits for `reason`, or for jobs `id` that wait for it. To be called after each answer of the queue. */
  waits(reason: string, id = this.#options.id): void {
    if (heldAfterLaunch.test(reason)) this.#held(reason, id)
    else if (needsPerson.test(reason)) this.#inVain(reason, id)
    else this.clear()
  }

  #held(reason: string, id: string): void {
    if (this.#isReleasing) return
    if (this.#releases >= mostReleases) {
      this.#failure = {
        code: 'cannot-start',
        message: `slurm job ${id} could not be launched ${mostReleases + 1} times (${reason})`,
        help: 'Its nodes cannot start jobs: `llmpipe doctor --executor slurm` tries one, and `arguments` in the site file can exclude nodes (`--exclude=n3`).',
      }
      return
    }
    this.#isReleasing = true
    this.#releases++
    void this.#scontrol(['release', id]).then((answer) => {
      this.#isReleasing = false
      if (answer.type === 'ok')
        this.#warn(`Slurm held job ${id} (${reason}); llmpipe released it, so that it starts again`)
      else this.#inVain(reason, id)
    })
  }

  #inVain(reason: string, id: string): void {
    const now = this.#now()
    if (this.#vain?.reason !== reason) this.#vain = { reason, since: now, said: Number.NEGATIVE_INFINITY }
    const hours = Math.floor((now - this.#vain.since) / 3_600_000)
    if (now - this.#vain.since > mostPatience)
      this.#failure = {
        code: 'cannot-start',
        message: `slurm job ${id} did not start for ${hours} hours (${reason})`,
        help: `It is still in the queue. ${wayOut(id, reason)}`,
      }
    else if (now - this.#vain.said > reminder) {
      this.#vain.said = now
      const since = hours === 0 ? '' : `, for ${hours} ${hours === 1 ? 'hour' : 'hours'} now`
      this.#warn(`slurm job ${id} will not start by itself (${reason}${since}): ${wayOut(id, reason)}`)
    }
  }

  #warn(message: string): void {
    this.#options.emit({ event: 'log', level: 'warning', message })
  }
}

function wayOut(id: string, reason: string): string {
  const first = /held/i.test(reason)
    ? `scontrol release ${id} lets it start, or`
    : 'correct llmpipe.site.json or the stage,'
  return `${first} end the job with llmpipe stop, and run again`
}
