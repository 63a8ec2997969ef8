/**
 * Runs a plan: looks every node up as soon as its inputs are known, and starts the stages that are not cached as cores and
 * memory allow. Keys are made of the contents of inputs, so a stage that gives what it gave before stops the change there.
 *
 * After a failure stages that run are finished (their work is not lost) and, without `keepGoing`, nothing new starts. The failure
 * of a variant stops only what takes from it: that a learning rate diverged is a result, and its siblings are wanted still.
 */

import { resolve } from 'node:path'
import type { Digest, Key } from '../core/artefact.ts'
import type { RunEventOf, StageFailure } from '../core/event.ts'
import { failureOf, StageError } from '../core/failure.ts'
import type { Plan, PlanNode } from '../core/plan.ts'
import { keysWithWork, removeFinishedWork } from '../store/care/leftovers.ts'
import { hearDamage } from '../store/damage.ts'
import { keepFailure } from '../store/failures.ts'
import { changedFile } from '../store/inputs/input-files.ts'
import { StatCache } from '../store/inputs/stat-cache.ts'
import { placeOf } from '../store/place.ts'
import type { Pull } from '../store/remote/remote-cache.ts'
import type { Action, ActionOutput, Store } from '../store/store.ts'
import { Bell } from './bell.ts'
import { takeState } from './continuation.ts'
import { damagedInput } from './damaged-inputs.ts'
import type { Digests, Entry } from './entry.ts'
import type { Executor, Outcome, Running } from './executors/executor.ts'
import { handed, type Keyed, keyNode, mapValues } from './explain/keyed.ts'
import { type Known, nodesOf, reasonFor } from './explain/reason.ts'
import { type Exported, exportArtefacts } from './exports/export.ts'
import { checkFolder, exportTrouble } from './exports/folder.ts'
import { lookUpFor, misfit } from './fits.ts'
import { after, dependents, without } from './graph.ts'
import { pause, pauseBefore, watchTime } from './limits.ts'
import { modelsOf } from './models.ts'
import type { RunOptions, RunSummary } from './options.ts'
import { digestOfOutputs } from './outputs.ts'
import { idsNamed, upTo } from './select.ts'
import { logsLeft, measuredUpTo } from './stage/logs.ts'
import { Teller, tellPull } from './teller.ts'

/** How often a stage that another run is making is looked for, in milliseconds. */
const POLL = 200

/**
 * Runs a plan to its end, and says how it ended; failures of stages are part of that. Throws a StageError `unknown-stage`
 * where `force` or `only` name what is not there, and `export-conflict` where nothing can be exported to a folder, before anything happened.
 */
export async function run(plan: Plan, options: RunOptions): Promise<RunSummary> {
  const force = idsNamed(plan, options.force ?? [])
  const only = options.only && idsNamed(plan, options.only)
  const wanted = only ? upTo(plan, only) : plan
  // Weeks of training must not end at a folder that nothing can be exported to.
  for (const { exportTo } of wanted.nodes)
    if (exportTo !== undefined)
      checkFolder(exportTo, placeOf(resolve(options.programDir, exportTo)), options.store.root)
  return new Scheduler(wanted, options, force, only).run()
}

class Scheduler {
  readonly #plan: Plan
  readonly #known: Known
  readonly #options: RunOptions
  readonly #force: ReadonlySet<string>
  readonly #only: ReadonlySet<string> | undefined
  readonly #tell: Teller
  readonly #cache: StatCache
  /** What runs stages; loaded only when one has to be run, which in most runs of a day is never. */
  #executor: Executor | undefined
  readonly #entries: Map<string, Entry>
  readonly #dependents: Map<string, PlanNode[]>
  /** The stages this run started or goes on with, by node id. */
  readonly #running = new Map<string, Running>()
  /** What was being worked on when this run began. */
  readonly #work: ReadonlySet<Key>
  readonly #bell = new Bell()
  #busy = 0
  /** Something failed that is not one variant of several. */
  #brokenOff = false

