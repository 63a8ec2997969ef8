/**
 * A line chart as SVG text, for pages: the same curves that `plot.ts` draws in a terminal.
 *
 * A chart is readable without color, without sight and on any background: each curve has its own dashes and its name at its end; a
 * title and a description with the main numbers are read aloud by screen readers; axes and texts have the color of the text around
 * the chart (`currentColor`). The text holds no script, no style sheet and no address, and every name in it is escaped, so that it can stand
 * within a page as it is.
 */

import { count, plural, scalar } from '../format.ts'
import { cut } from '../line.ts'
import { logTicks, type Range, roundTicks, stepTicks, type Tick, valueRange } from './axis.ts'
import type { BandPoint } from './band.ts'
import {
  type Attributes,
  type ChartOptions,
  chart,
  colors,
  element,
  escaped,
  nothing,
  pixels,
  size,
  text,
  top,
  widest,
} from './markup.ts'
import type { Curve } from './plot.ts'
import type { Point } from './series.ts'

export interface LineChartOptions extends ChartOptions {
  /** The last step that will come, if it is known: the curve grows into the room it has. */
  readonly until?: number | undefined
  /** The curves have no names at their ends: another chart beside this one names them. */
  readonly isUnnamed?: boolean
  /** The axis of values is logarithmic; values that are not positive are left out. */
  readonly isLog?: boolean
}

/** A curve whose points may have a lowest and a highest value, which are drawn as a band. */
export interface BandCurve extends Curve {
  readonly points: readonly BandPoint[]
}

const dashes = ['', '6 3', '2 3', '8 3 2 3', '12 4', '1 4'] as const

/** Pixels of the piece of a line before the name of its curve. */
const keyWidth = 28

/**
 * The curves as a line chart over steps. Values that are not finite are left out. The attributes `data-first`, `data-last`, `data-left` and
 * `data-right` of the chart are the ends of its axis of steps, in steps and in pixels: a script finds the step under the pointer by them.
 */
export function lineChart(curves: readonly BandCurve[], options: LineChartOptions): string {
  const { width: across = 640, height = 320, until, isLog = false, isUnnamed = false } = options
  const isShown = ({ value }: Point) => Number.isFinite(value) && (!isLog || value > 0)
  const drawn = curves
    .map((c) => ({ ...c, points: c.points.filter(isShown) }))
    .filter(({ points }) => points.length > 0)
  const all = drawn.flatMap(({ points }) => points)
  if (all.length === 0) return chart(options, 'Nothing was measured.', [nothing(across, height)])

  const bottom = height - 40
  const above = options.isUntitled ? 12 : top
  const values = rangeOf(all, isLog)
  // A band may reach down to values without a logarithm: they lie below every range.
  const unscaled = (value: number) => (!isLog ? value : value > 0 ? Math.log10(value) : Number.NEGATIVE_INFINITY)
  const ends = padded({ low: unscaled(values.low), high: unscaled(values.high) })
  const y = scale(ends, unscaled, bottom, above)
  const first = all.reduce((least, { step }) => Math.min(least, step), Number.POSITIVE_INFINITY)
  const last = all.reduce((most, { step }) => Math.max(most, step), Math.max(until ?? 0, first + 1))
  const ticks = isLog ? logTicks(values) : roundTicks(ends, Math.max(2, Math.min(5, Math.floor(height / 50))))
  const names = drawn.map(({ name, mark }) => cut(mark === undefined ? name : `${mark}  ${name}`, 24))
  const left = 12 + widest(ticks.map(({ label }) => label))
  const right = across - 16 - (isUnnamed ? 0 : keyWidth + widest(names))
  const x = (step: number) => left + ((step - first) / (last - first)) * (right - left)

  const bands = drawn.map((curve) => band(curve, x, y))
  const lines = drawn.map((curve, i) => path(curve, strokeOf(curve, i), x, y))
  const labels = isUnnamed ? [] : endLabels(drawn, names, right, y, { low: above, high: bottom })
  const steps = stepTicks(first, last, Math.max(1, Math.min(8, Math.floor((right - left) / 70))))
  const highest = all.reduce((most, { value }) => Math.max(most, value), Number.NEGATIVE_INFINITY)
  const sentences = [
    `${plural(drawn.length, 'curves')} over steps ${count(first)} to ${count(last)}.`,
    ...drawn.map(inWords),
    ...(highest > values.high
      ? [`Values above ${scalar(values.high)} are cut off; the highest is ${scalar(highest)}.`]
      : []),
  ]
  const axis = { 'data-first': first, 'data-last': last, 'data-left': left, 'data-right': right }
  return chart(
    options,
    sentences.join(' '),
    [
      ...valueAxis(ticks, left, right, y),
      ...stepAxis(steps, { left, right, bottom }, x),
      ...bands,
      ...lines,
      ...labels,
    ],
    axis,
  )
}

/** The range of all values and bands. */
function rangeOf(points: readonly BandPoint[], isLog: boolean): Range {
  const all = points.flatMap(({ step, value, low = value, high = value }) => [
    { step, value: isLog && low <= 0 ? value : low },
    { step, value: high },
  ])
  if (!isLog) return valueRange(all)
  const values = all.map(({ value }) => value)
  const [low, high] = [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))]
  return low === high ? { low: low / 2, high: high * 2 } : { low, high }
}

