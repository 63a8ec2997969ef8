/** Charts of the page: drawn here once, so that the page needs no script, and again by the script in the width that the screen has. */

import type { BandCurve } from '../view/charts/svg.ts'
import { lineChart } from '../view/charts/svg.ts'
import type { Tone } from '../view/line.ts'
import { type Html, html, jsonInScript, trusted } from './html.ts'
import { type ChartSpec, curvesIn } from './spec.ts'

export interface ChartOf {
  readonly title: string
  readonly curves: readonly BandCurve[]
  readonly isLog?: boolean
  readonly isTall?: boolean
  /** The names of the curves are left out, because a chart beside it has the same curves. */
  readonly isUnnamed?: boolean
}

const tones: readonly Tone[] = ['first', 'second', 'good', 'busy', 'accent', 'bad']

/** The tone of the curve with the number `i`. */
export function toneAt(i: number): Tone {
  return tones[i % tones.length]!
}

/** A chart with its title, the value under the pointer, and a switch to a logarithmic axis if all values are positive. */
export function chartFigure(
  { title, curves, isLog = false, isTall = false, isUnnamed = false }: ChartOf,
  id: string,
): Html {
  const spec: ChartSpec = {
    title,
    isTall,
    isUnnamed,
    canLog: curves.every(({ points }) => points.every(({ value }) => value > 0)),
    isLog,
    curves: curves.map(({ name, tone, points }) => ({
      name,
      tone,
      points: points.map(({ step, value, low, high }) =>
        low === undefined || high === undefined
          ? [step, short(value)]
          : [step, short(value), short(low, 4), short(high, 4)],
      ),
    })),
  }
  const svg = lineChart(curvesIn(spec), {
    title,
    isUntitled: true,
    id,
    width: isTall ? 880 : 420,
    height: isTall ? 300 : 210,
    isLog,
    isUnnamed,
  })
  return html`<figure class="chart${isTall ? ' tall' : ''}" id="${id}"><figcaption>${title}</figcaption><div class="plot">${trusted(svg)}</div><output class="readout" aria-live="off"></output><script type="application/json">${trusted(jsonInScript(spec))}</script></figure>`
}

/** A few significant digits: more than a chart can show. */
function short(value: number, digits = 5): number {
  return Number(value.toPrecision(digits))
}