  constructor(plan: Plan, options: RunOptions, force: ReadonlySet<string>, only: ReadonlySet<string> | undefined) {
    this.#plan = plan
    this.#known = nodesOf(plan, options)
    this.#options = options
    this.#force = force
    this.#only = only
    this.#executor = options.executor
    this.#work = keysWithWork(options.store.root)
    this.#cache = new StatCache(options.store.root)
    this.#tell = new Teller(plan, options)
    this.#entries = new Map(
      plan.nodes.map((node) => [node.id, { node, state: 'waiting', missing: after(node).length } satisfies Entry]),
    )
    this.#dependents = dependents(plan)
  }

  async run(): Promise<RunSummary> {
    const { soft, hard } = this.#options.signal
    const onSoft = () => this.#each((running) => running.interrupt())
    const onHard = () => this.#each((running) => running.kill())
    const wake = () => this.#bell.ring()
    const signals = [
      [soft, onSoft],
      [hard, onHard],
      [this.#options.superseded, wake],
    ] as const
    for (const [signal, listener] of signals) signal?.addEventListener('abort', listener)
    const { remote } = this.#options
    if (remote) remote.onTrouble = (message) => this.#tell.notice(message)
    const heard = hearDamage((message) => this.#tell.notice(message))
    try {
      this.#tell.announce()
      this.#warnOfExports()
      for (const entry of this.#entries.values()) if (entry.missing === 0) this.#look(entry)
      await this.#loop()
      await remote?.settle(
        (left) => this.#tell.pushing(left, remote.address),
        signals.flatMap(([signal]) => signal ?? []),
      )
      return this.#finish()
    } finally {
      for (const [signal, listener] of signals) signal?.removeEventListener('abort', listener)
      if (remote) remote.onTrouble = () => {}
      heard()
      this.#cache.save()
      this.#tell.close()
    }
  }

  async #loop(): Promise<void> {
    for (;;) {
      this.#bell.hear()
      await this.#startReady()
      const superseded = this.#options.superseded?.aborted ?? false
      const idle = this.#busy === 0 && this.#running.size === 0 && !this.#bell.rang
      // Ready ones are left only where nothing may start any more, or where another run of this process holds the room.
      const waitsForRoom = !this.#stopping && this.#ready().length > 0
      if (superseded || (idle && !waitsForRoom)) return
      const othersHoldRoom = (this.#executor?.running.size ?? 0) > this.#running.size
      const atMost = waitsForRoom && (idle || othersHoldRoom) ? POLL : undefined
      if (!(await this.#bell.sleep(this.#options.signal.hard, atMost))) return
    }
  }

  get #stopping(): boolean {
    const { signal, keepGoing } = this.#options
    return signal.soft.aborted || signal.hard.aborted || (this.#brokenOff && !keepGoing)
  }

  #ready(): Entry[] {
    const ready = [...this.#entries.values()].filter(({ state }) => state === 'ready')
    if (this.#options.order === undefined) return ready
    return this.#options.order(ready.map(({ node }) => node.id)).flatMap((id) => this.#entries.get(id) ?? [])
  }

  async #startReady(): Promise<void> {
    for (const entry of this.#ready()) {
      if (this.#stopping || this.#running.size >= (this.#options.jobs ?? Number.POSITIVE_INFINITY)) return
      if (entry.keyed !== undefined) await this.#start(entry, entry.keyed)
    }
  }

  /** Looks a node up whose inputs are known: afterwards it is cached, ready or failed. */
  #look(entry: Entry): void {
    this.#do(entry, async () => {
      const { store, remote, programDir } = this.#options
      const { node } = entry
      const keyed = await keyNode(node, (ref) => this.#output(ref), { store, programDir, cache: this.#cache })
      entry.keyed = keyed
      for (const warning of keyed.warnings) this.#tell.log(node, 'warning', warning)
      const isForced = this.#force.has(node.id)
      const hit = isForced ? undefined : await lookUpFor(node, keyed.key, store)
      const { action: pulled, bytes } = hit || isForced ? nothingPulled : await this.#pull(entry, keyed.key)
      if (hit !== undefined) {
        if (this.#work.has(keyed.key) && !store.isReadOnly) await removeFinishedWork(store.root, keyed.key)
        remote?.push(hit, false)
        await this.#cached(entry, hit)
      } else if (pulled !== undefined) await this.#cached(entry, pulled, bytes)
      else if (this.#only !== undefined && !this.#only.has(node.id)) this.#notCached(entry)
      else if (store.isReadOnly) throw readOnlyStore(node, store)
      else {
        entry.reason = this.#force.has(node.id) ? 'forced' : await reasonFor(this.#known, node, keyed, store)
        entry.state = 'ready'
      }
    })
  }

  /** Asks the remote cache for a node that the store does not have. */
  async #pull({ node }: Entry, key: Key): Promise<Pull> {
    const { remote, signal } = this.#options
    const pull = await remote?.pull(key, {
      onBytes: tellPull(this.#tell, node),
      signal: signal.soft,
      misfit: (action) => misfit(node, action),
    })
    if (pull?.problem !== undefined) {
      this.#tell.log(node, 'warning', `not taken from the remote cache: ${pull.problem}`)
    }
    return pull ?? nothingPulled
  }

  /** Does something for a node that the loop must wait for; what goes wrong is the node's failure. */
  #do(entry: Entry, act: () => Promise<void>): void {
    entry.state = 'busy'
    this.#busy++
    act()
      .catch((error: unknown) => this.#failed(entry, failureOf(error), 0))
      .finally(() => {
        this.#busy--
        this.#bell.ring()
      })
  }

  #output({ node, output }: { readonly node: string; readonly output: string }): ActionOutput {
    const found = this.#entries.get(node)?.outputs?.[output]
    if (found === undefined) throw new Error(`${node} has no output ${output}`)
    return found
  }

  async #start(entry: Entry, keyed: Keyed): Promise<void> {
    const { node } = entry
    const { store } = this.#options
    const executor = this.#executor ?? (await import('./executors/local.ts')).localExecutor(this.#options.machine)
    this.#executor = executor
    const under = executor.running.get(keyed.key)
    if (under !== undefined) {
      // This run is at it for another node: the result will be a hit. An earlier run was at it: go on with that.
      if ([...this.#running.values()].includes(under)) this.#again(entry, under.outcome)
      else this.#follow(entry, keyed, under, 'adopted')
      return
    }
    const lack = await executor.lack(node.resources)
    if (lack !== undefined) {
      this.#failed(entry, lack, 0)
      return
    }
    if (!executor.hasRoom(node.resources)) return
    entry.state = 'busy'
    this.#busy++
    try {
      const { claim, isHeld } = await import('../store/claim.ts')
      const claimed = await claim(store.root, keyed.key)
      if (isHeld(claimed)) {
        if (entry.reason !== undefined) this.#sayHeld(entry, claimed.heldBy.pid)
        this.#again(entry, new Promise((resolve) => setTimeout(resolve, POLL)))
        return
      }
      // Whoever had the claim before may just have made it.
      const made = this.#force.has(node.id) ? undefined : await lookUpFor(node, keyed.key, store)
      if (made !== undefined) {
        await claimed.remove()
        await this.#cached(entry, made)
        return
      }
      const work = this.#workOn(entry, keyed)
      for (const step of await takeState(work, claimed)) this.#sayDamaged(entry, step)
      if (this.#stopping) {
        claimed.release()
        entry.state = 'ready'
      } else this.#follow(entry, keyed, executor.start(work, claimed))
    } catch (error) {
      this.#failed(entry, failureOf(error), 0)
    } finally {
      this.#busy--
    }
  }

  #sayDamaged({ node }: Entry, step: number): void {
    this.#tell.log(node, 'warning', `the state after step ${step} was damaged; it is not gone on from there`)
  }

  #sayHeld(entry: Entry, pid: number): void {
    const message = `another run (process ${pid}) is making this; waiting for it`
    if (!this.#held.has(entry)) this.#tell.log(entry.node, 'info', message)
    this.#held.add(entry)
  }
  readonly #held = new Set<Entry>()

  /** Looks the node up again once something is over. */
  #again(entry: Entry, over: Promise<unknown>): void {
    this.#do(entry, async () => {
      await over
      const { node, keyed } = entry
      const isLookedUp = keyed !== undefined && !this.#stopping
      const hit = isLookedUp ? await lookUpFor(node, keyed.key, this.#options.store) : undefined
      if (hit !== undefined) await this.#cached(entry, hit)
      else entry.state = 'ready'
    })
  }

  #workOn({ node, reason = '' }: Entry, keyed: Keyed) {
    const { store, stageCommand } = this.#options
    const { key, components, words, files, inputs, hashed } = keyed
    return {
      key,
      node,
      models: modelsOf(node, this.#plan),
      inputs,
      files: handed(keyed),
      fresh: this.#force.has(node.id),
      draft: {
        key,
        node: { id: node.id, name: node.name, kind: node.kind, program: this.#known.program },
        components,
        words,
        files,
        run: this.#tell.run,
        reason,
      },
      changedInput: () => changedFile(hashed, this.#cache),
      store,
      stageCommand,
      sharesGpus: this.#plan.nodes.some(({ resources }) => (resources.gpus ?? 0) > 0),
    }
  }

  #follow(entry: Entry, keyed: Keyed, running: Running, how: 'started' | 'adopted' = 'started'): void {
    const { node, reason = '' } = entry
    entry.state = 'running'
    this.#running.set(node.id, running)
    this.#tell.started(node, running, reason)
    if (running.resumedFrom !== undefined) {
      const left = logsLeft(this.#options.store.root, keyed.key)
      this.#tell.earlier(node, measuredUpTo(running.resumedFrom, left?.['metrics.jsonl'] ?? ''))
    }
    const unsubscribe = running.subscribe((event) => this.#tell.said(node, event))
    const watch = watchTime(node, running)
    void running.outcome.then((ended) => {
      unsubscribe()
      watch.stop()
      const late = ended.type === 'done' ? undefined : watch.failure()
      if (late !== undefined) this.#keepLate(keyed.key, late)
      const outcome: Outcome = late === undefined ? ended : { type: 'failed', error: late, seconds: 0 }
      this.#running.delete(node.id)
      if (this.#tell.isOver) return
      // An earlier run had asked it to stop: then it is this run's to go on with.
      if (how === 'adopted' && outcome.type === 'interrupted' && !this.#stopping) this.#again(entry, running.outcome)
      else this.#do(entry, () => this.#ended(entry, outcome))
    })
  }

  /** A stage that was out of time saved its work, and its process knows of no failure. */
  #keepLate(key: Key, error: StageFailure): void {
    const { root } = this.#options.store
    const failure = { error, seconds: 0, run: this.#tell.run, time: Date.now() }
    keepFailure(root, key, failure, () => logsLeft(root, key) ?? {})
  }

  async #ended(entry: Entry, outcome: Outcome): Promise<void> {
    if (outcome.type === 'failed') {
      const { store } = this.#options
      const damaged = await damagedInput(entry.node, outcome.error, (ref) => this.#output(ref), store)
      await this.#failedOnce(entry, damaged ?? outcome.error, outcome.seconds)
    } else if (outcome.type === 'interrupted') this.#interrupted(entry, outcome.step)
    else {
      const { action, unchanged } = outcome.committed
      this.#options.remote?.push(action, true)
      await this.#there(entry, action, (digests) => this.#tell.finished(entry.node, digests, action, unchanged))
    }
  }

  /** `pulled`: bytes that came for it from the remote cache. */
  #cached(entry: Entry, action: Action, pulled?: number): Promise<void> {
    const { id, name, kind } = entry.node
    const { program } = this.#known
    if (action.node.program !== undefined && action.node.program !== program && !this.#options.store.isReadOnly)
      this.#options.store.note(action, { id, name, kind, program })
    return this.#there(entry, action, (digests) => this.#tell.cached(entry.node, digests, action, pulled))
  }

  /** A node's outputs are there: exports them, tells of it, and looks up the nodes that now know all their inputs. */
  async #there(entry: Entry, { outputs }: Action, tell: (digests: Digests) => void): Promise<void> {
    const { node } = entry
    const exported = node.exportTo === undefined ? undefined : await this.#export(node.exportTo, outputs)
    entry.outputs = outputs
    entry.state = 'over'
    const digests = mapValues(outputs, ({ digest }) => digest)
    tell({ digest: digestOfOutputs(digests), outputs: digests })
    for (const warning of exported?.warnings ?? []) this.#tell.log(node, 'warning', warning)
    if (exported !== undefined && exported.files > 0) this.#tell.exported(node, exported)
    for (const { id } of this.#dependents.get(node.id) ?? []) this.#oneLess(this.#entries.get(id))
  }

  #export(to: string, outputs: Action['outputs']): Promise<Exported> {
    const { store, programDir, overwrite = false } = this.#options
    const { program } = this.#plan
    const inputs = () =>
      [...this.#entries.values()].flatMap(({ keyed }) =>
        Object.values(keyed?.hashed ?? {}).flatMap((files) => files.map(({ path }) => path)),
      )
    return exportArtefacts(to, outputs, { store, programDir, program, cache: this.#cache, overwrite, inputs })
  }

  /** Says before the work what may keep its results from being exported after it. */
  #warnOfExports(): void {
    const { programDir, overwrite } = this.#options
    for (const { node } of this.#entries.values()) {
      if (node.exportTo === undefined) continue
      const trouble = exportTrouble(node.exportTo, { programDir, program: this.#plan.program })
      if (trouble !== undefined && !overwrite) this.#tell.log(node, 'warning', trouble)
    }
  }

  /** One of the inputs that it waits for is there, or lost. */
  #oneLess(next: Entry | undefined): void {
    if (next !== undefined && --next.missing === 0 && next.state === 'waiting') this.#look(next)
  }

  /** A failure is one of the stage only where it is not to be tried again. */
  async #failedOnce(entry: Entry, error: StageFailure, seconds: number): Promise<void> {
    const { soft, hard } = this.#options.signal
    entry.failures = (entry.failures ?? 0) + 1
    const wait = this.#stopping ? undefined : pauseBefore(entry.node, error, entry.failures)
    if (wait === undefined) {
      this.#failed(entry, error, seconds)
      return
    }
    const message = `attempt ${entry.failures} failed: ${error.message}; another follows in ${wait / 1000} s`
    this.#tell.log(entry.node, 'warning', message)
    await pause(wait, [soft, hard])
    entry.state = 'ready'
  }

  #failed(entry: Entry, error: StageFailure, seconds: number): void {
    const { node } = entry
    entry.state = 'over'
    if (node.variant === undefined) this.#brokenOff = true
    // Not wanted in this run, it may well be there in the next.
    if (error.code !== 'input-not-cached') entry.lost = true
    this.#tell.failed(node, error, seconds)
    this.#skipBehind(node, node.name)
  }

  #interrupted(entry: Entry, step: number | undefined): void {
    const { node } = entry
    entry.state = 'over'
    this.#tell.interrupted(node, step)
    this.#skipBehind(node, node.name)
  }

  /** With `only`: what is wanted needs this, and it is not there. */
  #notCached({ node }: Entry): void {
    const behind = this.#only ?? new Set()
    const wanted = this.#plan.nodes.filter(({ id }) => behind.has(id)).map(({ name }) => name)
    const help = `Run without --only, or add --only ${node.name}.`
    const message = `${wanted.join(', ')} alone cannot run: ${node.name}, which it takes from, is not in the cache`
    throw new StageError('input-not-cached', message, help)
  }

  /** Skips all that depend on a node, at any distance, but for what goes without what is lost. */
  #skipBehind({ id }: PlanNode, because: string): void {
    for (const node of this.#dependents.get(id) ?? []) {
      const entry = this.#entries.get(node.id)
      if (entry === undefined || entry.state === 'over') continue
      const lost = this.#entries.get(id)?.lost
      const rest = lost && without(entry.node, (other) => this.#entries.get(other)?.lost === true)
      if (rest === undefined) this.#skip(entry, because, lost)
      else {
        const name = this.#entries.get(id)?.node.name ?? id
        const message = `goes without ${name}, which ${name === because ? 'failed' : `needs ${because}, and that failed`}`
        this.#tell.log(node, 'warning', message)
        entry.node = rest
        this.#oneLess(entry)
      }
    }
  }

  #skip(entry: Entry, because: string, lost: true | undefined, stopped?: RunEventOf<'skipped'>['stopped']): void {
    entry.state = 'over'
    if (lost) entry.lost = true
    this.#tell.skipped(entry.node, because, stopped)
    if (stopped === undefined) this.#skipBehind(entry.node, because)
  }

  #each(act: (running: Running) => void): void {
    for (const running of this.#running.values()) act(running)
    this.#bell.ring()
  }

  #finish(): RunSummary {
    const superseded = this.#options.superseded?.aborted ?? false
    const over = (entry: Entry) => superseded || entry.state === 'over'
    // Killed, and not gone in time: they are nobody's any more.
    for (const entry of this.#entries.values())
      if (entry.state === 'running' && !over(entry)) this.#interrupted(entry, undefined)
    const failed = this.#tell.firstFailed
    const stopped = failed === undefined ? 'interrupted' : 'failed'
    const because = failed ?? 'the interruption'
    for (const entry of this.#entries.values()) if (!over(entry)) this.#skip(entry, because, undefined, stopped)
    const outputs: Record<string, Record<string, Digest>> = {}
    for (const { node, outputs: made } of this.#entries.values()) {
      if (made !== undefined) outputs[node.id] = mapValues(made, ({ digest }) => digest)
    }
    return { ...this.#tell.finish(superseded), outputs }
  }
}

const nothingPulled: Pull = { bytes: 0 }

function readOnlyStore({ name }: PlanNode, { root }: Store): StageError {
  return new StageError(
    'read-only-store',
    `${name} is not in the store, and cannot be made: ${root} cannot be written to`,
    'Give another store with --store; LLMPIPE_REMOTE can name a cache that it is filled from.',
  )
}
