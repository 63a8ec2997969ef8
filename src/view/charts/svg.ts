/**
 * Charts as SVG texts, for pages: a line chart of the same curves that `plot.ts` draws in a terminal, and a bar chart with intervals.
 *
 * A chart is readable without color, without sight and on any background: each curve has its own dashes and its name at its end; a
 * title and a description with the main numbers are read aloud by screen readers; axes and texts have the color of the text around
 * the chart (`currentColor`). The text holds no script, no style sheet and no address, and every name in it is escaped, so that it can stand
 * within a page as it is.
 */

import type { Estimate } from '../../core/report.ts'
import { count, plural, scalar } from '../format.ts'
import { cut, type Tone, width } from '../line.ts'
import { type Range, roundTicks, stepTicks, type Tick, valueRange } from './axis.ts'
import type { Curve } from './plot.ts'
import type { Point } from './series.ts'

export interface ChartOptions {
  /** Shown above the chart, and read as its name. */
  readonly title: string
  /** Read as its description; by default a sentence with the main numbers. */
  readonly description?: string
  /** Pixels of the whole chart at its natural size; it scales with the page. 640 by 320 by default. */
  readonly width?: number
  readonly height?: number
  /** Begins the ids in the text: charts of one page need different ones. */
  readonly id?: string
}

export interface LineChartOptions extends ChartOptions {
  /** The last step that will come, if it is known: the curve grows into the room it has. */
  readonly until?: number | undefined
}

/** A bar with its name, and its interval if it has one. */
export interface NamedEstimate extends Estimate {
  readonly name: string
}

/** Colors that people with any color vision tell apart (Okabe and Ito 2008), dark enough for a white background and light enough for a black one. */
const colors: { readonly [T in Tone]: string } = {
  first: '#0072b2',
  second: '#d55e00',
  good: '#009e73',
  busy: '#cc79a7',
  accent: '#56b4e9',
  bad: '#e69f00',
  warn: '#b8860b',
  bold: 'currentColor',
  dim: '#888888',
  selected: 'currentColor',
}

const dashes = ['', '6 3', '2 3', '8 3 2 3', '12 4', '1 4'] as const

const size = 12
/** About the width of a character of this size, in pixels. */
const characterWidth = 6.6
const top = 40
/** Pixels of the piece of a line before the name of its curve. */
const keyWidth = 28

/** The curves as a line chart over steps. Values that are not finite are left out. */
export function lineChart(curves: readonly Curve[], options: LineChartOptions): string {
  const { width: across = 640, height = 320, until } = options
  const shown = curves.map((c) => ({ ...c, points: c.points.filter((p) => Number.isFinite(p.value)) }))
  const drawn = shown.filter(({ points }) => points.length > 0)
  const all = drawn.flatMap(({ points }) => points)
  if (all.length === 0) return chart(options, 'Nothing was measured.', [nothing(across, height)])

  const values = padded(valueRange(all))
  const first = Math.min(...all.map(({ step }) => step))
  const last = Math.max(until ?? 0, first + 1, ...all.map(({ step }) => step))
  const ticks = roundTicks(values, 5)
  const names = drawn.map(({ name, mark }) => cut(mark === undefined ? name : `${mark}  ${name}`, 24))
  const left = 12 + widest(ticks.map(({ label }) => label))
  const right = across - 16 - keyWidth - widest(names)
  const bottom = height - 40
  const x = (step: number) => left + ((step - first) / (last - first)) * (right - left)
  const y = scale(values, bottom, top)

  const lines = drawn.map((curve, i) => path(curve, strokeOf(curve, i), x, y))
  const labels = endLabels(drawn, names, right, y, { low: top, high: bottom })
  const steps = stepTicks(first, last, Math.max(1, Math.min(8, Math.floor((right - left) / 70))))
  const highest = Math.max(...all.map(({ value }) => value))
  const sentences = [
    `${plural(drawn.length, 'curves')} over steps ${count(first)} to ${count(last)}.`,
    ...drawn.map(inWords),
    ...(highest > values.high
      ? [`Values above ${scalar(values.high)} are cut off; the highest is ${scalar(highest)}.`]
      : []),
  ]
  const description = sentences.join(' ')
  return chart(options, description, [
    ...valueAxis(ticks, left, right, y),
    ...stepAxis(steps, { left, right, bottom }, x),
    ...lines,
    ...labels,
  ])
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
  const x = scale(values, left, right)
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

/** The whole text: head, title, description, and what is drawn. */
function chart(options: ChartOptions, described: string, drawn: readonly string[]): string {
  const { title, description = described, width: across = 640, height = 320, id = 'chart' } = options
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    viewBox: `0 0 ${across} ${height}`,
    width: across,
    height,
    role: 'img',
    'aria-labelledby': `${id}-title ${id}-description`,
    'font-family': 'system-ui, sans-serif',
    'font-size': size,
    fill: 'currentColor',
    style: 'max-width: 100%; height: auto',
  }
  return element('svg', attributes, [
    element('title', { id: `${id}-title` }, [escaped(title)]),
    element('desc', { id: `${id}-description` }, [escaped(description)]),
    text(cut(title, Math.floor(across / (characterWidth * 1.3))), 8, 20, { 'font-size': 14, 'font-weight': 600 }),
    ...drawn,
  ])
}

function nothing(across: number, height: number): string {
  return text('nothing was measured', across / 2, height / 2, { 'text-anchor': 'middle', opacity: 0.75 })
}

/** A little room above and below. */
function padded({ low, high }: Range): Range {
  const room = (high - low) * 0.04
  return { low: low - room, high: high + room }
}

/** From values to pixels; values outside the range lie at its ends. */
function scale({ low, high }: Range, from: number, to: number): (value: number) => number {
  return (value) => from + ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (to - from)
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

/** `loss begins at 8.32 and ends at 1.88; its lowest value is 1.85, at step 900.` */
function inWords({ name, points }: Curve): string {
  const lowest = points.reduce((a: Point, b: Point) => (b.value < a.value ? b : a))
  const [from, to] = [points[0]!, points.at(-1)!]
  return `${name} begins at ${scalar(from.value)} and ends at ${scalar(to.value)}; its lowest value is ${scalar(lowest.value)}, at step ${count(lowest.step)}.`
}

type Attributes = Readonly<Record<string, string | number>>

function text(content: string, x: number, y: number, attributes: Attributes = {}): string {
  return element('text', { x, y, ...attributes }, [escaped(content)])
}

/** An element; `content` is markup already. */
function element(name: string, attributes: Attributes, content: readonly string[] = []): string {
  const written = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${typeof value === 'number' ? pixels(value) : escaped(value)}"`,
  )
  const open = `<${name}${written.join('')}`
  return content.length === 0 ? `${open}/>` : `${open}>${content.join(name === 'svg' ? '\n' : '')}</${name}>`
}

/** At most two decimals. */
function pixels(value: number): string {
  return String(Number(value.toFixed(2)))
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
}

/** `text` as content or attribute: XML has no controls but tab and line breaks, no lone surrogates, and not U+FFFE and U+FFFF. */
function escaped(content: string): string {
  return content
    .replace(/[^\P{Cc}\t\n\r]|\p{Cs}|[\ufffe\uffff]/gu, '\ufffd')
    .replace(/[&<>"']/g, (character) => entities[character]!)
}

/** Pixels of the widest of `texts`. */
function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((each) => width(each) * characterWidth))
}
