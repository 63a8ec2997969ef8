/** The server of `llmpipe ui`: the pages of runs, the table of all runs, and ranking pages. Nothing but a ranking writes anything. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { basename, dirname, join } from 'node:path'
import { answerRanking, failRanking, type PageFiles } from '../../people/server.ts'
import { html } from '../../report/html.ts'
import { emptyPage, runPage } from '../../report/live/run-page.ts'
import { runsPage } from '../../report/live/runs-page.ts'
import { hasLivingRunner, isUnderWay, streamOf } from '../../run/log/past-runs.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import {
  answer,
  type Call,
  isSame,
  type LocalServer,
  redirect,
  send,
  startLocalServer,
  typeOfFile,
} from '../../web/local-server.ts'
import { packageRoot } from '../package.ts'
import { storeWords } from '../program/store-folder.ts'
import { collect } from '../report/collect.ts'
import { writeError } from '../terminal/output.ts'
import { Rankings } from './rankings.ts'
import { Runs, runsOfPage } from './runs.ts'

export interface UiOptions {
  readonly store: FolderStore
  /** The program; all programs of the store if not given. */
  readonly file: string | undefined
  /** Any free port if not given, or if this one is in use. */
  readonly port: number | undefined
  readonly files: PageFiles
}

/** A run that is under way is looked for among this many of the newest. */
const mostUnderWay = 100

/** How much longer than it took to make a page the page stays as it is. */
const rest = 10

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"

/** Starts the server. */
export async function serveUi(options: UiOptions): Promise<LocalServer> {
  const ui = new Ui(options)
  const server = await startLocalServer(
    (call) => ui.answer(call),
    fail,
    options.port === undefined ? undefined : { port: options.port },
  )
  ui.begin(server)
  return {
    ...server,
    close: async () => {
      ui.close()
      await server.close()
    },
  }
}

/** A page of a run that was made, and the stamp for which it was. */
interface Made {
  readonly stamp: string
  readonly page: string
  readonly at: number
  readonly took: number
}

class Ui {
  readonly #options: UiOptions
  readonly #runs: Runs
  readonly #made = new Map<string, Made>()
  #rankings: Rankings | undefined
  #token = ''
  #timer: NodeJS.Timeout | undefined

  constructor(options: UiOptions) {
    this.#options = options
    this.#runs = new Runs(options.store, options.file === undefined ? undefined : basename(options.file))
  }

  begin({ port, token }: LocalServer): void {
    this.#token = token
    this.#rankings = new Rankings(this.#options.store, port)
    this.#timer = setInterval(() => this.#rankings?.release(() => this.#isRunning()), 1_000)
    this.#timer.unref()
  }

  close(): void {
    clearInterval(this.#timer)
    this.#rankings?.close()
  }

  async answer(call: Call): Promise<void> {
    const { method, path, isTrusted, response } = call
    const [first, name, ...below] = path.split('/')
    if (first === 'rank' && name !== undefined) return this.#rank(call, decoded(name), below)
    if (method !== 'GET') return answer(response, 405, { error: 'these pages can only be read' })
    const file = path === 'ui.js' ? 'live.js' : path === 'ui.css' ? 'page.css' : undefined
    if (file !== undefined)
      return send(response, 200, typeOfFile(file)!, readFileSync(join(packageRoot, 'dist/report', file)))
    if (!isTrusted)
      return problem(
        response,
        401,
        'The address is not complete: its token is missing. The terminal of llmpipe ui shows it.',
      )
    switch (path) {
      case '':
        return this.#show(call, this.#runPage(call.query.get('run')))
      case 'runs':
        return this.#show(call, this.#runsPage(pageIn(call)))
      case 'state': {
        const of = call.query.get('of')
        const made = of === 'runs' ? this.#runsPage(pageIn(call)) : this.#runPage(call.query.get('run'))
        return answer(response, 200, { stamp: stampIn(made) })
      }
      default:
        return problem(response, 404, 'There is no such page.')
    }
  }

  #show({ response }: Call, { page }: Made): void {
    send(response, 200, 'text/html; charset=utf-8', page, { 'content-security-policy': policy })
  }

