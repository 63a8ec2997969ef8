/** A metric that a stage reported while it ran, from the lines of its `metrics.jsonl`. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { append, emptySeries, type Point, pointsOf } from '../view/series.ts'

/** Named as in events (`validLoss`) or as in reports (`valid_loss`). */
export function metricSeries(lines: string, metric: string): readonly Point[] {
  const name = metric.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
  const series = emptySeries()
  for (const line of lines.split('\n')) {
    if (line === '') continue
    const event = JSON.parse(line) as Readonly<Record<string, unknown>>
    const { step, [name]: value } = event
    if (typeof step === 'number' && typeof value === 'number') append(series, step, value)
  }
  return pointsOf(series)
}

/** The lines of the metrics kept in a folder: none where a stage measured nothing. */
export function metricsIn(folder: string): string {
  try {
    return readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
  } catch {
    return ''
  }
}
