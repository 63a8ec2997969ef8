/** Lines of Python, broken as `ruff format` breaks them. */

import type { Expression, Parts } from './expression.ts'

/** The longest line of `ruff format` and Black. */
export const lineWidth = 88

/** Lines, four columns further in. */
export const indented = (lines: readonly string[]) => lines.map((line) => (line === '' ? '' : `    ${line}`))

/** Whether a line fits at an indentation. */
export const fits = (line: string, indent: number) => indent + line.length <= lineWidth

/** `head` and an expression: on one line if it fits, else with each part of the expression on a line of its own. */
export function statement(head: string, { text, parts }: Expression, indent: number, tail = ''): string[] {
  const line = `${head}${text}${tail}`
  return fits(line, indent) || parts === undefined || parts.items.length === 0 ? [line] : broken(head, parts, tail)
}

function broken(head: string, { open, items, close }: Parts, tail: string): string[] {
  return [`${head}${open}`, ...indented(items.map((item) => `${item},`)), `${close}${tail}`]
}
