/** A metric that a stage reported while it ran, from the lines of its `metrics.jsonl`. */

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
