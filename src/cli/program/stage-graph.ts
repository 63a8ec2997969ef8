/** The stages of a program with their states and costs, for the graph that editors show. */

import { existsSync, statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, dirname, join } from 'node:path'
import type { RunEventOf } from '../../core/event.ts'
import type { Plan } from '../../core/plan.ts'
import type { TypedProgram } from '../../language/program.ts'
import type { GraphStage, StageGraph } from '../../lsp/services.ts'
import { type Estimate, estimate } from '../../plan/estimate.ts'
import { toPlan } from '../../plan/plan.ts'
import { lookUp, status } from '../../run/explain/status.ts'
import { beginningsOf, eventsOf, hasLivingRunner, lifeOf } from '../../run/log/past-runs.ts'
import { after } from '../../run/nodes/graph.ts'
import { type FolderStore, openStore } from '../../store/folder-store.ts'
import type { Action } from '../../store/store.ts'
import { count, duration, scalar, short } from '../../view/format.ts'
import { foldAll, type RunView, type StageView } from '../../view/log/fold.ts'
import { measuredSpeed } from '../check/measured.ts'
import { catalogue } from './catalogue.ts'

const storeOf = (program: string) => join(dirname(program), '.llmpipe')

/** A text that changes when the graph would although the program does not: with the log of its newest run, and with the store. */
export function graphStamp(program: string): string {
  const root = storeOf(program)
  if (!existsSync(root)) return ''
  const begun = newestRun(root, program)
  const log = begun === undefined ? '' : changed(join(root, 'runs', begun.run, 'events.jsonl'))
  const isAlive = begun === undefined ? '' : hasLivingRunner(begun)
  return [begun?.run ?? '', log, isAlive, changed(join(root, 'actions')), changed(join(root, 'objects'))].join(' ')
}

/** The graph of a program as it is now. A run of it that is under way decides the states of its stages. */
export async function stageGraph(program: TypedProgram, sources: ReadonlyMap<string, string>): Promise<StageGraph> {
  const plan = toPlan(program, sources, catalogue)
  const root = storeOf(program.file)
  const store = existsSync(root) ? openStore(root) : undefined
  const costs = await costsOf(plan, store)
  const known = store === undefined ? new Map<string, Known>() : await planned(plan, store, dirname(program.file))
  const live = store === undefined ? undefined : liveRun(store.root, program.file)
  return {
    stages: plan.nodes.map((node): GraphStage => {
      const { id, name, kind, span } = node
      const { action, state, detail } = known.get(id) ?? { state: 'to run', detail: 'first run' }
      const now = live?.stages.get(id)
      return {
        id,
        name,
        kind,
        after: after(node),
        place: { file: span.file, line: span.line, column: span.column },
        state,
        detail,
        cost: action === undefined ? (costs.get(id) ?? '') : duration(action.seconds),
        metrics: action?.report.metrics ?? {},
        ...(now === undefined ? {} : underWay(now)),
      }
    }),
    ...(live === undefined ? {} : { run: { id: live.run, options: live.options } }),
  }
}

type Known = Pick<GraphStage, 'state' | 'detail'> & { readonly action?: Action }

/** For each stage by its id, whether a run would run it. */
async function planned(plan: Plan, store: FolderStore, programDir: string): Promise<ReadonlyMap<string, Known>> {
  const options = { store, programDir }
  const looked = await lookUp(plan, options)
  const nodes = await status(plan, options)
  return new Map(
    nodes.map(({ id, status: state, reason }): [string, Known] => {
      const { action, lost } = looked.get(id) ?? {}
      if (action !== undefined && state === 'cached') return [id, { state, detail: '', action }]
      return [id, { state: lost ? 'failed' : 'to run', detail: reason }]
    }),
  )
}

/** The run of a program that is under way; `undefined` if the program is not running. */
function liveRun(root: string, program: string): RunView | undefined {
  const begun = newestRun(root, program)
  const events = begun && eventsOf(root, begun.run)
  return events !== undefined && lifeOf(root, events) === 'running' ? foldAll(events) : undefined
}

function newestRun(root: string, program: string): RunEventOf<'run-started'> | undefined {
  return beginningsOf(root).find((begun) => basename(begun.program) === basename(program))
}

/** A stage as the run that is under way has it. */
function underWay(stage: StageView): Partial<GraphStage> {
  const { state, seconds, reason = '', error, because } = stage
  const isDone = state === 'finished' || state === 'cached'
  return {
    state,
    detail: state === 'running' ? soFar(stage) : isDone ? '' : (error?.message ?? because ?? reason),
    ...(seconds === undefined ? {} : { cost: duration(seconds) }),
    ...(stage.report?.metrics === undefined ? {} : { metrics: stage.report.metrics }),
  }
}

/** How far a stage has come: `120 of 1,000 steps · loss 3.21`. */
function soFar({ progress, scalars: { loss } }: StageView): string {
  const of = progress?.total === undefined ? '' : ` of ${count(progress.total)}`
  const done = progress === undefined ? [] : [`${count(progress.done)}${of} ${progress.unit}`]
  return [...done, ...(loss === undefined ? [] : [`loss ${scalar(loss)}`])].join(' · ')
}

/** The estimated cost of each training, by the id of its stage. */
async function costsOf(plan: Plan, store: FolderStore | undefined): Promise<Map<string, string>> {
  const costs = new Map<string, string>()
  for (const each of estimate(plan, availableParallelism())) costs.set(each.node.id, await costOf(each, store))
  return costs
}

/** `2.1M parameters, about 3 min`. */
async function costOf({ node, cost, tokens, seconds }: Estimate, store: FolderStore | undefined): Promise<string> {
  const measured = store && (await measuredSpeed(node, store))
  const time = measured === undefined || tokens === undefined ? seconds : tokens / measured
  const size = `${short(cost.parameters)} parameters`
  return time === undefined ? size : `${size}, about ${duration(time)}`
}

function changed(path: string): string {
  try {
    const { mtimeMs, size } = statSync(path)
    return `${mtimeMs}:${size}`
  } catch {
    // It does not exist yet.
    return ''
  }
}
