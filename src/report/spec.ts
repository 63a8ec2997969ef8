/** The data of a chart as the page holds them for its script, which draws the chart again. */

import type { BandCurve } from '../view/charts/svg.ts'
import type { Tone } from '../view/line.ts'

export interface ChartSpec {
  readonly title: string
  readonly isTall: boolean
  readonly isUnnamed: boolean
  readonly isLog: boolean
  /** All values are positive, so that the axis can be logarithmic. */
  readonly canLog: boolean
  readonly curves: readonly {
    readonly name: string
    readonly tone: Tone
    /** Step and value, and the lowest and highest value if the point stands for several. */
    readonly points: readonly (readonly number[])[]
  }[]
}

export function curvesIn({ curves }: ChartSpec): readonly BandCurve[] {
  return curves.map(({ name, tone, points }) => ({
    name,
    tone,
    points: points.map(([step = 0, value = 0, low, high]) =>
      low === undefined || high === undefined ? { step, value } : { step, value, low, high },
    ),
  }))
}
