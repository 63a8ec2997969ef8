/** Collects what can be compared of stages: the record of a cached stage, or the metrics that the last attempt of another left. */

import type { Key } from '../../core/artefact.ts'
import type { Plan, PlanNode } from '../../core/plan.ts'
import { boundNames, readVariant } from '../../core/variant.ts'
import { type Looked, lookUp } from '../../run/explain/status.ts'
import { upTo } from '../../run/nodes/select.ts'
import { logsLeft } from '../../run/stage/logs.ts'
import { failureFolder, readFailure } from '../../store/failures.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import { optionsInWords, type PastCall } from '../../view/options-in-words.ts'
import { namedMetrics } from '../../view/report-detail.ts'
import type { Contender } from '../../view/variants.ts'
import { metricSeries, metricsIn } from '../metric-series.ts'
import { asInPastRuns, type OpenedProgram } from '../program/open-program.ts'

/** A stage to compare, with the options of the past run that made it if they are not those of the command. */
export interface Competing extends Looked {
  readonly call?: PastCall
}

/** Records of some stages that past runs made with other options than those of the command, without those of `known` keys. */
export async function madeByPastRuns(
  opened: OpenedProgram,
  ids: ReadonlySet<string>,
  known: ReadonlySet<Key>,
): Promise<Competing[]> {
  const found = new Map<Key, Competing>()
  for await (const { plan, params, engine, store, folder: programDir } of asInPastRuns(opened))
    for (const looked of (await lookUp(upTo(plan, ids), { store, programDir })).values()) {
      const key = looked.action?.key
      if (key === undefined || !ids.has(looked.node.id) || known.has(key) || found.has(key)) continue
      found.set(key, { ...looked, call: { params, engine } })
    }
  return [...found.values()]
}

/** Options as columns of the table, by title: `-p steps`, `--engine`. */
function columnsOf({ params, engine }: PastCall): Record<string, string> {
  const given = Object.entries(params).map(([name, value]) => [`-p ${name}`, value] as const)
  return Object.fromEntries([...given, ...(engine === undefined ? [] : [['--engine', engine] as const])])
}

/** A stage as a contender. Its curve is that of `metric`, which the stage reported while it ran. */
export function contenderOf(
  { node, keyed, action, error, call }: Competing,
  metric: string,
  store: FolderStore,
): Contender {
  const [bound = node.name] = boundNames(node.name)
  const { of, values } = readVariant(bound) ?? { of: bound, values: {} }
  const name = call === undefined ? node.name : `${node.name} ${optionsInWords(call)}`.trimEnd()
  const who = { name, of, values: { ...values, ...(call && columnsOf(call)) } }
  if (action !== undefined) {
    const { seconds, report, key } = action
    const points = metricSeries(metricsIn(store.actionFolder(key)), metric)
    return { ...who, metrics: namedMetrics(report), seconds, note: '', points }
  }
  const nothing = { ...who, metrics: {}, points: [] }
  if (keyed === undefined) return { ...nothing, note: error?.message ?? 'not run: its inputs do not exist yet' }
  const failure = readFailure(store.root, keyed.key)
  if (failure !== undefined) {
    const points = metricSeries(metricsIn(failureFolder(store.root, keyed.key)), metric)
    return { ...nothing, seconds: failure.seconds, note: `failed: ${failure.error.message}`, points }
  }
  const logs = logsLeft(store.root, keyed.key)
  if (logs === undefined) return { ...nothing, note: 'not run yet' }
  return { ...nothing, note: 'not finished', points: metricSeries(logs['metrics.jsonl'], metric) }
}

/** The stages that `compare` shows if none is named: variants that training made. */
export function variantsIn(plan: Plan): PlanNode[] {
  return plan.nodes.filter(
    ({ name, variant, outputs }) =>
      variant !== undefined &&
      boundNames(name).every((bound) => readVariant(bound) !== undefined) &&
      outputs.some(({ type }) => type.kind === 'Weights' || type.kind === 'Reward'),
  )
}
