/** Draws a plan as a Mermaid flowchart, which GitHub and many editors show. */

import type { Plan } from '../../core/plan.ts'
import { takenBy } from '../plan.ts'
import { stepsOf } from './words.ts'

/** The text of the flowchart. */
export function mermaid(plan: Plan): string {
  const place = new Map(plan.nodes.map(({ id }, index) => [id, `n${index}`]))
  const lines = ['flowchart TD']
  for (const node of plan.nodes) {
    const label = [`<b>${quoted(node.name)}</b>`, ...stepsOf(node).map(quoted)].join('<br/>')
    lines.push(`  ${place.get(node.id)}["${label}"]`)
  }
  for (const node of plan.nodes)
    for (const id of takenBy(node)) lines.push(`  ${place.get(id)} --> ${place.get(node.id)}`)
  return `${lines.join('\n')}\n`
}

/** Escapes a label as entities. Mermaid reads `#` as their beginning. */
function quoted(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replaceAll('&', '#amp;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
}
