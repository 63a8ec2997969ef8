/** The curve that a training is judged by, its loss or its reward, from the metrics kept beside its record. */

import { type Line, seg } from '../../view/line.ts'
import { type Curve, plot } from '../../view/plot.ts'
import { metricSeries, metricsIn } from '../metric-series.ts'

/** The curves of the metrics in a folder; no lines where nothing was measured. */
export function curveLines(folder: string, width: number): Line[] {
  const lines = metricsIn(folder)
  const reward = metricSeries(lines, 'reward')
  // Of learning from rewards the loss says nothing: it is near 0 however well it goes.
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
