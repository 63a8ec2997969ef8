/** The loss curve of a training, from the metrics kept beside its record. */

import { type Line, seg } from '../../view/line.ts'
import { type Curve, plot } from '../../view/plot.ts'
import { metricSeries, metricsIn } from '../metric-series.ts'

/** The curves of the metrics in a folder; no lines where nothing was measured. */
export function curveLines(folder: string, width: number): Line[] {
  const lines = metricsIn(folder)
  const curves: Curve[] = [
    { name: 'loss', points: metricSeries(lines, 'loss'), tone: 'first' as const },
    { name: 'validation', points: metricSeries(lines, 'validLoss'), tone: 'second' as const },
  ].filter(({ points }) => points.length > 0)
  const drawn = plot(curves, { width, height: 14 })
  if (drawn.length === 0) return []
  return [curves.flatMap(({ name, tone }) => [seg(`── ${name}  `, tone)]), ...drawn]
}
