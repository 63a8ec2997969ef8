/** A ranking session: which person ranks which task, as a function of the judgements in the log. */

import type { Ranking } from '../core/conversation.ts'
import { Random } from '../core/values/random.ts'
import { ranksByScore } from '../data/conversations/ranks.ts'
import { rankingAlpha } from './agreement.ts'
import type { JudgementEvent, JudgementLog, RankedEvent, SkippedEvent } from './judgement-log.ts'
import type { Task } from './task.ts'

export interface SessionSettings {
  /** The number of tasks to rank; fewer if there are fewer. */
  readonly atLeast: number
  /** The number of people who rank each task. */
  readonly annotators: number
  /** Fixes the order of tasks and of responses. */
  readonly seed: number
  /** The criteria that responses may be rated by; any, if not given. */
  readonly criteria?: readonly string[] | undefined
}

/** A person's judgement of a task. Responses are numbered in the order in which that person saw them. */
export interface Judgement {
  readonly task: string
  readonly ranks: readonly number[]
  readonly flagged: readonly number[]
  readonly ratings?: Readonly<Record<string, readonly (number | null)[]>>
  readonly seconds: number
}

/** A task as a person sees it: its responses without their models, in an order drawn for that person. */
export interface ShownTask {
  readonly id: string
  readonly messages: Task['messages']
  readonly responses: readonly string[]
  /** The judgement that this person has just taken back, if any. */
  readonly before?: Omit<Judgement, 'task' | 'seconds'>
}

export interface Progress {
  /** Tasks that enough people have ranked, and how many are needed. */
  readonly done: number
  readonly needed: number
  readonly people: readonly { readonly name: string; readonly ranked: number }[]
  /** Krippendorff's α, once two people have ranked the same task. */
  readonly agreement?: number
}

/** A judgement of a task that does not exist, or one that does not fit its task. */
export class BadJudgement extends Error {}

/** A ranking, and the person who made it. */
type PersonRanking = Ranking & { annotator: string; flagged?: readonly number[] }

/** A judgement that has not been taken back. */
type Standing = RankedEvent | SkippedEvent

/** How long a task is reserved for the person who sees it, in milliseconds. */
const reservation = 10 * 60 * 1000

export class RankingSession {
  readonly settings: SessionSettings
  readonly #tasks: ReadonlyMap<string, Task>
  readonly #order: readonly string[]
  readonly #log: JudgementLog
  /** By task, the newest judgement of each person. */
  readonly #standing = new Map<string, Map<string, Standing>>()
  /** The person who sees each task, and since when; not kept across restarts. */
  readonly #shown = new Map<string, { readonly annotator: string; readonly time: number }>()
  /** The number of rankings in the log that do not fit their task. */
  #unfit = 0

