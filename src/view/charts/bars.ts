/** A bar chart with intervals as SVG text. */

import type { Estimate } from '../../core/report.ts'
import { scalar } from '../format.ts'
import { cut } from '../line.ts'
import { roundTicks } from './axis.ts'
import { type ChartOptions, chart, colors, element, nothing, text, top, widest } from './markup.ts'

/** A bar with its name, and its interval if it has one. */
export interface NamedEstimate extends Estimate {
  readonly name: string
}

/** The bars as a chart, one below the other in the given order, from zero. A value that is not finite has no bar. */
export function barChart(bars: readonly NamedEstimate[], options: ChartOptions): string {
  const { width: across = 640 } = options
  const height = options.height ?? top + 40 + Math.max(1, bars.length) * 28
  const ends = bars.flatMap(({ value, low = value, high = value }) => [value, low, high]).filter(Number.isFinite)
  if (ends.length === 0) return chart({ ...options, height }, 'Nothing was measured.', [nothing(across, height)])

  const named = bars.map(({ name }) => cut(name, 32))
  const shown = bars.map((bar) => estimateInWords(bar))
  const left = 12 + widest(named)
  const right = across - 16 - widest(shown)
  const bottom = height - 32
  const range = { low: Math.min(0, ...ends), high: Math.max(0, ...ends) }
  const values = range.low === range.high ? { low: 0, high: 1 } : range
  const x = (value: number) => left + ((value - values.low) / (values.high - values.low)) * (right - left)
  const band = (bottom - top) / bars.length
  const marks = bars.flatMap((bar, i) => {
    const middle = top + (i + 0.5) * band
    const label = [
      text(named[i]!, left - 6, middle + 4, { 'text-anchor': 'end' }),
      text(shown[i]!, right + 8, middle + 4),
    ]
    return Number.isFinite(bar.value) ? [...barOf(bar, middle, Math.min(18, band * 0.7), x), ...label] : label
  })
  const ticks = roundTicks(values, Math.max(1, Math.min(6, Math.floor((right - left) / 60))))
  const rules = ticks.flatMap(({ at, label }) => [
    element('line', {
      x1: x(at),
      y1: top,
      x2: x(at),
      y2: bottom,
      stroke: 'currentColor',
      opacity: at === 0 ? 0.7 : 0.15,
    }),
    text(label, x(at), bottom + 16, { 'text-anchor': 'middle', opacity: 0.75 }),
  ])
  const description = bars.map(({ name }, i) => `${name}: ${shown[i]}.`).join(' ')
  return chart({ ...options, height }, description, [...rules, ...marks])
}

function barOf(bar: NamedEstimate, middle: number, thick: number, x: (value: number) => number): string[] {
  const { value, low, high } = bar
  const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))]
  const rectangle = element('rect', {
    x: from,
    y: middle - thick / 2,
    width: to - from,
    height: thick,
    fill: colors.first,
  })
  if (low === undefined || high === undefined || low === high) return [rectangle]
  const line = { stroke: 'currentColor', 'stroke-width': 1.5 }
  return [
    rectangle,
    element('line', { x1: x(low), y1: middle, x2: x(high), y2: middle, ...line }),
    ...[low, high].map((end) => element('line', { x1: x(end), y1: middle - 4, x2: x(end), y2: middle + 4, ...line })),
  ]
}

/** `0.512 (0.48 to 0.54)`. */
function estimateInWords({ value, low, high }: Estimate): string {
  const hasInterval = low !== undefined && high !== undefined && low !== high
  return hasInterval ? `${scalar(value)} (${scalar(low)} to ${scalar(high)})` : scalar(value)
}