/** A little room above and below. */
function padded({ low, high }: Range): Range {
  const room = (high - low) * 0.04
  return { low: low - room, high: high + room }
}

/** From values to pixels; values outside the range lie at its ends. */
function scale(
  { low, high }: Range,
  unscaled: (value: number) => number,
  from: number,
  to: number,
): (value: number) => number {
  return (value) => from + ((Math.min(high, Math.max(low, unscaled(value))) - low) / (high - low)) * (to - from)
}

function valueAxis(ticks: readonly Tick[], left: number, right: number, y: (value: number) => number): string[] {
  return ticks.flatMap(({ at, label }) => [
    element('line', { x1: left, y1: y(at), x2: right, y2: y(at), stroke: 'currentColor', opacity: 0.15 }),
    text(label, left - 6, y(at) + 4, { 'text-anchor': 'end', opacity: 0.75 }),
  ])
}

interface Box {
  readonly left: number
  readonly right: number
  readonly bottom: number
}

function stepAxis(ticks: readonly Tick[], { left, right, bottom }: Box, x: (step: number) => number): string[] {
  return [
    element('line', { x1: left, y1: bottom, x2: right, y2: bottom, stroke: 'currentColor', opacity: 0.7 }),
    ...ticks.flatMap(({ at, label }) => [
      element('line', { x1: x(at), y1: bottom, x2: x(at), y2: bottom + 4, stroke: 'currentColor', opacity: 0.7 }),
      text(label, x(at), bottom + 17, { 'text-anchor': 'middle', opacity: 0.75 }),
    ]),
    text('step', (left + right) / 2, bottom + 33, { 'text-anchor': 'middle', opacity: 0.75 }),
  ]
}

/** The stroke of the curve with the number `i`. */
function strokeOf({ tone }: Curve, i: number): Attributes {
  const dash = dashes[i % dashes.length]!
  return { stroke: colors[tone], 'stroke-width': 2, ...(dash === '' ? {} : { 'stroke-dasharray': dash }) }
}

/** The area between the lowest and the highest values of a curve; no text if its points have none. */
function band({ points, tone }: BandCurve, x: (step: number) => number, y: (value: number) => number): string {
  if (points.length < 2 || points.every(({ low }) => low === undefined)) return ''
  const at = (step: number, value: number) => `${pixels(x(step))} ${pixels(y(value))}`
  const above = points.map(({ step, value, high = value }) => at(step, high))
  const below = points.map(({ step, value, low = value }) => at(step, low)).reverse()
  return element('path', { d: `M${[...above, ...below].join('L')}Z`, fill: colors[tone], opacity: 0.18 })
}

/** A curve; a single point as a dot. Its name shows when the pointer is on it. */
function path(curve: Curve, stroke: Attributes, x: (step: number) => number, y: (value: number) => number): string {
  const { name, points, tone } = curve
  const title = element('title', {}, [escaped(name)])
  const [only] = points
  if (points.length === 1 && only !== undefined)
    return element('circle', { cx: x(only.step), cy: y(only.value), r: 3, fill: colors[tone] }, [title])
  const d = points.map(({ step, value }, i) => `${i === 0 ? 'M' : 'L'}${pixels(x(step))} ${pixels(y(value))}`).join('')
  return element(
    'path',
    {
      d,
      fill: 'none',
      'stroke-linejoin': 'round',
      ...stroke,
    },
    [title],
  )
}

/** The names of the curves beside their ends, each after a piece of its line, moved apart where they would overlap. */
function endLabels(
  curves: readonly Curve[],
  names: readonly string[],
  right: number,
  y: (value: number) => number,
  bounds: Range,
): string[] {
  const ends = curves.map((curve, i) => ({
    name: names[i]!,
    stroke: strokeOf(curve, i),
    at: y(curve.points.at(-1)!.value),
  }))
  const spaced = apart(
    ends.sort((a, b) => a.at - b.at).map(({ at }) => at),
    Math.min(size + 3, (bounds.high - bounds.low) / ends.length),
    bounds,
  )
  return ends.flatMap(({ name, stroke }, i) => [
    element('line', { x1: right + 6, y1: spaced[i]!, x2: right + keyWidth, y2: spaced[i]!, ...stroke }),
    text(name, right + keyWidth + 6, spaced[i]! + 4),
  ])
}

/** Ascending positions, at least `gap` apart and within the bounds if there is room. */
function apart(positions: readonly number[], gap: number, { low, high }: Range): number[] {
  const placed: number[] = []
  for (const at of positions) placed.push(Math.max(at, (placed.at(-1) ?? low - gap) + gap))
  let limit = high
  for (let i = placed.length - 1; i >= 0; i--) {
    placed[i] = Math.min(placed[i]!, limit)
    limit = placed[i]! - gap
  }
  return placed
}

/** `loss begins at 8.32 and ends at 1.88; its lowest value is 1.85, at step 900.` */
function inWords({ name, points }: Curve): string {
  const lowest = points.reduce((a: Point, b: Point) => (b.value < a.value ? b : a))
  const [from, to] = [points[0]!, points.at(-1)!]
  return `${name} begins at ${scalar(from.value)} and ends at ${scalar(to.value)}; its lowest value is ${scalar(lowest.value)}, at step ${count(lowest.step)}.`
}
