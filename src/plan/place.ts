/** Spans as lines and columns. The lines of a file are found once, since a plan has thousands of spans. */

import type { Span } from '../../grammar/span.ts'
import type { PlanSpan } from '../core/plan.ts'

export type PlaceOf = (span: Span) => PlanSpan

/** A line and a column, 1-based. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Turns spans into lines and columns. */
export function places(sources: ReadonlyMap<string, string>): PlaceOf {
  const starts = new Map<string, readonly number[]>()
  const position = (file: string, offset: number) => {
    const lines = starts.get(file) ?? lineStarts(sources.get(file) ?? '')
    starts.set(file, lines)
    return positionOf(lines, offset)
  }
  return ({ file, start, end }) => {
    const [from, to] = [position(file, start), position(file, end)]
    return { file, line: from.line, column: from.column, endLine: to.line, endColumn: to.column }
  }
}

/** The position of an offset, given the offsets of all lines. Takes O(log n). */
export function positionOf(starts: readonly number[], offset: number): Position {
  let low = 0
  let high = starts.length - 1
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] ?? 0) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 }
}

/** The offset of the beginning of each line. */
export function lineStarts(text: string): number[] {
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return starts
}
