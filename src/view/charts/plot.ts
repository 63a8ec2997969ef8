/**
 * Curves in a terminal: two by four dots a cell (braille), an axis of values on the left and of steps below.
 *
 *     8.32 ┤⢇
 *          │⠈⠢⣀
 *     1.88 ┤   ⠑⠒⠤⠤⣀⣀⣀⣀⣀⣀
 *          └┬────────┬───────┬
 *           0       1k      2k
 */

import type { Line, Segment, Tone } from '../line.ts'
import { fitTo, seg, width } from '../line.ts'
import { type Range, stepTicks, valueRange, valueTicks } from './axis.ts'
import type { Point } from './series.ts'

export interface Curve {
  readonly name: string
  readonly points: readonly Point[]
  readonly tone: Tone
  /** A character at the end of the curve, to tell it from others. */
  readonly mark?: string
}

export interface PlotOptions {
  /** Columns and rows of the whole plot, axes included. */
  readonly width: number
  readonly height: number
  /** The last step that will come, if it is known: the axis ends there, and the curve grows into the room. */
  readonly until?: number | undefined
}

/** The bit of each dot of a braille cell, by column and row (Unicode 2800–28FF). */
const dotBits = [
  [0x01, 0x02, 0x04, 0x40],
  [0x08, 0x10, 0x20, 0x80],
] as const

/** Draws the curves as `height` lines of `width` columns, later curves over earlier ones. No lines if there is no finite value, or too little room. */
export function plot(curves: readonly Curve[], options: PlotOptions): Line[] {
  const shown = curves.map((c) => ({ ...c, points: c.points.filter((p) => Number.isFinite(p.value)) }))
  const all = shown.flatMap((c) => c.points)
  const rows = options.height - 2
  if (all.length === 0 || rows < 1 || options.width < 16) return []
  const { low, high } = valueRange(all)
  const first = Math.min(...all.map((p) => p.step))
  const last = Math.max(options.until ?? 0, ...all.map((p) => p.step), first + 1)

  const labels = axisLabels(low, high, rows)
  const gutter = Math.max(...labels.map((l) => width(l)))
  const marked = shown.some((c) => c.mark !== undefined)
  const columns = options.width - gutter - 2 - (marked ? 2 : 0)
  const grid = new Grid(columns, rows)
  for (const [index, curve] of shown.entries()) {
    draw(grid, index, curve.points, { low, high, first, last })
  }
  const marks = endMarks(shown, { low, high }, rows)

  const lines: Line[] = []
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!
    lines.push([
      seg(`${fitTo(label, gutter, 'right')} ${label === '' ? '│' : '┤'}`, 'dim'),
      ...grid.row(
        row,
        shown.map((c) => c.tone),
      ),
      ...(marks[row] ?? []),
    ])
  }
  return [...lines, ...stepAxis(gutter, columns, first, last)]
}

interface Frame extends Range {
  readonly first: number
  readonly last: number
}

function draw(grid: Grid, curve: number, points: readonly Point[], frame: Frame): void {
  const x = (step: number) => Math.round(((step - frame.first) / (frame.last - frame.first)) * (grid.columns * 2 - 1))
  const y = (value: number) => {
    const up = (Math.min(frame.high, Math.max(frame.low, value)) - frame.low) / (frame.high - frame.low)
    return Math.round((1 - up) * (grid.rows * 4 - 1))
  }
  let before: { x: number; y: number } | undefined
  for (const point of points) {
    const here = { x: x(point.step), y: y(point.value) }
    if (before === undefined) grid.set(here.x, here.y, curve)
    else segment(grid, curve, before, here)
    before = here
  }
}

/** The marks of the curves by row: each beside the row in which its curve ends, or beside the nearest free one. */
function endMarks(curves: readonly Curve[], { low, high }: Range, rows: number): Segment[][] {
  const marks: Segment[][] = Array.from({ length: rows }, () => [])
  const ends = curves.flatMap(({ mark, tone, points }) => {
    const end = points.at(-1)
    if (mark === undefined || end === undefined) return []
    const up = (Math.min(high, Math.max(low, end.value)) - low) / (high - low)
    return [{ mark, tone, row: Math.round((1 - up) * (rows - 1)) }]
  })
  const byRow = Array.from({ length: rows }, (_, row) => row)
  // From the lowest value up, so that the marks of curves that end close together have the order of the curves.
  for (const { mark, tone, row } of ends.sort((a, b) => b.row - a.row)) {
    const nearest = byRow
      .filter((each) => marks[each]!.length === 0)
      .sort((a, b) => Math.abs(a - row) - Math.abs(b - row))
    marks[nearest[0] ?? row]!.push(seg(` ${mark}`, tone))
  }
  return marks
}

