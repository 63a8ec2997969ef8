/**
 * Submits the jobs of stages. Variants of a `for` whose jobs ask for the same become tasks of one job array: the controller gets one request and not a hundred.
 * Each task is the job of one stage, with a folder, a claim and an id of its own (`12_3`), so it fails, is started again and is canceled alone.
 */

import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { StageFailure } from '../../../../core/event.ts'
import { holderOfClaim } from '../../../../store/claim.ts'
import { saysArrayTooLarge } from '../cluster/commands.ts'
import { jobsOfUser } from '../cluster/queue.ts'
import { maxArraySize } from '../parts/arrays.ts'
import { refused } from './refusal.ts'
import { commonArguments, nameOfVariants, type Submission, type Submitted, submit, submitArray } from './submit.ts'

/** The pauses after `sbatch` could not reach the controller, in milliseconds. */
const firstRetry = 5_000
const longestRetry = 60_000
/** Variants that become ready within this time of one another are submitted together, in milliseconds, and how long the first of them waits at most. */
const gathering = 100
const longestGathering = 1_000
/** The most tasks of one array, whatever MaxArraySize is: the script of the array names the folder of each. */
const mostTasks = 1_000

/** The id of a job that was submitted; or why none can be. `undefined` if the run was interrupted before. */
export type Placed = { readonly id: string; readonly cluster?: string } | StageFailure | undefined

interface Member {
  readonly submission: Submission
  /** Its number in its array. */
  index: number
  /** Aborted if the run leaves. */
  readonly left: AbortSignal
  settle(placed: Placed): void
  fail(error: unknown): void
}

/** Jobs that are submitted by one call of `sbatch`. `array`: the name of the array that they are tasks of; absent for a single job. */
interface Batch {
  readonly array?: string
  readonly members: readonly Member[]
}

export interface PlacingOptions {
  /** Waits until another job may be submitted. */
  turn(): Promise<void>
  /** Receives messages about the cluster as a whole. */
  notice(message: string): void
}

export class Placing {
  readonly #options: PlacingOptions
  /** Variants that wait for others, by what they ask for. */
  readonly #forming = new Map<string, Member[]>()
  #largest: Promise<number> | undefined
  /** A notice says that nothing can be submitted now. */
  #isTroubleKnown = false

  constructor(options: PlacingOptions) {
    this.#options = options
  }

