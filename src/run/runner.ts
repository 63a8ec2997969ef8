/**
 * Runs a plan: looks every node up as soon as its inputs are known, and starts the stages that are not cached as cores and memory allow. Keys are
 * computed from the *contents* of inputs. When a stage that runs again produces the same bytes as before, nothing behind it runs again (early
 * cutoff).
 *
 * After a failure, the stages in progress are finished (their work is not lost), and without `keepGoing` nothing new starts. The failure of a
 * variant stops only what takes from it: that one learning rate diverges is a result, and its siblings are still wanted.
 */

import type { StageFailure, Where } from '../core/event.ts'
import { failureOf } from '../core/failure.ts'
import type { Resources } from '../core/kind/resources.ts'
import type { OutputRef, Plan, PlanNode } from '../core/plan.ts'
import { placeInWords } from '../process/where.ts'
import { onDamage } from '../store/damage.ts'
import { forgetFailure } from '../store/failures.ts'
import { StatCache } from '../store/inputs/stat-cache.ts'
import type { Action, ActionOutput } from '../store/store.ts'
import { Bell } from './bell.ts'
import { commitTo } from './commit.ts'
import type { Executor, RunningStage } from './executors/executor.ts'
import { type PlanIndex, planIndex } from './explain/reason.ts'
import { RunExports } from './exports/run-exports.ts'
import { follow } from './follow.ts'
import { LookUp } from './look-up.ts'
import { damagedInput } from './nodes/damaged-inputs.ts'
import { lookUpFor } from './nodes/fits.ts'
import type { RunOptions, RunSummary } from './options.ts'
import { Outcomes } from './outcomes.ts'
import { RunReporter } from './reporter.ts'
import { isChangedInput, pause, pauseBefore, rereadPause } from './retries.ts'
import { Schedule } from './schedule.ts'
import type { Candidate, Outcome } from './stage-work.ts'
import { startStage } from './start.ts'
import { workOf } from './work-of.ts'

/** How often to ask for what nobody announces: a key that another run holds, room that another run of this process holds. In milliseconds. */
const pollInterval = 200
/** How many nodes are looked up at once: enough for the answers of a remote cache to overlap, and few enough for the memory of 100,000 nodes. */
const mostLookUps = 128

