/** Prints lines with tones to standard output, in color if the terminal or the user wants it. */

import { acting } from '../../core/values/printable.ts'
import { type Line, paint, wantsColor } from '../../view/line.ts'
import { writeExactly } from './output.ts'

/** Applies `--color` and `--no-color`, which take precedence over the environment. */
export function applyColorFlags(args: readonly string[]): void {
  if (args.includes('--no-color')) process.env.NO_COLOR = '1'
  else if (args.includes('--color')) {
    delete process.env.NO_COLOR
    process.env.FORCE_COLOR = '1'
  }
}

/** Whether lines for `stream` are colored. */
export function colored(stream: { readonly isTTY?: boolean } = process.stdout): boolean {
  return wantsColor(stream, process.env)
}

/** The number of columns to draw in: that of the terminal, or 100 without one. */
export function columns(): number {
  return process.stdout.columns ?? 100
}

/**
 * The number of columns of a table: that of the terminal, but at min `min`. Nothing is cut in a file or a pipe, because other programs
 * read it, and `log | cat` must not lose what `log` shows.
 */
export function tableColumns(min: number): number {
  return process.stdout.isTTY ? Math.max(min, columns()) : Number.POSITIVE_INFINITY
}

export function print(lines: readonly Line[]): void {
  const colour = colored()
  if (lines.length > 0) writeExactly(lines.map((line) => `${paint(line, colour)}\n`).join(''))
}

export function printJson(value: unknown): void {
  writeExactly(`${asJson(value, 2)}\n`)
}

/** Prints a value as one line of JSON. */
export function printJsonLine(value: unknown): void {
  writeExactly(`${asJson(value)}\n`)
}

/** A value as JSON in which every character that would act on a terminal is an escape; a parser reads the same value back. */
export function asJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent)
  return text.replace(acting, (c) => (c === '\n' ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`))
}
