/**
 * Serves the page that people rank on, on this machine only. Whoever knows the token in the address may see and rank. Every call needs
 * the token, and a Host header with another name is refused, so that no page elsewhere can call the server (DNS rebinding).
 */

import { randomBytes, timingSafeEqual } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
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

export interface RankingServer {
  /** The address of the page, with the token. */
  readonly address: string
  readonly port: number
  readonly token: string
  close(): Promise<void>
}

export interface ServerOptions {
  readonly session: RankingSession
  readonly page: PageSettings
  readonly files: PageFiles
  /** Called after every judgement. */
  readonly onChange: (progress: Progress) => void
  /** The port and token of an earlier server, so that open pages keep working. A new token is drawn if there is none. */
  readonly takeOver?: { readonly port: number; readonly token?: string | undefined } | undefined
}

const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' }
/** The maximum size of a call, in bytes. */
const maxCall = 100_000
/** The size in bytes at which the connection of a call that is too long is cut. */
const maxRead = 1_000_000

/** Starts the server: on the earlier port if that is free, else on any. */
export async function serveRanking(options: ServerOptions): Promise<RankingServer> {
  const token = options.takeOver?.token ?? randomBytes(16).toString('hex')
  const server = createServer((request, response) => {
    handle(request, response, token, options).catch((error: unknown) => fail(response, error))
  })
  await listen(server, options.takeOver?.port ?? 0).catch(() => listen(server, 0))
  const { port } = server.address() as AddressInfo
  return {
    address: `http://127.0.0.1:${port}/?token=${token}`,
    port,
    token,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeIdleConnections()
        setTimeout(() => server.closeAllConnections(), 500).unref()
      }),
  }
}

function fail(response: ServerResponse, error: unknown): void {
  if (error instanceof BadJudgement) answer(response, 400, { error: error.message })
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

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
}

async function handle(request: IncomingMessage, response: ServerResponse, token: string, options: ServerOptions) {
  const { host = '' } = request.headers
  if (!/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/.test(host)) return answer(response, 403, { error: 'wrong host' })
  const url = addressOf(request.url ?? '/')
  if (url === undefined) return answer(response, 400, { error: 'that is not an address' })
  const name = url.pathname === '/' ? 'index.html' : url.pathname.slice(1)
  if (request.method === 'GET' && Object.hasOwn(types, name.split('.').at(-1)!))
    return sendFile(response, name, options)

  const given = request.headers.authorization?.replace(/^Bearer /, '') ?? url.searchParams.get('token') ?? ''
  if (!isSame(given, token))
    return answer(response, 401, { error: 'The address is not complete: its token is missing.' })
  const { session } = options
  const now = Date.now()
  if (request.method === 'GET' && name === 'export.jsonl') {
    const lines = session.rankings({ complete: false }).map((ranking) => `${JSON.stringify(ranking)}\n`)
    response.writeHead(200, {
      ...guards,
      'content-type': 'application/jsonl',
      'content-disposition': 'attachment; filename="rankings.jsonl"',
    })
    return void response.end(lines.join(''))
  }
  if (request.method !== 'POST') return answer(response, 404, { error: 'there is no such page' })
  const call = await bodyOf(request)
  const annotator = typeof call.annotator === 'string' ? nameIn(call.annotator) : ''
  if (annotator === '') return answer(response, 400, { error: 'Say your name first.' })
  let task: ShownTask | undefined
  switch (name) {
    case 'next':
      break
    case 'rank':
      session.rank(annotator, judgementIn(call), now)
      options.onChange(session.progress())
      break
    case 'skip':
      if (typeof call.task !== 'string') throw new BadJudgement('the call names no task')
      session.skip(annotator, call.task, now)
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

/** The path and the query of a request; `undefined` if they are not valid, such as `//`. */
function addressOf(path: string): URL | undefined {
  try {
    return path.startsWith('/') && !path.startsWith('//') ? new URL(path, 'http://127.0.0.1') : undefined
  } catch {
    return undefined
  }
}

/** Headers of every answer: no other page may frame this one, load its files as something else, or learn its address. */
const guards: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

function sendFile(response: ServerResponse, name: string, { files }: ServerOptions): void {
  const content = files(name)
  if (content === undefined) {
    answer(response, 404, { error: 'there is no such file' })
    return
  }
  response.writeHead(200, {
    'content-type': `${types[name.split('.').at(-1)!]}; charset=utf-8`,
    ...guards,
  })
  response.end(content)
}

function answer(response: ServerResponse, status: number, value: object): void {
  if (response.headersSent) {
    response.end()
    return
  }
  response.writeHead(status, { ...guards, 'content-type': 'application/json' })
  response.end(JSON.stringify(value))
}

function isSame(given: string, token: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(token)]
  return a.length === b.length && timingSafeEqual(a, b)
}

async function bodyOf(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of request) {
    size += (piece as Buffer).length
    // The rest of a call that is too long is read and dropped: a client reads the answer only after it has sent its call.
    if (size > maxRead) throw new BadJudgement('the call is too long')
    if (size <= maxCall) pieces.push(piece as Buffer)
  }
  if (size > maxCall) throw new BadJudgement('the call is too long')
  try {
    const value: unknown = JSON.parse(Buffer.concat(pieces).toString())
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return value as Readonly<Record<string, unknown>>
  } catch {
    // Reported below.
  }
  throw new BadJudgement('the call is not JSON')
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
