/**
 * The ranking pages of `llmpipe ui`. A page that another process serves (a run, `llmpipe rank`) is that process's: the browser is sent there. Otherwise
 * this process serves it, and gives it up when nobody has used it for a while or a run begins, which may want to serve it.
 */

import { join } from 'node:path'
import { isObject, isText, listOf } from '../../core/values/shape.ts'
import { readExamples } from '../../data/conversations/examples.ts'
import { LedgerBook } from '../../data/ledger.ts'
import { openSession } from '../../people/open-session.ts'
import { RankingFolder } from '../../people/ranking-folder.ts'
import type { PageSettings } from '../../people/server.ts'
import type { RankingSession } from '../../people/session.ts'
import { tasksOf } from '../../people/task.ts'
import { streamOf } from '../../run/log/past-runs.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { foldAll } from '../../view/log/fold.ts'
import { newToken } from '../../web/local-server.ts'
import { type PlanJson, planIn } from '../report/plan-json.ts'

/** How long a page is served that nobody uses, in milliseconds. */
const patience = 10 * 60_000

export interface ServedRanking {
  readonly session: RankingSession
  readonly page: PageSettings
}

interface Open extends ServedRanking {
  readonly folder: RankingFolder
  usedAt: number
}

/** A page that this process serves, the address of a page that another serves, or the reason why there is none. */
export type Ranking = { readonly served: ServedRanking } | { readonly address: string } | { readonly problem: string }

export class Rankings {
  readonly #store: FolderStore
  readonly #open = new Map<string, Open>()
  readonly #port: number
  /** Whoever has it may rank, and see nothing else of the program. */
  readonly token = newToken()

  /** `port`: that of the server. */
  constructor(store: FolderStore, port: number) {
    this.#store = store
    this.#port = port
  }

  /** The address of the page of a stage that this process serves. */
  addressOf(name: string): string {
    return `http://127.0.0.1:${this.#port}/rank/${encodeURIComponent(name)}/?token=${this.token}`
  }

  /** The names of the stages of a run in which people rank. */
  namesIn(run: string): readonly string[] {
    return rankingNodes(planIn(this.#store.root, run)).flatMap(({ name }) => (isText(name) ? [name] : []))
  }

  /** The page of a stage of a run. `isRunning`: some run is under way, which would serve the page itself. */
  async page(run: string, name: string, isRunning: boolean): Promise<Ranking> {
    const node = rankingNodes(planIn(this.#store.root, run)).find((each) => each.name === name)
    if (node === undefined) return { problem: `People do not rank in ${name}.` }
    const answers = this.#answersOf(run, node)
    if (answers === undefined)
      return { problem: 'There is nothing to rank yet: the answers are not made, or no longer in the store.' }
    const folder = new RankingFolder(join(this.#store.root, 'people'), answers.digest)
    const other = folder.runningServer()
    if (other !== undefined) {
      this.#open.delete(answers.digest)
      return { address: other.address }
    }
    const known = this.#open.get(answers.digest)
    if (known !== undefined) {
      known.usedAt = Date.now()
      return { served: known }
    }
    if (isRunning)
      return {
        problem: 'A run is under way. When it reaches this stage, it serves the page, and this link leads there.',
      }
    const settings = settingsOf(node)
    if (settings === undefined) return { problem: 'The plan of the run was written by another version of llmpipe.' }
    const all = []
    for await (const { examples } of readExamples(answers.path, 'Answers')) all.push(...examples)
    // Another call can have opened it meanwhile; two sessions would not see each other's judgements.
    const meanwhile = this.#open.get(answers.digest)
    if (meanwhile !== undefined) return { served: meanwhile }
    const session = openSession(folder, tasksOf(all, new LedgerBook()), settings)
    folder.remember({ port: this.#port, token: this.token, address: this.addressOf(name), yields: true })
    const open = { session, page: settings.page, folder, usedAt: Date.now() }
    this.#open.set(answers.digest, open)
    return { served: open }
  }

  /** Gives up the pages that nobody uses, and all of them if a run is under way. */
  release(isRunning: () => boolean): void {
    if (this.#open.size === 0) return
    const isTaken = isRunning()
    for (const [digest, { folder, usedAt }] of this.#open) {
      if (!isTaken && Date.now() - usedAt < patience) continue
      folder.forget()
      this.#open.delete(digest)
    }
  }

  close(): void {
    this.release(() => true)
  }

  #answersOf(run: string, node: PlanNodeJson) {
    const inputs = isObject(node.inputs) ? node.inputs.answers : undefined
    const [input] = Array.isArray(inputs) ? inputs : []
    if (!isObject(input) || !isText(input.node) || !isText(input.output)) return undefined
    const stage = foldAll(streamOf(this.#store.root, run) ?? []).stages.get(input.node)
    const digest = stage?.outputs[input.output]
    const action = stage?.key === undefined ? undefined : this.#store.read(stage.key)
    const output = Object.values(action?.outputs ?? {}).find((each) => each.digest === digest)
    return output === undefined ? undefined : this.#store.artefact(output)
  }
}

type PlanNodeJson = PlanJson['nodes'][number]

function rankingNodes({ nodes }: PlanJson): readonly PlanNodeJson[] {
  return nodes.filter(
    ({ kind, params }) => kind === 'rank' && isObject(params) && isObject(params.by) && params.by.call === 'people',
  )
}

/** The settings of a stage by people; `undefined` if they have another shape. */
function settingsOf({ params, hints }: PlanNodeJson) {
  if (!isObject(params) || !isObject(params.by) || !isObject(hints)) return undefined
  const { at_least, annotators } = params.by
  const { seed } = params
  const { guidelines, criteria } = hints
  if (typeof at_least !== 'number' || typeof annotators !== 'number' || typeof seed !== 'number') return undefined
  if (!isText(guidelines) || !listOf(isText)(criteria)) return undefined
  return { at_least, annotators, seed, criteria, page: { guidelines, criteria } }
}
