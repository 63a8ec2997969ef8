/** The ends of nodes: each is reported, and what follows from it is carried out. */

import type { Digest } from '../core/artefact.ts'
import type { RunEventOf, StageFailure } from '../core/event.ts'
import type { PlanNode } from '../core/plan.ts'
import { mapValues } from '../core/values/map-values.ts'
import { unreachable } from '../core/values/unreachable.ts'
import type { Action, Committed } from '../store/store.ts'
import type { RunExports } from './exports/run-exports.ts'
import { digestOfOutputs } from './nodes/outputs.ts'
import type { RunOptions } from './options.ts'
import { renamedLabels } from './renamed.ts'
import type { Digests, RunReporter } from './reporter.ts'
import { type Consequence, isOver, type Schedule } from './schedule.ts'
import type { Candidate } from './stage-work.ts'
import { refuseDoubtful, vouchedInWords } from './vouch/words.ts'

export interface OutcomesContext {
  readonly schedule: Schedule<Candidate, Action['outputs']>
  readonly reporter: RunReporter
  readonly exports: RunExports
  /** The program, as records name it. */
  readonly program: string
  readonly options: Pick<RunOptions, 'store' | 'remote' | 'strict'>
  /** Called with each node whose inputs are all known. */
  lookUp(node: PlanNode): void
}

export class Outcomes {
  readonly #context: OutcomesContext

  constructor(context: OutcomesContext) {
    this.#context = context
  }

  /** The node is cached. `pulled`: the bytes that were pulled from the remote cache for it. Throws as `finished` does. */
  hit(node: PlanNode, action: Action, pulled?: number): Promise<void> {
    const { id, name, kind } = node
    const { program, options, reporter } = this.#context
    if (action.node.program !== undefined && action.node.program !== program && !options.store.isReadOnly)
      options.store.note(action, { id, name, kind, program })
    if (action.vouched !== undefined)
      reporter.log(node, 'warning', `its result was not made by this stage: it is ${vouchedInWords(action.vouched)}`)
    this.#doubt(node, action)
    return this.#complete(node, action, (digests) => reporter.cached(node, digests, action, pulled))
  }

  /** The stage of the node finished. Throws a StageError if `strict` refuses its result, which the store keeps. */
  finished(node: PlanNode, { action, unchanged }: Committed): Promise<void> {
    const { options, reporter } = this.#context
    this.#doubt(node, action)
    options.remote?.push(action, true)
    return this.#complete(node, action, (digests) => reporter.finished(node, digests, action, unchanged))
  }

  /** Warns of a result that people should doubt, or with `strict` refuses it. */
  #doubt(node: PlanNode, action: Action): void {
    const { options, reporter } = this.#context
    if (action.report.doubt === undefined) return
    const renamed = renamedLabels(node, action).map(([from, to]) => `\`${from}\` is now \`${to}\``)
    const doubt = `${action.report.doubt}${renamed.length === 0 ? '' : ` (${renamed.join(', ')})`}`
    if (options.strict) refuseDoubtful(node.name, doubt)
    reporter.log(node, 'warning', doubt)
  }

  /** The outputs of a node are in the store: exports and reports them, and looks up the nodes that now know all their inputs. */
  async #complete(node: PlanNode, action: Action, report: (digests: Digests) => void): Promise<void> {
    const { exports, schedule, reporter } = this.#context
    const { outputs } = action
    const exported = await exports.export(node, action)
    const next = schedule.complete(node.id, outputs)
    const digests = mapValues(outputs, ({ digest }) => digest)
    report({ digest: digestOfOutputs(digests), outputs: digests })
    for (const warning of exported?.warnings ?? []) reporter.log(node, 'warning', warning)
    if (exported !== undefined && exported.files > 0) {
      for (const note of exported.notes ?? []) reporter.log(node, 'info', note)
      reporter.exported(node, exported)
    }
    this.carryOut(next)
  }

  fail(node: PlanNode, error: StageFailure, seconds: number): void {
    const { schedule, reporter } = this.#context
    // A node that this run does not want may well be cached in the next.
    const next = schedule.fail(node.id, error.code !== 'input-not-cached')
    reporter.failed(node, error, seconds)
    this.carryOut(next)
  }

  interrupt(node: PlanNode, how: Pick<RunEventOf<'interrupted'>, 'step' | 'continuesIn'>): void {
    const { schedule, reporter } = this.#context
    const next = schedule.interrupt(node.id)
    reporter.interrupted(node, how)
    this.carryOut(next)
  }

  carryOut(consequences: readonly Consequence[]): void {
    const { schedule, reporter, lookUp } = this.#context
    for (const consequence of consequences) {
      const node = schedule.node(consequence.id)
      if (consequence.type === 'look-up') lookUp(node)
      else if (consequence.type === 'skip') reporter.skipped(node, consequence.because)
      else if (consequence.type === 'go-without') {
        const { lost, because } = consequence
        const why = lost === because ? 'failed' : `needs ${because}, and that failed`
        reporter.log(node, 'warning', `goes without ${lost}, which ${why}`)
      } else unreachable(consequence)
    }
  }

  /** Ends the nodes that are not over: the run stops before them. */
  endAll(): void {
    const { schedule, reporter } = this.#context
    // Stages that were killed and did not end in time.
    for (const { node, state } of schedule.all) if (state.type === 'running') this.interrupt(node, {})
    const failed = reporter.firstFailed
    for (const { node, state } of schedule.all) {
      if (isOver(state)) continue
      schedule.stop(node.id)
      reporter.skipped(node, failed ?? 'the interruption', failed === undefined ? 'interrupted' : 'failed')
    }
  }

  /** The digests of the outputs that are in the store, by node id and output. */
  outputs(): Record<string, Record<string, Digest>> {
    const outputs: Record<string, Record<string, Digest>> = {}
    for (const { node, state } of this.#context.schedule.all)
      if (state.type === 'done') outputs[node.id] = mapValues(state.outputs, ({ digest }) => digest)
    return outputs
  }
}
