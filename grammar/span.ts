/** A span: the piece of a source file that something came from. */

export interface Span {
  /** Path of the source file, as the user would write it (relative to where llmpipe was started). */
  readonly file: string
  /** Offset of the first UTF-16 unit. */
  readonly start: number
  /** Offset after the last UTF-16 unit. */
  readonly end: number
}

export interface Position {
  /** 1-based line. */
  readonly line: number
  /** 1-based column, in UTF-16 units. */
  readonly column: number
}

/** The line and column of `offset` in `text`. */
export function positionAt(text: string, offset: number): Position {
  let line = 1
  let lineStart = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++
    lineStart = at + 1
  }
  return { line, column: offset - lineStart + 1 }
}

/** The smallest span that covers both. */
export function cover(a: Span, b: Span): Span {
  return { file: a.file, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }
}
