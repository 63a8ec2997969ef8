/** Columns that adjacent lines share: the comparisons of a filter, and the `=` of values. */

import type { Declaration, Expression } from '../../../grammar/syntax.ts'
import { flat } from './flat.ts'

/** A rule of a filter, with its comparison in the column that all rules share. */
export function alignedRule(rule: Expression, column: number): string {
  const text = flat(rule)
  const left = rule.type === 'binary' ? flat(rule.left) : ''
  if (left === '' || !text.startsWith(`${left} `)) return /^-/.test(text) ? `(${text})` : text
  const line = `${left.padEnd(column)}${text.slice(left.length)}`
  return /^-/.test(line) ? `(${text})` : line
}

/** The width of the part before `=` in adjacent lines that bind the same sort of thing. */
export function alignedHeads(declarations: readonly Declaration[], text: string): number[] {
  const heads = declarations.map((declaration) => {
    if (declaration.type === 'param' || declaration.type === 'let')
      return `${declaration.type} ${declaration.name.name}`.length
    return 0
  })
  const widths = [...heads]
  for (let from = 0; from < declarations.length; ) {
    let to = from
    while (to + 1 < declarations.length && (heads[to + 1] ?? 0) > 0 && areAdjacent(declarations, to, text)) to++
    const widest = Math.max(...heads.slice(from, to + 1))
    if ((heads[from] ?? 0) > 0) widths.fill(widest, from, to + 1)
    from = to + 1
  }
  return widths
}

/** Whether two declarations of the same sort are on adjacent lines. */
function areAdjacent(declarations: readonly Declaration[], index: number, text: string): boolean {
  const a = declarations[index]
  const b = declarations[index + 1]
  if (a === undefined || b === undefined || a.type !== b.type) return false
  const between = text.slice(a.span.end, b.span.start)
  return between.split('\n').length === 2 && !/\n[ \t]*\/\//.test(between)
}
