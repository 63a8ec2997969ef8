/**
 * Draws a plan as text, with one row for each node. Lines run down from a node to those that take its outputs.
 *
 *     ●      prose  read data/*.txt ▸ normalize
 *     ├─●    train,held_out  split
 *     │ ├─●  bpe  train_bpe
 */

import type { Plan } from '../../core/plan.ts'
import { takenBy } from '../plan.ts'
import { stepsOf } from './words.ts'

/**
 * Draws the rails of a graph beside its rows; `undefined` if that takes too many lanes. A parameter of `text`, since the dashboard
 * draws the same rails.
 */
export type Rails = (
  nodes: readonly { readonly id: string; readonly after: readonly string[] }[],
) => readonly { readonly before: string; readonly after: string }[] | undefined

/** The text of the drawing. */
export function text(plan: Plan, rails: Rails): string {
  const rows = rails(plan.nodes.map((node) => ({ id: node.id, after: takenBy(node) })))
  if (rows === undefined) return list(plan)
  const drawn = rows.map(({ before, after }) => `${before}●${after}`)
  const wide = Math.max(0, ...drawn.map((row) => row.length))
  const lines = plan.nodes.map((node, index) => {
    const steps = stepsOf(node).join(' ▸ ')
    return `${(drawn[index] ?? '').padEnd(wide)}  ${node.name}${steps === '' ? '' : `  ${steps}`}`
  })
  return lines.map((line) => `${line}\n`).join('')
}

/** The nodes without rails, each with its inputs. The rails of thousands of lanes would take the square of that in characters. */
function list(plan: Plan): string {
  const lines = plan.nodes.map((node) => {
    const [steps, after] = [stepsOf(node).join(' ▸ '), takenBy(node)]
    const named = after.length > maxNamed ? [...after.slice(0, maxNamed), `${after.length - maxNamed} more`] : after
    return `● ${node.name}${steps === '' ? '' : `  ${steps}`}${named.length === 0 ? '' : `  ← ${named.join(', ')}`}`
  })
  return lines.map((line) => `${line}\n`).join('')
}

/** The greatest number of inputs in a row of the list. */
const maxNamed = 8
