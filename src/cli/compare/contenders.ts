/** What there is to compare of stages: of cached ones their record, of others what their last attempt left. */

import type { Plan, PlanNode } from '../../core/plan.ts'
import { boundNames, readVariant } from '../../core/variant.ts'
import type { Looked } from '../../run/explain/status.ts'
import { logsLeft } from '../../run/stage/logs.ts'
import { failureFolder, readFailure } from '../../store/failures.ts'
import type { FolderStore } from '../../store/folder-store.ts'
import type { Contender } from '../../view/variants.ts'
import { metricSeries, metricsIn } from '../metric-series.ts'

/** The contender that a node is, its curve that of a metric it reported while it ran. */
export function contenderOf({ node, keyed, action, error }: Looked, metric: string, store: FolderStore): Contender {
  const [name = node.name] = boundNames(node.name)
  const { of, values } = readVariant(name) ?? { of: name, values: {} }
  const who = { name: node.name, of, values }
  if (action !== undefined) {
    const { seconds, report, key } = action
    const points = metricSeries(metricsIn(store.actionFolder(key)), metric)
    return { ...who, metrics: report.metrics ?? {}, seconds, note: '', points }
  }
  const nothing = { ...who, metrics: {}, points: [] }
  if (keyed === undefined) return { ...nothing, note: error?.message ?? 'not run: what it takes is not there yet' }
  const failure = readFailure(store.root, keyed.key)
  if (failure !== undefined) {
    const points = metricSeries(metricsIn(failureFolder(store.root, keyed.key)), metric)
    return { ...nothing, seconds: failure.seconds, note: `failed: ${failure.error.message}`, points }
  }
  const logs = logsLeft(store.root, keyed.key)
  if (logs === undefined) return { ...nothing, note: 'not run yet' }
  return { ...nothing, note: 'not finished', points: metricSeries(logs['metrics.jsonl'], metric) }
}

/** The stages that a program compares where none is named: variants that training made. */
export function variantsIn(plan: Plan): PlanNode[] {
  return plan.nodes.filter(
    ({ name, variant, outputs }) =>
      variant !== undefined &&
      boundNames(name).every((bound) => readVariant(bound) !== undefined) &&
      outputs.some(({ type }) => type.kind === 'Weights' || type.kind === 'Reward'),
  )
}
