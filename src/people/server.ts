/**
 * Serves the page that people rank on, on this machine only. Whoever knows the token in the address may see and rank: every call needs the token.
 */

import type { ServerResponse } from 'node:http'
import {
  answer,
  BadCall,
  bodyOf,
  type Call,
  type LocalServer,
  send,
  startLocalServer,
  type TakeOver,
  typeOfFile,
} from '../web/local-server.ts'
import { NotSaved } from './judgement-log.ts'
import { BadJudgement, type Judgement, type Progress, type RankingSession, type ShownTask } from './session.ts'

/** The texts of the page besides the task. */
export interface PageSettings {
  /** Shown above the task. */
  readonly guidelines: string
  /** Each response may be rated by these criteria, 1 to 5. */
  readonly criteria: readonly string[]
}

/** The answer to every call of the page. */
export interface PageState extends PageSettings {
  readonly progress: Progress
  readonly isDone: boolean
  readonly canUndo: boolean
  /** Absent if no task is left for this person. */
  readonly task?: ShownTask
}

/** The files of the page by name: `index.html`, `page.js`, `page.css`. */
export type PageFiles = (name: string) => Buffer | undefined

export interface RankingOptions {
  readonly session: RankingSession
  readonly page: PageSettings
  readonly files: PageFiles
  /** Called after every judgement. */
  readonly onChange: (progress: Progress) => void
}

export interface ServerOptions extends RankingOptions {
  readonly takeOver?: TakeOver | undefined
}

export type RankingServer = LocalServer

/** Starts the server: on the earlier port if that is free, else on any. */
export function serveRanking(options: ServerOptions): Promise<RankingServer> {
  return startLocalServer((call) => answerRanking(call, call.path, options), failRanking, options.takeOver)
}

/** Answers a call whose handling threw. */
export function failRanking(response: ServerResponse, error: unknown): void {
  if (error instanceof BadJudgement || error instanceof BadCall) answer(response, 400, { error: error.message })
  else if (error instanceof NotSaved) {
    // The page reports a ranking as saved only once it is durable.
    const cause = error.cause instanceof Error ? error.cause.message : error.message
    process.stderr.write(`a ranking was not saved: ${cause}\n`)
    answer(response, 507, { error: error.message })
  } else {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    answer(response, 500, { error: 'llmpipe failed; its terminal shows why' })
  }
}

/** Answers a call of the page. `path` is its path below that of the page: `page.js`, `next`; empty for the page itself. */
export async function answerRanking(call: Call, path: string, options: RankingOptions): Promise<void> {
  const { method, response, isTrusted } = call
  const name = path === '' ? 'index.html' : path
  const type = typeOfFile(name)
  if (method === 'GET' && type !== undefined) {
    const content = options.files(name)
    if (content === undefined) return answer(response, 404, { error: 'there is no such file' })
    return send(response, 200, type, content)
  }
  if (!isTrusted) return answer(response, 401, { error: 'The address is not complete: its token is missing.' })
  const { session } = options
  const now = Date.now()
  if (method === 'GET' && name === 'export.jsonl') {
    const lines = session.rankings({ complete: false }).map((ranking) => `${JSON.stringify(ranking)}\n`)
    return send(response, 200, 'application/jsonl', lines.join(''), {
      'content-disposition': 'attachment; filename="rankings.jsonl"',
    })
  }
  if (method !== 'POST') return answer(response, 404, { error: 'there is no such page' })
  const body = await bodyOf(call)
  const annotator = typeof body.annotator === 'string' ? nameIn(body.annotator) : ''
  if (annotator === '') return answer(response, 400, { error: 'Say your name first.' })
  let task: ShownTask | undefined
  switch (name) {
    case 'next':
      break
    case 'rank':
      session.rank(annotator, judgementIn(body), now)
      options.onChange(session.progress())
      break
    case 'skip':
      if (typeof body.task !== 'string') throw new BadJudgement('the call names no task')
      session.skip(annotator, body.task, now)
      break
    case 'undo':
      task = session.undo(annotator, now)
      options.onChange(session.progress())
      break
    default:
      return answer(response, 404, { error: 'there is no such call' })
  }
  // A task that was taken back is shown again even if enough is ranked.
  task ??= session.isDone ? undefined : session.next(annotator, now)
  const state: PageState = {
    ...options.page,
    progress: session.progress(),
    isDone: session.isDone,
    canUndo: session.canUndo(annotator),
    ...(task === undefined ? {} : { task }),
  }
  answer(response, 200, state)
}

/** A name as it is stored and shown: one line of at most 60 characters, without controls. */
function nameIn(given: string): string {
  return [...given.replace(/\p{Cc}|\p{Bidi_Control}/gu, ' ').trim()].slice(0, 60).join('')
}

/** The judgement in a call. Checks only the types; the session checks whether the judgement fits its task. */
function judgementIn({ task, ranks, flagged, ratings, seconds }: Readonly<Record<string, unknown>>): Judgement {
  const isNumbers = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every((each) => typeof each === 'number')
  if (typeof task !== 'string' || !isNumbers(ranks) || !isNumbers(flagged))
    throw new BadJudgement('the call has no judgement')
  if (ratings !== undefined && (ratings === null || typeof ratings !== 'object' || Array.isArray(ratings)))
    throw new BadJudgement('the ratings are not lists of numbers')
  const rated = ratings === undefined ? undefined : Object.entries(ratings)
  if (rated?.some(([, values]) => !Array.isArray(values) || !isNumbers(values.filter((each) => each !== null))))
    throw new BadJudgement('the ratings are not lists of numbers')
  return {
    task,
    ranks,
    flagged,
    ...(rated === undefined || rated.length === 0 ? {} : { ratings: Object.fromEntries(rated) }),
    seconds: typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : 0,
  }
}
