/** Printing for people: lines with tones to stdout, in colour where that is wanted. */

import { acting } from '../../core/printable.ts'
import { type Line, paint, wantsColor } from '../../view/line.ts'
import { writeExactly } from './output.ts'

/** `--color` and `--no-color` win over the environment. */
export function applyColorFlags(args: readonly string[]): void {
  if (args.includes('--no-color')) process.env.NO_COLOR = '1'
  else if (args.includes('--color')) {
    delete process.env.NO_COLOR
    process.env.FORCE_COLOR = '1'
  }
}

export function coloured(stream: { readonly isTTY?: boolean } = process.stdout): boolean {
  return wantsColor(stream, process.env)
}

/** The columns to draw in: the terminal's, else 100. */
export function columns(): number {
  return process.stdout.columns ?? 100
}

/**
 * The columns of a table: those of the terminal, at least `least`. Into a file or a pipe nothing is cut: other programs read it, and
 * `log | cat` must not lose what `log` shows.
 */
export function tableColumns(least: number): number {
  return process.stdout.isTTY ? Math.max(least, columns()) : Number.POSITIVE_INFINITY
}

export function print(lines: readonly Line[]): void {
  const colour = coloured()
  if (lines.length > 0) writeExactly(lines.map((line) => `${paint(line, colour)}\n`).join(''))
}

export function printJson(value: unknown): void {
  writeExactly(`${asJson(value, 2)}\n`)
}

/** A value as a line of JSON, for other programs. */
export function printJsonLine(value: unknown): void {
  writeExactly(`${asJson(value)}\n`)
}

/** JSON in which every character that would act on a terminal is an escape of JSON: it reads back as it was. Indentation stays. */
export function asJson(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent)
  return text.replace(acting, (c) => (c === '\n' ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`))
}