  /** The page of a run, or of the newest. */
  #runPage(name: string | null): Made {
    const begun = name === null ? this.#runs.list()[0] : this.#runs.named(name)
    const stamp = begun === undefined ? 'none' : this.#runs.stampOf(begun)
    const state = name === null ? 'of=run' : `of=run&run=${encodeURIComponent(name)}`
    return this.#page(`run ${name ?? ''}`, stamp, (shown) => {
      const shell = { ...shown, state }
      const { store, file } = this.#options
      if (begun === undefined) {
        if (name !== null) return emptyPage(shell, name, 'The store has no such run, or no longer has it.')
        const command = `llmpipe run ${file ?? 'PROGRAM'}`
        return emptyPage(
          shell,
          file ?? 'No run yet',
          `Nothing has run yet. This page shows the first run when it begins: ${command}`,
        )
      }
      const program = file ?? join(dirname(store.root), basename(begun.program))
      const data = collect({ store, run: begun.run, file: program, storeOption: storeWords(store.root, program) })
      return runPage(data, shell, name === null)
    })
  }

  /** A page of the table of runs, which counts from 1. A number beyond the last page gives the last. */
  #runsPage(wanted: number): Made {
    const pages = Math.max(1, Math.ceil(this.#runs.list().length / runsOfPage))
    const page = Math.min(wanted, pages)
    return this.#page(`runs ${page}`, this.#runs.stampOfPage(page), (shown) => {
      const { file, store } = this.#options
      const title = file === undefined ? `Runs in ${basename(dirname(store.root))}` : basename(file)
      const state = page === 1 ? 'of=runs' : `of=runs&page=${page}`
      return runsPage(
        { title, page, pages, first: (page - 1) * runsOfPage + 1, ...this.#runs.summarized(page) },
        { ...shown, state },
      )
    })
  }

  /** A page that was made for the same stamp, or so lately that making it again would keep this process busy; else a new one. */
  #page(
    key: string,
    stamp: string,
    make: (shown: { readonly token: string; readonly stamp: string; readonly rankings: readonly string[] }) => string,
  ): Made {
    const known = this.#made.get(key)
    if (known !== undefined && (known.stamp === stamp || Date.now() - known.at < rest * known.took)) return known
    const began = Date.now()
    const newest = this.#runs.list()[0]
    const rankings = newest === undefined ? [] : (this.#rankings?.namesIn(newest.run) ?? [])
    const page = make({ token: this.#token, stamp: shortened(stamp), rankings })
    const made = { stamp, page, at: Date.now(), took: Date.now() - began }
    this.#made.set(key, made)
    return made
  }

  #isRunning(): boolean {
    return this.#runs
      .list()
      .slice(0, mostUnderWay)
      .some((begun) => hasLivingRunner(begun) !== false && isUnderWay(streamOf(this.#options.store.root, begun.run)))
  }

  async #rank(call: Call, name: string, below: readonly string[]): Promise<void> {
    const { response, isTrusted, given, method } = call
    const rankings = this.#rankings!
    const run = this.#runs.list()[0]?.run ?? ''
    const isPage = method === 'GET' && below.join('') === ''
    // Anybody may read the script and the style sheet: they have no data.
    if (method === 'GET' && !isPage && typeOfFile(below.join('/')) !== undefined) {
      const content = this.#options.files(below.join('/'))
      return content === undefined
        ? problem(response, 404, 'There is no such file.')
        : send(response, 200, typeOfFile(below.join('/'))!, content)
    }
    const mayRank = isSame(given, rankings.token)
    if (!mayRank && !isTrusted) {
      const missing = 'The address is not complete: its token is missing.'
      return isPage ? problem(response, 401, missing) : answer(response, 401, { error: missing })
    }
    const ranking = await rankings.page(run, name, this.#isRunning())
    if ('problem' in ranking)
      return isPage ? problem(response, 404, ranking.problem) : answer(response, 409, { error: ranking.problem })
    if ('address' in ranking)
      return isPage
        ? redirect(response, ranking.address)
        : answer(response, 409, { error: `Another process serves this page now. Load it again.` })
    if (isPage && (!mayRank || below.length === 0)) return redirect(response, rankings.addressOf(name))
    const { session, page } = ranking.served
    try {
      await answerRanking({ ...call, isTrusted: mayRank }, below.join('/'), {
        session,
        page,
        files: this.#options.files,
        onChange: () => {},
      })
    } catch (error) {
      failRanking(response, error)
    }
  }
}

/** The page that a call asks for, from 1. */
function pageIn({ query }: Call): number {
  const page = Number(query.get('page') ?? 1)
  return Number.isSafeInteger(page) && page >= 1 ? page : 1
}

/** The stamp that a page has. */
function stampIn({ stamp }: Made): string {
  return shortened(stamp)
}

function shortened(stamp: string): string {
  return createHash('sha256').update(stamp).digest('hex').slice(0, 16)
}

/** A name in an address; as it is if it is not encoded correctly. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** A page with one sentence. */
function problem(response: ServerResponse, status: number, sentence: string): void {
  const page = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>llmpipe ui</title><link rel="icon" href="data:,"><link rel="stylesheet" href="/ui.css"></head><body><main><p class="note">${sentence}</p></main></body></html>\n`
  send(response, status, 'text/html; charset=utf-8', page.markup, { 'content-security-policy': policy })
}

function fail(response: ServerResponse, error: unknown): void {
  writeError(`${error instanceof Error ? error.stack : String(error)}\n`)
  problem(response, 500, 'llmpipe failed; its terminal shows why.')
}