/** Draws a straight line of dots (Bresenham 1965). */
function segment(grid: Grid, curve: number, from: { x: number; y: number }, to: { x: number; y: number }): void {
  const dx = Math.abs(to.x - from.x)
  const dy = -Math.abs(to.y - from.y)
  const stepX = from.x < to.x ? 1 : -1
  const stepY = from.y < to.y ? 1 : -1
  let { x, y } = from
  let error = dx + dy
  for (;;) {
    grid.set(x, y, curve)
    if (x === to.x && y === to.y) return
    const twice = 2 * error
    if (twice >= dy) {
      error += dy
      x += stepX
    }
    if (twice <= dx) {
      error += dx
      y += stepY
    }
  }
}

/** The dots of each cell, and the curve that was drawn there last, since a cell has one color. */
class Grid {
  readonly columns: number
  readonly rows: number
  readonly #dots: Uint8Array
  readonly #owner: Int8Array

  constructor(columns: number, rows: number) {
    this.columns = columns
    this.rows = rows
    this.#dots = new Uint8Array(columns * rows)
    this.#owner = new Int8Array(columns * rows).fill(-1)
  }

  set(x: number, y: number, curve: number): void {
    const cell = (y >> 2) * this.columns + (x >> 1)
    // Curves that share a cell would blur into one, so the later one takes the cell over.
    if (this.#owner[cell] !== curve) this.#dots[cell] = 0
    this.#dots[cell]! |= dotBits[x & 1]![y & 3]!
    this.#owner[cell] = curve
  }

  row(row: number, tones: readonly Tone[]): Segment[] {
    const segments: Segment[] = []
    let text = ''
    let owner = -1
    const flush = () => {
      if (text !== '') segments.push(owner < 0 ? seg(text) : seg(text, tones[owner]))
      text = ''
    }
    for (let column = 0; column < this.columns; column++) {
      const cell = row * this.columns + column
      if (this.#owner[cell] !== owner) {
        flush()
        owner = this.#owner[cell]!
      }
      text += owner < 0 ? ' ' : String.fromCharCode(0x2800 + this.#dots[cell]!)
    }
    flush()
    return segments
  }
}

/** The labels of the rows: of the top, of the bottom, and of about every fourth row between. */
function axisLabels(low: number, high: number, rows: number): string[] {
  const labels = new Array<string>(rows).fill('')
  const gaps = Math.max(1, Math.round((rows - 1) / 4))
  const marked = Array.from({ length: gaps + 1 }, (_, i) => Math.round((i * (rows - 1)) / gaps))
  const ticks = valueTicks(marked.map((row) => high - ((high - low) * row) / Math.max(1, rows - 1)))
  for (const [i, row] of marked.entries()) labels[row] = ticks[i]!.label
  return labels
}

/** The rule under the curves, with the steps below it; a label that would touch one before it is left out. */
function stepAxis(gutter: number, columns: number, first: number, last: number): Line[] {
  const ticks = stepTicks(first, last, Math.max(1, Math.min(5, Math.floor(columns / 12))))
  const rule = [...'─'.repeat(columns)]
  const words = [...' '.repeat(columns)]
  for (const [i, { at, label }] of ticks.entries()) {
    const column = Math.round(((at - first) / (last - first)) * (columns - 1))
    const centred = Math.max(0, column - (label.length >> 1))
    const from = i === 0 ? 0 : Math.min(centred, columns - label.length)
    if (words.slice(Math.max(0, from - 1), from + label.length + 1).some((c) => c !== ' ')) continue
    rule[column] = '┬'
    for (const [offset, character] of [...label].entries()) words[from + offset] = character
  }
  const indent = ' '.repeat(gutter + 1)
  return [[seg(`${indent}└${rule.join('')}`, 'dim')], [seg(`${indent} ${words.join('')}`, 'dim')]]
}