  /** Submits the job of a stage. Waits while the controller cannot be reached. */
  async place(submission: Submission, left: AbortSignal): Promise<Placed> {
    const { work, site, after = [] } = submission
    if (work.node.variant !== undefined && after.length === 0 && site.arrays !== false)
      return this.#together(submission, left)
    await Promise.race([this.#options.turn(), aborted(left)])
    if (left.aborted) return undefined
    return new Promise((settle, fail) => this.#submit({ members: [{ submission, index: 0, left, settle, fail }] }))
  }

  /** The controller cannot be reached: says so, unless that is known. */
  reportTrouble(message: string): void {
    if (!this.#isTroubleKnown)
      this.#options.notice(`no job can be submitted now (${message}); llmpipe tries again until it can`)
    this.#isTroubleKnown = true
  }

  #together(submission: Submission, left: AbortSignal): Promise<Placed> {
    const kind = [nameOfVariants(submission.work), ...commonArguments(submission)].join('\0')
    return new Promise((settle, fail) => {
      const member: Member = { submission, index: 0, left, settle, fail }
      const others = this.#forming.get(kind)
      if (others === undefined) {
        this.#forming.set(kind, [member])
        void this.#gather(kind)
      } else others.push(member)
      left.addEventListener('abort', () => {
        const members = this.#forming.get(kind)
        const at = members?.indexOf(member) ?? -1
        if (at < 0) return
        members!.splice(at, 1)
        settle(undefined)
      })
    })
  }

  /** Waits until no further variant comes, and submits those that came. Whoever comes while the pace of submissions holds them back joins them. */
  async #gather(kind: string): Promise<void> {
    const members = this.#forming.get(kind)!
    let seen = 0
    for (let waited = 0; members.length > seen && waited < longestGathering; waited += gathering) {
      seen = members.length
      await sleep(gathering)
    }
    await this.#options.turn()
    this.#largest ??= maxArraySize()
    const most = Math.max(1, Math.min(mostTasks, await this.#largest))
    const own = members.splice(0, most)
    if (members.length > 0) void this.#gather(kind)
    else this.#forming.delete(kind)
    if (own.length === 1) this.#submit({ members: own })
    else if (own.length > 1) {
      for (const [index, member] of own.entries()) member.index = index
      this.#submit({
        array: `${own[0]!.submission.work.key.slice(0, 16)}-${randomBytes(6).toString('hex')}`,
        members: own,
      })
    }
  }

  #submit(batch: Batch): void {
    this.#carryOut(batch).catch((error: unknown) => {
      for (const member of batch.members) member.fail(error)
    })
  }

  async #carryOut({ array, members }: Batch): Promise<void> {
    let waiting = members
    let { exclude, after = [] } = members[0]!.submission
    if (array !== undefined)
      for (const { submission, index } of members) submission.folder.joinArray({ name: array, index })
    for (let retry = firstRetry; ; retry = Math.min(longestRetry, retry * 2)) {
      for (const member of waiting) if (member.left.aborted) member.settle(undefined)
      waiting = waiting.filter(({ left }) => !left.aborted)
      if (waiting.length === 0) return
      const answer = await this.#send(array, waiting, exclude, after)
      if (answer.type !== 'unreachable') this.#isTroubleKnown = false
      if (answer.type === 'ok') {
        const { id, cluster } = answer
        for (const { index, settle } of waiting)
          settle({ id: array === undefined ? id : `${id}_${index}`, ...(cluster === undefined ? {} : { cluster }) })
        return
      }
      if (waiting.length > 1 && saysArrayTooLarge(answer.message)) {
        // There is room for some of the tasks, or the site does not like large arrays.
        const half = Math.ceil(waiting.length / 2)
        for (const part of [waiting.slice(0, half), waiting.slice(half)]) {
          await this.#options.turn()
          this.#submit({ array: array!, members: part })
        }
        return
      }
      if (answer.type === 'refused') {
        if (exclude.length === 0 && after.length === 0) {
          for (const { settle, submission } of waiting) settle(refused(answer.message, submission))
          return
        }
        // Without the nodes that failed, nothing may be left that is large enough; and Slurm forgets arrays that have ended.
        exclude = []
        after = []
        continue
      }
      this.reportTrouble(answer.message)
      const areAllGone = () => waiting.every(({ left }) => left.aborted)
      for (let rest = retry; rest > 0 && !areAllGone(); rest -= gathering) await sleep(gathering)
      waiting = await withoutTaken(array, waiting)
    }
  }

  #send(
    array: string | undefined,
    members: readonly Member[],
    exclude: readonly string[],
    after: readonly string[],
  ): Promise<Submitted> {
    const common = { ...members[0]!.submission, exclude, after }
    if (array === undefined) return submit(common)
    const tasks = members.map(({ index, submission: { folder } }) => ({ index, folder }))
    return submitArray(common, array, tasks)
  }
}

/**
 * Settles the members whose jobs the controller has taken though its answer was lost: they may even have ended since. Returns the others.
 */
async function withoutTaken(array: string | undefined, members: readonly Member[]): Promise<readonly Member[]> {
  const taken = new Map<Member, string>()
  for (const member of members) {
    const { folder, work } = member.submission
    const ended = folder.end()
    const holder = holderOfClaim(work.root, work.key)
    if (ended !== undefined) taken.set(member, ended.job)
    else if (holder?.type === 'job' && holder.folder === folder.name) taken.set(member, holder.id)
  }
  const listed = await jobsOfUser()
  if (listed.type === 'ok') {
    const byTask = new Map(
      members.map((member) => {
        const { index, submission } = member
        return [array === undefined ? submission.folder.name : `${array} ${index}`, member] as const
      }),
    )
    for (const [id, { comment }] of listed.jobs) {
      const [, index] = id.split('_')
      const member = byTask.get(index === undefined ? comment : `${comment} ${index}`)
      if (member !== undefined && !taken.has(member)) taken.set(member, id)
    }
  }
  for (const [member, id] of taken) member.settle({ id })
  return members.filter((member) => !taken.has(member))
}

/** Resolves when a signal is aborted. */
function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
