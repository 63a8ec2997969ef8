/** A piece of a source file. */

export interface Span {
  /** The path of the file as the user would write it, relative to the working directory. */
  readonly file: string
  /** The offset of the first UTF-16 unit. */
  readonly start: number
  /** The offset after the last UTF-16 unit. */
  readonly end: number
}

export interface Position {
  /** 1-based line. */
  readonly line: number
  /** 1-based column, in UTF-16 units. */
  readonly column: number
}

/** The offsets of the lines of the last text, since most questions are about the same text. */
let indexed: { readonly text: string; readonly starts: readonly number[] } = { text: '', starts: [0] }

/** The offsets at which the lines of `text` begin. */
export function lineStarts(text: string): readonly number[] {
  if (indexed.text === text) return indexed.starts
  const starts = [0]
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  indexed = { text, starts }
  return starts
}

/** The line and column of `offset` in `text`, in O(log n) for the text of the question before. */
export function positionAt(text: string, offset: number): Position {
  const starts = lineStarts(text)
  let [low, high] = [0, starts.length - 1]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if ((starts[middle] as number) <= offset) low = middle
    else high = middle - 1
  }
  return { line: low + 1, column: offset - (starts[low] as number) + 1 }
}

/** A line of `text` by its number, from 1, without its line end. */
export function lineAt(text: string, line: number): string {
  const starts = lineStarts(text)
  const end = starts[line]
  return text.slice(starts[line - 1] ?? text.length, end === undefined ? text.length : end - 1).replace(/\r$/, '')
}

/** The smallest span that covers two spans. */
export function cover(a: Span, b: Span): Span {
  return { file: a.file, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) }
}