  constructor(tasks: readonly Task[], log: JudgementLog, settings: SessionSettings) {
    this.settings = { ...settings, atLeast: Math.min(settings.atLeast, tasks.length) }
    this.#tasks = new Map(tasks.map((task) => [task.id, task]))
    const ids = [...this.#tasks.keys()]
    this.#order = Array.from(new Random(settings.seed, 'tasks').permutation(ids.length), (i) => ids[i]!)
    this.#log = log
    for (const event of log.events) this.#apply(event)
  }

  /** The number of tasks that can be ranked. */
  get tasks(): number {
    return this.#order.length
  }

  /** Sentences on the judgements in the log that could not be used; empty if all could. */
  get damage(): readonly string[] {
    const unfit = `${this.#unfit} ranking${this.#unfit === 1 ? '' : 's'} on disk do not fit their answers and were not taken`
    const { damage } = this.#log
    return [...(damage === undefined ? [] : [damage]), ...(this.#unfit === 0 ? [] : [unfit])]
  }

  /** The number of judgements in the log that could not be used. */
  get damaged(): number {
    return this.#log.corruptLines + this.#unfit
  }

  get isDone(): boolean {
    return this.progress().done >= this.settings.atLeast
  }

  progress(): Progress {
    const complete = this.#order.filter((id) => this.#rankings(id).length >= this.settings.annotators)
    const counts = new Map<string, number>()
    for (const id of this.#order)
      for (const { annotator } of this.#rankings(id)) counts.set(annotator, (counts.get(annotator) ?? 0) + 1)
    const agreement = rankingAlpha(this.#order.map((id) => this.#rankings(id).map(({ ranks }) => ranks)))
    return {
      done: complete.length,
      needed: this.settings.atLeast,
      people: [...counts].map(([name, ranked]) => ({ name, ranked })),
      ...(agreement === undefined ? {} : { agreement }),
    }
  }

  /** The next task of a person: one that others have begun before a new one. `undefined` if no task is left for this person. */
  next(annotator: string, now: number): ShownTask | undefined {
    const open = this.#order.filter((id) => {
      const judged = this.#standing.get(id)
      return !judged?.has(annotator) && this.#rankings(id).length < this.settings.annotators
    })
    const isFree = (id: string) => {
      const shown = this.#shown.get(id)
      return shown === undefined || shown.annotator === annotator || now - shown.time > reservation
    }
    const mine = open.find((id) => this.#shown.get(id)?.annotator === annotator)
    const begun = open.find((id) => this.#rankings(id).length > 0 && isFree(id))
    const id = mine ?? begun ?? open.find(isFree) ?? open[0]
    if (id === undefined) return undefined
    this.#shown.set(id, { annotator, time: now })
    return this.#show(id, annotator)
  }

  /** Takes a judgement, which is durable when this returns. Throws BadJudgement if it does not fit its task, NotSaved if it cannot be written. */
  rank(annotator: string, { task: id, ranks, flagged, ratings, seconds }: Judgement, now: number): void {
    const task = this.#task(id)
    const count = task.responses.length
    if (!areRanks(ranks, count)) throw new BadJudgement(`${count} responses need ${count} ranks`)
    if (!flagged.every((place) => isPlace(place, count))) throw new BadJudgement('no such response was shown')
    if (new Set(flagged).size < flagged.length) throw new BadJudgement('a response can be flagged once')
    for (const [criterion, values] of Object.entries(ratings ?? {})) {
      const known = this.settings.criteria
      if (known !== undefined && !known.includes(criterion)) throw new BadJudgement('there is no such criterion')
      if (!areRatings(values, count)) throw new BadJudgement('a rating is a number from 1 to 5')
    }
    const order = this.#shownOrder(id, annotator)
    const inTask = <T>(shown: readonly T[]) => {
      const values = new Array<T>(count)
      for (const [place, i] of order.entries()) values[i] = shown[place]!
      return values
    }
    const rated = Object.entries(ratings ?? {}).map(([name, values]) => [name, inTask(values)] as const)
    this.#add({
      event: 'ranked',
      time: now,
      annotator,
      task: id,
      ranks: ranksByScore(inTask(ranks).map((rank) => -rank)),
      flagged: flagged.map((place) => order[place]!).sort((a, b) => a - b),
      ...(rated.length === 0 ? {} : { ratings: Object.fromEntries(rated) }),
      seconds,
    })
  }

  skip(annotator: string, id: string, now: number): void {
    this.#task(id)
    this.#add({ event: 'skipped', time: now, annotator, task: id })
  }

  canUndo(annotator: string): boolean {
    return this.#last(annotator) !== undefined
  }

  /** Takes back the last judgement of a person, and returns its task to be judged anew; `undefined` if this person has judged nothing. */
  undo(annotator: string, now: number): ShownTask | undefined {
    const last = this.#last(annotator)
    if (last === undefined) return undefined
    const current = [...this.#shown].find(([, shown]) => shown.annotator === annotator)?.[0]
    if (current !== undefined) this.#shown.delete(current)
    this.#add({ event: 'undone', time: now, annotator, task: last.task })
    this.#shown.set(last.task, { annotator, time: now })
    return this.#show(last.task, annotator, last)
  }

  /** The rankings in the order of the tasks, those of a task by time; with `complete`, only those of tasks that enough people have ranked. */
  rankings(which: { readonly complete: boolean }): PersonRanking[] {
    return this.rankingsByTask(which).flatMap(({ rankings }) => rankings)
  }

  /** As `rankings`, by task: tasks without rankings have an empty list. */
  rankingsByTask({
    complete,
  }: {
    readonly complete: boolean
  }): { readonly task: Task; readonly rankings: readonly PersonRanking[] }[] {
    return [...this.#tasks.values()].map((task) => {
      const ranked = this.#rankings(task.id)
      const { id, messages, tools, responses } = task
      if (complete && ranked.length < this.settings.annotators) return { task, rankings: [] }
      const rankings = ranked.map(({ annotator, ranks, flagged, ratings }, i) => ({
        id: i === 0 ? id : `${id}-${i + 1}`,
        messages,
        ...(tools === undefined ? {} : { tools }),
        responses,
        ranks,
        annotator,
        ...(flagged.length === 0 ? {} : { flagged }),
        ...(ratings === undefined ? {} : { ratings }),
      }))
      return { task, rankings }
    })
  }

  #task(id: string): Task {
    const task = this.#tasks.get(id)
    if (task === undefined) throw new BadJudgement('there is no such task')
    return task
  }

  #rankings(id: string): RankedEvent[] {
    const judged = this.#standing.get(id)
    if (judged === undefined) return []
    return [...judged.values()].filter((event) => event.event === 'ranked')
  }

  #add(event: JudgementEvent): void {
    this.#log.add(event)
    this.#apply(event)
    if (event.event !== 'undone') this.#shown.delete(event.task)
  }

  #apply(event: JudgementEvent): void {
    const { task, annotator } = event
    const known = this.#tasks.get(task)
    // A judgement of answers that no longer exist.
    if (known === undefined) return
    if (event.event === 'ranked' && !fits(event, known.responses.length)) {
      this.#unfit++
      return
    }
    const judged = this.#standing.get(task) ?? new Map<string, Standing>()
    this.#standing.set(task, judged)
    judged.delete(annotator)
    if (event.event !== 'undone') judged.set(annotator, event)
  }

