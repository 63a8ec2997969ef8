/** Printing for people: lines with tones to stdout, in colour where that is wanted. */

import { type Line, paint, wantsColour } from '../view/line.ts'

/** `--color` and `--no-color` win over the environment. */
export function applyColorFlags(args: readonly string[]): void {
  if (args.includes('--no-color')) process.env.NO_COLOR = '1'
  else if (args.includes('--color')) {
    delete process.env.NO_COLOR
    process.env.FORCE_COLOR = '1'
  }
}

export function coloured(stream: { readonly isTTY?: boolean } = process.stdout): boolean {
  return wantsColour(stream, process.env)
}

/** The columns to draw in: the terminal's, else 100. */
export function columns(): number {
  return process.stdout.columns ?? 100
}

export function print(lines: readonly Line[]): void {
  const colour = coloured()
  if (lines.length > 0) process.stdout.write(lines.map((line) => `${paint(line, colour)}\n`).join(''))
}

export function printJson(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)
}
