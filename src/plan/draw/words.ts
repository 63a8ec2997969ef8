/** The work of a node in a few words: its kind, or the steps of a pass. */

import type { PlanNode } from '../../core/plan.ts'
import type { JsonObject } from '../../core/values/json.ts'

interface Step {
  readonly kind: string
  readonly params: JsonObject
}

/** One line for each step: `keep words >= 8`. */
export function stepsOf(node: PlanNode): string[] {
  if (node.kind === 'expect') return typeof node.params.$test === 'string' ? [node.params.$test] : []
  if (node.kind === 'export') return [`to ${node.exportTo ?? ''}`]
  if (node.kind !== 'documents') return [`${node.kind}${files(node)}`]
  const { source, steps } = node.params as unknown as { readonly source?: Step; readonly steps: readonly Step[] }
  return [...(source ? [`${source.kind}${files(node)}`] : []), ...steps.map(inWords)]
}

function files(node: PlanNode): string {
  const patterns = Object.values(node.files).flatMap((each) => each.patterns)
  return patterns.length === 0 ? '' : ` ${patterns.join(', ')}`
}

function inWords({ kind, params }: Step): string {
  if (kind === 'filter' && typeof params.$name === 'string') return params.$name
  const label = Object.entries(params).find(([name, value]) => name.startsWith('$') && typeof value === 'string')
  return label === undefined ? kind : `${kind} ${label[1]}`
}