export class Runner {
  readonly #plan: Plan
  readonly #index: PlanIndex
  readonly #options: RunOptions
  readonly #reporter: RunReporter
  readonly #cache: StatCache
  readonly #schedule: Schedule<Candidate, Action['outputs']>
  readonly #lookUps: LookUp
  readonly #exports: RunExports
  readonly #outcomes: Outcomes
  /** Loaded only when a stage has to run: in most runs of a day everything is cached. */
  #executor: Executor | undefined
  /** The stages that this run started or adopted, by node id. */
  readonly #running = new Map<string, RunningStage>()
  /** The nodes for which a changed input was reported. */
  readonly #reread = new Set<string>()
  readonly #bell = new Bell()
  /** The nodes that are to be looked up, in their order. Those before `next` have had their turn. */
  readonly #toLookUp: { readonly nodes: PlanNode[]; next: number; underWay: number } = {
    nodes: [],
    next: 0,
    underWay: 0,
  }
  /** How many things are being done for nodes besides running them. */
  #pending = 0

  constructor(plan: Plan, options: RunOptions, force: ReadonlySet<string>, only: ReadonlySet<string> | undefined) {
    this.#plan = plan
    this.#index = planIndex(plan, options)
    this.#options = options
    this.#executor = options.executor
    this.#cache = new StatCache(options.store.root)
    this.#reporter = new RunReporter(plan, options)
    this.#schedule = new Schedule(plan, ({ resources }) => textOf(resources))
    const [index, cache, reporter] = [this.#index, this.#cache, this.#reporter]
    this.#lookUps = new LookUp({ plan, index, options, cache, reporter, force, only })
    this.#exports = new RunExports(plan, options, cache, this.#lookUps.inputFiles)
    this.#outcomes = new Outcomes({
      schedule: this.#schedule,
      reporter,
      exports: this.#exports,
      program: index.program,
      options,
      lookUp: (node) => this.#lookUp(node),
    })
  }

  async run(): Promise<RunSummary> {
    const { remote, superseded } = this.#options
    const { soft, hard } = this.#options.signal
    const signals = [
      [soft, () => this.#stopEach((stage) => stage.interrupt())],
      [hard, () => this.#stopEach((stage) => stage.kill())],
      [superseded, () => this.#bell.ring()],
    ] as const
    for (const [signal, listener] of signals) signal?.addEventListener('abort', listener)
    if (remote) remote.onTrouble = (message) => this.#reporter.notice(message)
    const stopListening = onDamage((message) => this.#reporter.notice(message))
    try {
      this.#reporter.runStarted()
      this.#exports.warn(this.#reporter)
      this.#outcomes.carryOut(this.#schedule.begin())
      await this.#loop()
      await remote?.settle(
        (left) => this.#reporter.pushing(left, remote.address),
        signals.flatMap(([signal]) => signal ?? []),
      )
      return this.#finish()
    } finally {
      for (const [signal, listener] of signals) signal?.removeEventListener('abort', listener)
      if (remote) remote.onTrouble = () => {}
      stopListening()
      this.#cache.save()
      this.#reporter.close()
    }
  }

  async #loop(): Promise<void> {
    for (;;) {
      this.#bell.forget()
      await this.#startReady()
      const superseded = this.#options.superseded?.aborted ?? false
      const isIdle = this.#pending === 0 && this.#running.size === 0 && !this.#bell.rang
      // Nodes stay ready only if nothing may start any more, or if another run of this process holds the room.
      const waitsForRoom = !this.#isStopping && this.#schedule.hasReady()
      if (superseded || (isIdle && !waitsForRoom)) return
      const atMost = waitsForRoom && (isIdle || this.#othersHoldRoom) ? pollInterval : undefined
      if (!(await this.#bell.sleep(this.#options.signal.hard, atMost))) return
      // Stages that end at the same time are followed by one pass over the ready nodes, and not by one each.
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  /** Nothing new may start. */
  get #isStopping(): boolean {
    const { signal, keepGoing } = this.#options
    return signal.soft.aborted || signal.hard.aborted || (this.#schedule.isBrokenOff && !keepGoing)
  }

  async #startReady(): Promise<void> {
    const { order, jobs = Number.POSITIVE_INFINITY } = this.#options
    // The resources for which there is no room. Of 100,000 ready nodes, the executor is then asked about one and not about each.
    const full = new Set<string>()
    for (const { node, candidate } of order === undefined ? this.#schedule.ready() : this.#inOrder(order)) {
      if (this.#isStopping || this.#running.size >= jobs) return
      const resources = textOf(node.resources)
      if (full.has(resources) && !this.#executor?.running.has(candidate.keyed.key)) continue
      if (!(await this.#start(node, candidate))) full.add(resources)
      // Another run of this process may make what a later node needs, which takes no room.
      if (!this.#othersHoldRoom && !this.#schedule.hasReady(full)) return
    }
  }

  #inOrder(order: NonNullable<RunOptions['order']>): { readonly node: PlanNode; readonly candidate: Candidate }[] {
    const ready = new Map([...this.#schedule.ready()].map((each) => [each.node.id, each]))
    return order([...ready.keys()]).map((id) => ready.get(id)!)
  }

  /** Another run of this process has stages in progress. */
  get #othersHoldRoom(): boolean {
    return (this.#executor?.running.size ?? 0) > this.#running.size
  }

  /** Does something for a node that the run waits for. An error is the failure of the node. */
  #track(node: PlanNode, act: () => Promise<void>): void {
    this.#pending++
    act()
      .catch((error: unknown) => {
        const failure = failureOf(error)
        return this.#mayReread(failure) ? this.#lookUpAgain(node, failure) : this.#outcomes.fail(node, failure, 0)
      })
      .finally(() => {
        this.#pending--
        this.#bell.ring()
      })
  }

  /** Looks up a node whose inputs are known, when its turn comes. Afterwards it is done, ready or failed. */
  #lookUp(node: PlanNode): void {
    this.#toLookUp.nodes.push(node)
    this.#lookUpNext()
  }

  #lookUpNext(): void {
    const turns = this.#toLookUp
    while (turns.underWay < mostLookUps) {
      const node = turns.nodes[turns.next]
      if (node === undefined) break
      turns.next++
      turns.underWay++
      this.#track(node, async () => {
        try {
          const found = await this.#lookUps.find(node, (ref) => this.#outputOf(ref))
          if (found.type === 'hit') await this.#outcomes.hit(node, found.action, found.pulled)
          else this.#schedule.miss(node.id, found.candidate)
        } finally {
          turns.underWay--
          this.#lookUpNext()
        }
      })
    }
    if (turns.next < turns.nodes.length) return
    turns.nodes.length = 0
    turns.next = 0
  }

  #outputOf({ node, output }: OutputRef): ActionOutput {
    const state = this.#schedule.state(node)
    const found = state.type === 'done' ? state.outputs[output] : undefined
    if (found === undefined) throw new Error(`${node} has no output ${output}`)
    return found
  }

  /** Starts a node that is ready, or ends it. Returns whether there was room for it. */
  async #start(node: PlanNode, candidate: Candidate): Promise<boolean> {
    const { key } = candidate.keyed
    const { machine, hasParts } = this.#options
    const executor = this.#executor ?? (await import('./executors/local.ts')).localExecutor(machine, hasParts)
    this.#executor = executor
    executor.onNotice = (message) => this.#reporter.notice(message)
    const inProgress = executor.running.get(key)
    if (inProgress !== undefined) {
      // This run makes the key for another node: the result will be a hit. Or an earlier run of the watch makes it.
      if ([...this.#running.values()].includes(inProgress)) this.#retryAfter(node, candidate, inProgress.outcome)
      else this.#follow(node, candidate, inProgress, 'adopted')
      return true
    }
    const shortfall = await executor.shortfall(node.resources)
    if (shortfall !== undefined) {
      this.#outcomes.fail(node, shortfall, 0)
      return true
    }
    if (!executor.hasRoom(node.resources)) return false
    this.#schedule.occupy(node.id, candidate)
    this.#pending++
    try {
      await this.#claimAndRun(node, candidate, executor)
    } catch (error) {
      this.#outcomes.fail(node, failureOf(error), 0)
    } finally {
      this.#pending--
    }
    return true
  }

  async #claimAndRun(node: PlanNode, candidate: Candidate, executor: Executor): Promise<void> {
    const { store } = this.#options
    const work = workOf(node, candidate, {
      plan: this.#plan,
      program: this.#index.program,
      run: this.#reporter.run,
      isForced: this.#lookUps.isForced(node),
      options: this.#options,
    })
    const started = await startStage(node, work, {
      store,
      executor,
      commit: commitTo(store, work, this.#cache),
      isStopping: () => this.#isStopping,
      onDamagedState: (step) =>
        this.#reporter.log(node, 'warning', `the saved state of step ${step} is corrupt and was not used`),
    })
    if (started.type === 'started') this.#follow(node, candidate, started.stage, 'started')
    else if (started.type === 'made') await this.#outcomes.hit(node, started.action)
    else if (started.type === 'stopped') this.#schedule.retry(node.id, candidate)
    else {
      const job = started.by.type === 'job' ? executor.follow?.(work.key, started.by) : undefined
      if (job === undefined) this.#waitForOther(node, candidate, started.by)
      else this.#follow(node, candidate, job, 'adopted')
    }
  }

  /** Another run has the claim of a node. */
  #waitForOther(node: PlanNode, candidate: Candidate, holder: Where): void {
    const message = `another run (${placeInWords(holder)}) is making this; waiting for it`
    if (!candidate.isReportedHeld) this.#reporter.log(node, 'info', message)
    this.#retryAfter(node, { ...candidate, isReportedHeld: true }, this.#pause(pollInterval))
  }

  /** Looks up the key of a node again, once something has ended, and starts the node if it is not there. */
  #retryAfter(node: PlanNode, candidate: Candidate, ended: Promise<unknown>): void {
    this.#schedule.occupy(node.id, candidate)
    this.#track(node, async () => {
      await ended
      const { store } = this.#options
      const hit = this.#isStopping ? undefined : await lookUpFor(node, candidate.keyed.key, store)
      if (hit !== undefined) await this.#outcomes.hit(node, hit)
      else this.#schedule.retry(node.id, candidate)
    })
  }

  /** Follows a stage to its end. */
  #follow(node: PlanNode, candidate: Candidate, stage: RunningStage, how: 'started' | 'adopted'): void {
    this.#schedule.run(node.id, candidate)
    this.#running.set(node.id, stage)
    void follow(node, stage, candidate.reason, this.#reporter, this.#options).then((outcome) => {
      this.#running.delete(node.id)
      if (this.#reporter.isClosed) return
      // An earlier run had asked the stage to stop: this run continues it.
      const isAsked = outcome.type === 'interrupted' && stage.isDetached !== true
      const isToContinue = how === 'adopted' && isAsked && !this.#isStopping
      if (isToContinue) return this.#retryAfter(node, candidate, stage.outcome)
      this.#schedule.occupy(node.id, candidate)
      this.#track(node, () => this.#ended(node, candidate, outcome))
    })
  }

  async #ended(node: PlanNode, candidate: Candidate, outcome: Outcome): Promise<void> {
    if (outcome.type === 'failed') {
      const { store } = this.#options
      const damaged = await damagedInput(node, outcome.error, (ref) => this.#outputOf(ref), store)
      await this.#failOrRetry(node, candidate, damaged ?? outcome.error, outcome.seconds)
    } else if (outcome.type === 'interrupted') this.#outcomes.interrupt(node, outcome)
    else if (outcome.type === 'displaced') {
      this.#reporter.log(node, 'warning', outcome.message)
      this.#schedule.retry(node.id, candidate)
    } else await this.#outcomes.finished(node, outcome.committed)
  }

  /** Fails a node whose attempt failed, unless another attempt follows. */
  async #failOrRetry(node: PlanNode, candidate: Candidate, error: StageFailure, seconds: number): Promise<void> {
    if (this.#mayReread(error)) {
      forgetFailure(this.#options.store.root, candidate.keyed.key)
      return this.#lookUpAgain(node, error)
    }
    const failures = candidate.failures + 1
    const wait = this.#isStopping ? undefined : pauseBefore(node, error, failures)
    if (wait === undefined) return this.#outcomes.fail(node, error, seconds)
    const message = `attempt ${failures} failed: ${error.message}; another follows in ${wait / 1000} s`
    this.#reporter.log(node, 'warning', message)
    await this.#pause(wait)
    this.#schedule.retry(node.id, { ...candidate, failures })
  }

  #mayReread(error: StageFailure): boolean {
    return this.#options.rereadsInputs === true && !this.#isStopping && isChangedInput(error)
  }

  /** Reads the changed input files of a node once more. */
  async #lookUpAgain(node: PlanNode, { message }: StageFailure): Promise<void> {
    if (!this.#reread.has(node.id)) this.#reporter.log(node, 'warning', `${message}; reading it again`)
    this.#reread.add(node.id)
    await this.#pause(rereadPause)
    if (!this.#isStopping) this.#outcomes.carryOut(this.#schedule.lookUpAgain(node.id))
  }

  #pause(milliseconds: number): Promise<void> {
    const { soft, hard } = this.#options.signal
    return pause(milliseconds, [soft, hard])
  }

  #stopEach(stop: (stage: RunningStage) => void): void {
    for (const stage of this.#running.values()) stop(stage)
    this.#bell.ring()
  }

  #finish(): RunSummary {
    const isSuperseded = this.#options.superseded?.aborted ?? false
    if (!isSuperseded) this.#outcomes.endAll()
    this.#schedule.close()
    return { ...this.#reporter.finish(isSuperseded), outputs: this.#outcomes.outputs() }
  }
}

const texts = new WeakMap<Resources, string>()

/** The resources of a node as a text that is equal for equal resources. */
function textOf(resources: Resources): string {
  const known = texts.get(resources)
  if (known !== undefined) return known
  const text = JSON.stringify(resources)
  texts.set(resources, text)
  return text
}