  /** The last judgement of a person that has not been taken back. */
  #last(annotator: string): Standing | undefined {
    const judged = [...this.#standing.values()].flatMap((each) => each.get(annotator) ?? [])
    return judged.reduce<Standing | undefined>(
      (last, event) => (last === undefined || event.time >= last.time ? event : last),
      undefined,
    )
  }

  /** The order in which a person sees the responses of a task: the response at each place. */
  #shownOrder(id: string, annotator: string): Uint32Array {
    const { seed } = this.settings
    return new Random(seed, `responses ${annotator} ${id}`).permutation(this.#task(id).responses.length)
  }

  #show(id: string, annotator: string, last?: Standing): ShownTask {
    const { messages, responses } = this.#task(id)
    const order = Array.from(this.#shownOrder(id, annotator))
    const shown = { id, messages, responses: order.map((i) => responses[i]!) }
    if (last?.event !== 'ranked') return shown
    const ratings = Object.entries(last.ratings ?? {}).map(([name, values]) => [name, order.map((i) => values[i]!)])
    return {
      ...shown,
      before: {
        ranks: order.map((i) => last.ranks[i]!),
        flagged: last.flagged.map((i) => order.indexOf(i)),
        ...(ratings.length === 0 ? {} : { ratings: Object.fromEntries(ratings) }),
      },
    }
  }
}

/** Whether a ranking from the log can be one of `count` responses. */
function fits({ ranks, flagged, ratings = {} }: RankedEvent, count: number): boolean {
  return (
    areRanks(ranks, count) &&
    flagged.every((place) => isPlace(place, count)) &&
    Object.values(ratings).every((values) => areRatings(values, count))
  )
}

function areRanks(ranks: readonly number[], count: number): boolean {
  return ranks.length === count && ranks.every((rank) => Number.isInteger(rank) && rank >= 1 && rank <= count)
}

function isPlace(place: number, count: number): boolean {
  return Number.isInteger(place) && place >= 0 && place < count
}

function areRatings(values: readonly (number | null)[], count: number): boolean {
  return values.length === count && values.every((value) => value === null || (value >= 1 && value <= 5))
}
