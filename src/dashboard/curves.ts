/**
 * The curves of a training in a part of the screen. Loss has the most room; gradient norm and learning rate stand beside it, or below it if the part is
 * narrow and tall, or are left out. Training by rewards has a curve for each measurement if all of them fit, and else a line for each.
 */

import { sparkline } from '../view/charts/bar.ts'
import { type Curve, plot } from '../view/charts/plot.ts'
import { type Point, pointsOf } from '../view/charts/series.ts'
import { scalar } from '../view/format.ts'
import { type Line, seg, type Tone, widthOfLine } from '../view/line.ts'
import type { StageView } from '../view/log/fold.ts'
import { type Measurement, measurements } from '../view/measurements.ts'
import type { Size } from './size.ts'

export const hasCurve = ({ series }: StageView) => series.loss !== undefined || series.reward !== undefined

export const isPolicy = ({ reward }: StageView['scalars']) => reward !== undefined

/** A small plot with its title. */
interface Small {
  readonly title: string
  readonly points: readonly Point[]
}

/** The columns between two plots. */
const gap = 3
/** The fewest columns of a small plot, and the fewest rows of one with its title. */
const [smallWidth, smallHeight] = [26, 6]
/** The columns that loss and the small plots beside it need, and those with which they stand beside it however tall the part is. */
const [besideWidth, wideEnough] = [80, 100]
/** The rows that loss and the small plots below it need. */
const belowHeight = 17

/** At most `rows` lines; none if there is nothing to draw, or too little room. */
export function curveLines(stage: StageView, size: Size): Line[] {
  if (isPolicy(stage.scalars)) return policyLines(stage, size)
  const losses = [...curve(stage, 'loss', 'loss', 'first'), ...curve(stage, 'validLoss', 'held-out', 'second')]
  const { columns, rows } = size
  if (losses.length === 0 || rows < 4) return []
  const until = stage.progress?.total
  const small = [
    ...smallPlot(stage, 'gradientNorm', 'gradient norm'),
    ...smallPlot(stage, 'learningRate', 'learning rate'),
  ].filter(({ points }) => points.length > 1)
  const isTall = columns < wideEnough && rows >= belowHeight
  const fitsBeside = columns >= besideWidth && Math.floor((rows - 1) / small.length) >= smallHeight
  if (small.length > 0 && fitsBeside && !isTall) {
    const width = Math.floor(columns * 0.36)
    const right = stacked(small, { columns: width, rows: rows - 1 }, until)
    const left = titled('loss', losses, { columns: columns - width - gap, rows }, until)
    return Array.from({ length: rows }, (_, i) => besideLine(left[i] ?? [], right[i] ?? [], columns - width))
  }
  if (small.length > 0 && rows >= belowHeight) {
    const height = Math.max(smallHeight, Math.min(14, Math.floor(rows * 0.42)))
    const below = grid(small, { columns, rows: height }, small.length, until)
    if (below.length > 0) return [...titled('loss', losses, { columns, rows: rows - below.length }, until), ...below]
  }
  return plot(losses, { width: columns, height: rows, until })
}

function curve({ series }: StageView, name: string, label: string, tone: Tone): Curve[] {
  const own = series[name]
  return own === undefined ? [] : [{ name: label, points: pointsOf(own), tone }]
}

function smallPlot({ series }: StageView, name: string, title: string): Small[] {
  const own = series[name]
  return own === undefined ? [] : [{ title, points: pointsOf(own) }]
}

/** A plot under its title, `rows` lines in all. */
function titled(title: string, curves: readonly Curve[], { columns, rows }: Size, until: number | undefined): Line[] {
  return [[seg(title, 'dim')], ...plot(curves, { width: columns, height: rows - 1, until })]
}

/** Small plots one below the other. */
function stacked(small: readonly Small[], { columns, rows }: Size, until: number | undefined): Line[] {
  const height = Math.floor(rows / small.length)
  return small.flatMap((each) => smallLines(each, { columns, rows: height }, until))
}

/** Small plots in rows of `abreast`; no lines if they do not fit. */
function grid(small: readonly Small[], { columns, rows }: Size, abreast: number, until: number | undefined): Line[] {
  const width = Math.floor((columns - gap * (abreast - 1)) / abreast)
  const height = Math.floor(rows / Math.ceil(small.length / abreast))
  if (width < smallWidth || height < smallHeight) return []
  const lines: Line[] = []
  for (let from = 0; from < small.length; from += abreast) {
    const plots = small
      .slice(from, from + abreast)
      .map((each) => smallLines(each, { columns: width, rows: height }, until))
    for (let row = 0; row < height; row++)
      lines.push(plots.reduce<Line>((line, own, i) => besideLine(line, own[row] ?? [], i * (width + gap)), []))
  }
  return lines
}

function smallLines({ title, points }: Small, size: Size, until: number | undefined): Line[] {
  return titled(title, [{ name: title, points, tone: 'first' }], size, until)
}

function besideLine(left: Line, right: Line, at: number): Line {
  return [...left, { text: ' '.repeat(Math.max(0, at - widthOfLine(left))) }, ...right]
}

/** The measurements of training by rewards. */
function policyLines(stage: StageView, size: Size): Line[] {
  const shown = measurements(stage.scalars)
  return policyGrid(stage, shown, size) ?? policyTable(stage, shown, size)
}

/** A plot for each measurement, as many abreast as there is room for; `undefined` if they do not fit. */
function policyGrid(stage: StageView, shown: readonly Measurement[], size: Size): Line[] | undefined {
  const small = shown.flatMap(({ name, label, value }) => smallPlot(stage, name, `${label}  ${scalar(value)}`))
  const fitting = Math.floor((size.columns + gap) / (smallWidth + gap))
  // Rows of about the same number of plots.
  const abreast = Math.ceil(small.length / Math.ceil(small.length / Math.max(1, Math.min(3, fitting))))
  if (small.length < shown.length || small.some(({ points }) => points.length < 2)) return undefined
  const lines = grid(small, size, abreast, stage.progress?.total)
  return lines.length === 0 ? undefined : lines
}

/** A line for each measurement, with a small curve (`reward         1.40  ▁▂▄▅▆▇▇█`), and the curve of the reward if there is room. */
function policyTable(stage: StageView, shown: readonly Measurement[], { columns, rows }: Size): Line[] {
  const { series, progress } = stage
  const height = rows - shown.length - 1
  const drawn =
    height < smallHeight
      ? []
      : plot(curve(stage, 'reward', 'reward', 'first'), { width: columns, height, until: progress?.total })
  const named = Math.max(...shown.map(({ label }) => label.length))
  const lines = shown.map(({ name, label, value }): Line => {
    const words = `${label.padEnd(named)}  ${scalar(value).padStart(6)}  `
    const values = series[name] === undefined ? [] : pointsOf(series[name]).map((point) => point.value)
    return [
      seg(words.slice(0, named), 'dim'),
      seg(words.slice(named)),
      seg(sparkline(values, columns - words.length), 'first'),
    ]
  })
  return drawn.length === 0 ? lines : [...lines, [], ...drawn]
}
