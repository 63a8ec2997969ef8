/**
 * A plan drawn in text, one row a node; a line runs down from a node to those that take from it.
 *
 *     ●      prose  read data/*.txt ▸ normalize
 *     ├─●    train,held_out  split
 *     │ ├─●  bpe  train_bpe
 */

import type { Plan } from '../../core/plan.ts'
import { takenBy } from '../plan.ts'
import { stepsOf } from './words.ts'

/** The rails of a graph beside its rows: handed in, since screens draw theirs alike. */
export type Rails = (
  nodes: readonly { readonly id: string; readonly after: readonly string[] }[],
) => readonly { readonly before: string; readonly after: string }[]

/** The drawing. */
export function text(plan: Plan, rails: Rails): string {
  const rows = rails(plan.nodes.map((node) => ({ id: node.id, after: takenBy(node) })))
  const drawn = rows.map(({ before, after }) => `${before}●${after}`)
  const wide = Math.max(0, ...drawn.map((row) => row.length))
  const lines = plan.nodes.map((node, index) => {
    const steps = stepsOf(node).join(' ▸ ')
    return `${(drawn[index] ?? '').padEnd(wide)}  ${node.name}${steps === '' ? '' : `  ${steps}`}`
  })
  return lines.map((line) => `${line}\n`).join('')
}
