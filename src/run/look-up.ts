/** Looks a node up whose inputs are known: in the store, then in the remote cache. */

import type { Key } from '../core/artefact.ts'
import type { OutputRef, Plan, PlanNode } from '../core/plan.ts'
import { keysWithWork, removeFinishedWork } from '../store/care/leftovers.ts'
import type { StatCache } from '../store/inputs/stat-cache.ts'
import type { Action, ActionOutput } from '../store/store.ts'
import { keyNode } from './explain/keyed.ts'
import { type PlanIndex, reasonFor } from './explain/reason.ts'
import { lookUpFor, misfit } from './nodes/fits.ts'
import type { RunOptions } from './options.ts'
import { type RunReporter, reportPull } from './reporter.ts'
import { inputNotCached, readOnlyStore } from './run-errors.ts'
import type { Candidate } from './stage-work.ts'
import { refuseVouched } from './vouch/words.ts'

export type LookedUp =
  /** `pulled`: the bytes that were pulled from the remote cache for it; absent if the store had it. */
  | { readonly type: 'hit'; readonly action: Action; readonly pulled?: number }
  | { readonly type: 'miss'; readonly candidate: Candidate }

export interface LookUpContext {
  readonly plan: Plan
  readonly index: PlanIndex
  readonly options: RunOptions
  readonly cache: StatCache
  readonly reporter: RunReporter
  /** The nodes that run though they are cached. */
  readonly force: ReadonlySet<string>
  /** The only nodes that may run; all if absent. */
  readonly only: ReadonlySet<string> | undefined
}

export class LookUp {
  readonly #context: LookUpContext
  /** The keys that had a work folder when the run began. */
  readonly #keysWithWork: ReadonlySet<Key>
  /** The paths of the input files that were read so far. */
  readonly inputFiles: string[] = []

  constructor(context: LookUpContext) {
    this.#context = context
    this.#keysWithWork = keysWithWork(context.options.store.root)
  }

  isForced({ id }: PlanNode): boolean {
    return this.#context.force.has(id)
  }

  /** Looks a node up. Rejected with a StageError if its input files cannot be read, if it is not cached and must not run, or if
   * `strict` refuses its result. */
  async find(node: PlanNode, outputOf: (ref: OutputRef) => ActionOutput): Promise<LookedUp> {
    const { plan, index, options, cache, reporter, only } = this.#context
    const { store, programDir } = options
    const keyed = await keyNode(node, outputOf, { store, programDir, cache })
    for (const files of Object.values(keyed.hashed))
      for (const { path, source } of files) if (source === undefined) this.inputFiles.push(path)
    for (const warning of keyed.warnings) reporter.log(node, 'warning', warning)
    const isForced = this.isForced(node)
    const found = isForced ? undefined : ((await this.#stored(node, keyed.key)) ?? (await this.#pull(node, keyed.key)))
    if (found !== undefined) {
      if (options.strict && found.type === 'hit') refuseVouched(node.name, found.action)
      return found
    }
    if (only !== undefined && !only.has(node.id)) throw inputNotCached(node, plan, only)
    if (store.isReadOnly) throw readOnlyStore(node, store)
    const reason = isForced ? 'forced' : await reasonFor(index, node, keyed, store)
    return { type: 'miss', candidate: { keyed, reason, failures: 0 } }
  }

  async #stored(node: PlanNode, key: Key): Promise<LookedUp | undefined> {
    const { store, remote } = this.#context.options
    const action = await lookUpFor(node, key, store)
    if (action === undefined) return undefined
    if (this.#keysWithWork.has(key) && !store.isReadOnly) await removeFinishedWork(store.root, key)
    remote?.push(action, false)
    return { type: 'hit', action }
  }

  /** Asks the remote cache for a node that the store does not have. */
  async #pull(node: PlanNode, key: Key): Promise<LookedUp | undefined> {
    const { options, reporter } = this.#context
    const { remote, signal } = options
    if (remote === undefined) return undefined
    const { action, bytes, problem } = await remote.pull(key, {
      onBytes: reportPull(reporter, node),
      signal: signal.soft,
      misfit: (pulled) => misfit(node, pulled),
    })
    if (problem !== undefined) reporter.log(node, 'warning', `not taken from the remote cache: ${problem}`)
    return action && { type: 'hit', action, pulled: bytes }
  }
}
