/** Who ranks what: the state of a ranking by people, a function of what they said. */

import type { Ranking } from '../core/conversation.ts'
import { Random } from '../core/random.ts'
import { ranksByScore } from '../data/conversations/ranks.ts'
import { rankingAlpha } from './agreement.ts'
import type { Entry, SaidFile } from './said.ts'
import type { Task } from './task.ts'

export interface DeskSettings {
  /** So many tasks are to be ranked. */
  readonly atLeast: number
  /** Each by so many people. */
  readonly annotators: number
  /** Fixes the order of tasks and of responses. */
  readonly seed: number
  /** What responses may be rated by; anything where it is not given. */
  readonly criteria?: readonly string[]
}

/** What a person says of a task; places are those that the responses were shown at. */
export interface Judgement {
  readonly task: string
  readonly ranks: readonly number[]
  readonly flagged: readonly number[]
  readonly ratings?: Readonly<Record<string, readonly (number | null)[]>>
  readonly seconds: number
}

/** A task as a person sees it: its responses blinded, in an order of that person's. */
export interface ShownTask {
  readonly id: string
  readonly messages: Task['messages']
  readonly responses: readonly string[]
  /** What this person said of it before, where it was taken back. */
  readonly before?: Omit<Judgement, 'task' | 'seconds'>
}

export interface Progress {
  /** Tasks that enough people have ranked, and how many are needed. */
  readonly done: number
  readonly needed: number
  readonly people: readonly { readonly name: string; readonly ranked: number }[]
  /** Krippendorff's α, once two people have ranked the same. */
  readonly agreement?: number
}

/** A judgement that no task was given for, or that does not fit it. */
export class BadJudgement extends Error {}

/** A ranking, and who made it. */
type PersonRanking = Ranking & { annotator: string; flagged?: readonly number[] }

type Ranked = Extract<Entry, { readonly event: 'ranked' }>

/** How long a task that someone was shown is left to them. */
const reservation = 10 * 60 * 1000

export class Desk {
  readonly settings: DeskSettings
  readonly #tasks: ReadonlyMap<string, Task>
  readonly #order: readonly string[]
  readonly #said: SaidFile
  /** By task, the newest word of each person. */
  readonly #words = new Map<string, Map<string, Exclude<Entry, { readonly event: 'undone' }>>>()
  /** Who was shown a task, and when; forgotten at a restart. */
  readonly #shown = new Map<string, { readonly annotator: string; readonly time: number }>()
  /** Rankings that were read and do not fit their task. */
  #unfit = 0

  constructor(tasks: readonly Task[], said: SaidFile, settings: DeskSettings) {
    this.settings = settings
    this.#tasks = new Map(tasks.map((task) => [task.id, task]))
    const ids = [...this.#tasks.keys()]
    this.#order = Array.from(new Random(settings.seed, 'tasks').permutation(ids.length), (i) => ids[i]!)
    this.#said = said
    for (const entry of said.entries) this.#apply(entry)
  }

  /** How many tasks can be ranked. */
  get tasks(): number {
    return this.#order.length
  }

  /** What of the words on disk could not be taken, in sentences: empty if all could. */
  get damage(): readonly string[] {
    const unfit = `${this.#unfit} ranking${this.#unfit === 1 ? '' : 's'} on disk do not fit their answers and were not taken`
    const { damage } = this.#said
    return [...(damage === undefined ? [] : [damage]), ...(this.#unfit === 0 ? [] : [unfit])]
  }

  /** How many words on disk could not be taken. */
  get damaged(): number {
    return this.#said.damagedLines + this.#unfit
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

  /** The next task of a person: begun by others and not complete, before new ones. Nothing where none is left for them. */
  next(annotator: string, now: number): ShownTask | undefined {
    const open = this.#order.filter((id) => {
      const words = this.#words.get(id)
      return !words?.has(annotator) && this.#rankings(id).length < this.settings.annotators
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

  /** Is on disk when it returns. Throws a BadJudgement where it does not fit the task. */
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

  /** Takes back what a person said last, and shows that task again; nothing where they have said nothing. */
  undo(annotator: string, now: number): ShownTask | undefined {
    const last = this.#last(annotator)
    if (last === undefined) return undefined
    const current = [...this.#shown].find(([, shown]) => shown.annotator === annotator)?.[0]
    if (current !== undefined) this.#shown.delete(current)
    this.#add({ event: 'undone', time: now, annotator, task: last.task })
    this.#shown.set(last.task, { annotator, time: now })
    return this.#show(last.task, annotator, last)
  }

  /** All rankings of tasks that enough people have ranked, or of all: in the order of the tasks, those of a task by time. */
  rankings(which: { readonly complete: boolean }): PersonRanking[] {
    return this.rankingsByTask(which).flatMap(({ rankings }) => rankings)
  }

  /** The same, by task; a task without rankings has none. */
  rankingsByTask({
    complete,
  }: {
    readonly complete: boolean
  }): { readonly task: Task; readonly rankings: readonly PersonRanking[] }[] {
    return [...this.#tasks.values()].map((task) => {
      const words = this.#rankings(task.id)
      const { id, messages, tools, responses } = task
      if (complete && words.length < this.settings.annotators) return { task, rankings: [] }
      const rankings = words.map(({ annotator, ranks, flagged, ratings }, i) => ({
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

  #rankings(id: string): Ranked[] {
    const words = this.#words.get(id)
    if (words === undefined) return []
    return [...words.values()].filter((word): word is Ranked => word.event === 'ranked')
  }

  #add(entry: Entry): void {
    this.#said.add(entry)
    this.#apply(entry)
    if (entry.event !== 'undone') this.#shown.delete(entry.task)
  }

  #apply(entry: Entry): void {
    const { task, annotator } = entry
    const known = this.#tasks.get(task)
    // Of other answers: the file has outlived them.
    if (known === undefined) return
    if (entry.event === 'ranked' && !fits(entry, known.responses.length)) {
      this.#unfit++
      return
    }
    const words = this.#words.get(task) ?? new Map()
    this.#words.set(task, words)
    words.delete(annotator)
    if (entry.event !== 'undone') words.set(annotator, entry)
  }

  /** What a person said last and has not taken back. */
  #last(annotator: string): Exclude<Entry, { readonly event: 'undone' }> | undefined {
    const words = [...this.#words.values()].flatMap((each) => each.get(annotator) ?? [])
    return words.reduce<(typeof words)[number] | undefined>(
      (last, word) => (last === undefined || word.time >= last.time ? word : last),
      undefined,
    )
  }

  /** The order that a person sees the responses in: which response stands at each place. */
  #shownOrder(id: string, annotator: string): Uint32Array {
    const { seed } = this.settings
    return new Random(seed, `responses ${annotator} ${id}`).permutation(this.#task(id).responses.length)
  }

  #show(id: string, annotator: string, last?: Entry): ShownTask {
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

/** Whether a ranking from disk can be one of so many responses. */
function fits({ ranks, flagged, ratings = {} }: Ranked, count: number): boolean {
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
