/** Draws a plan in the language of Graphviz. */

import type { Plan } from '../../core/plan.ts'
import { takenBy } from '../plan.ts'
import { stepsOf } from './words.ts'

/** The text for `dot -Tsvg`. */
export function dot(plan: Plan): string {
  const lines = ['digraph plan {', '  rankdir = LR', '  node [shape = box, style = rounded, fontname = "sans-serif"]']
  for (const node of plan.nodes) {
    const label = [node.name, ...stepsOf(node)].map(escaped).join('\\n')
    lines.push(`  "${escaped(node.id)}" [label = "${label}"]`)
  }
  for (const node of plan.nodes)
    for (const id of takenBy(node)) lines.push(`  "${escaped(id)}" -> "${escaped(node.id)}"`)
  return `${[...lines, '}'].join('\n')}\n`
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
}
