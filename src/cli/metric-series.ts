/** A metric that a stage reported while it ran, from the lines of its `metrics.jsonl`. */

import { join } from 'node:path'
import { isObject } from '../core/shape.ts'
import { linesOf, readStored, sayDamage } from '../store/damage.ts'
import { append, emptySeries, type Point, pointsOf } from '../view/series.ts'

/** Named as in events (`validLoss`) or as in reports (`valid_loss`). */
export function metricSeries(lines: string, metric: string): readonly Point[] {
  const name = metric.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const series = emptySeries()
  for (const { step, [name]: value } of linesOf(lines, isObject, 'metrics.jsonl'))
    if (typeof step === 'number' && typeof value === 'number') append(series, step, value)
  return pointsOf(series)
}

/** The lines of the metrics kept in a folder: none where a stage measured nothing. */
export function metricsIn(folder: string): string {
  const text = readStored(join(folder, 'metrics.jsonl'))
  if (typeof text === 'object') sayDamage(`${join(folder, 'metrics.jsonl')} is damaged; it is left out`)
  return typeof text === 'string' ? text : ''
}
