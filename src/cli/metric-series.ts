/** Reads the metrics that a stage reported while it ran, from its `metrics.jsonl`. */

import { join } from 'node:path'
import { isObject } from '../core/values/shape.ts'
import { linesOf, readStored, reportDamage } from '../store/damage.ts'
import { append, emptySeries, type Point, pointsOf } from '../view/charts/series.ts'

/** The points of a metric, by step. `metric` is its name in events (`validLoss`) or in reports (`valid_loss`). */
export function metricSeries(lines: string, metric: string): readonly Point[] {
  const name = metric.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const series = emptySeries()
  for (const { step, [name]: value } of linesOf(lines, isObject, 'metrics.jsonl'))
    if (typeof step === 'number' && typeof value === 'number') append(series, step, value)
  return pointsOf(series)
}

/** The text of the metrics file in a folder; empty if the stage measured nothing, or if the file is corrupt, which is reported. */
export function metricsIn(folder: string): string {
  const text = readStored(join(folder, 'metrics.jsonl'))
  if (typeof text === 'object') reportDamage(`${join(folder, 'metrics.jsonl')} is corrupt; it is left out`)
  return typeof text === 'string' ? text : ''
}
