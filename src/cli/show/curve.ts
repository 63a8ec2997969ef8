/** The curve by which a training is judged, loss or reward, from the metrics beside its record. */

import { type Curve, plot } from '../../view/charts/plot.ts'
import { type Line, seg } from '../../view/line.ts'
import { metricSeries, metricsIn } from '../metric-series.ts'

/** The curves of the metrics in a folder as lines; no lines if nothing was measured. */
export function curveLines(folder: string, width: number): Line[] {
  const lines = metricsIn(folder)
  const reward = metricSeries(lines, 'reward')
  // When a policy learns from rewards, the loss stays near 0 however well it learns.
  const shown: Curve[] =
    reward.length > 0
      ? [{ name: 'reward', points: reward, tone: 'first' }]
      : [
          { name: 'loss', points: metricSeries(lines, 'loss'), tone: 'first' },
          { name: 'validation', points: metricSeries(lines, 'validLoss'), tone: 'second' },
        ]
  const curves = shown.filter(({ points }) => points.length > 0)
  const drawn = plot(curves, { width, height: 14 })
  if (drawn.length === 0) return []
  return [curves.flatMap(({ name, tone }) => [seg(`── ${name}  `, tone)]), ...drawn]
}
