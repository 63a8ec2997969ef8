/** The loss curve of a training, from the metrics kept beside its record. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Line, seg } from '../../view/line.ts'
import { type Curve, plot } from '../../view/plot.ts'
import { append, emptySeries, pointsOf, type Series } from '../../view/series.ts'

/** No lines where nothing was measured. */
export function curveLines(actionFolder: string, width: number): Line[] {
  const [train, valid] = [emptySeries(), emptySeries()]
  for (const line of linesOf(join(actionFolder, 'metrics.jsonl'))) {
    const { step, loss, validLoss } = JSON.parse(line) as Record<string, unknown>
    if (typeof step !== 'number') continue
    if (typeof loss === 'number') append(train, step, loss)
    if (typeof validLoss === 'number') append(valid, step, validLoss)
  }
  const curves = [curve('loss', train, 'first'), curve('validation', valid, 'second')].filter(
    (each) => each.points.length > 0,
  )
  const drawn = plot(curves, { width, height: 14 })
  if (drawn.length === 0) return []
  return [curves.flatMap(({ name, tone }) => [seg(`── ${name}  `, tone)]), ...drawn]
}

function curve(name: string, series: Series, tone: Curve['tone']): Curve {
  return { name, points: pointsOf(series), tone }
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  } catch {
    // Stages that measure nothing leave none.
    return []
  }
}
