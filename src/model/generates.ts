/**
 * Whether a model can write text with remembered keys and values. Then only the new tokens are computed, so that keys are the one thing
 * that a graph may have of earlier tokens: see past.ts.
 */

import { attentionInputs } from './attention/attention-inputs.ts'
import type { GraphNode } from './graph.ts'
import type { Op } from './ops.ts'

/** Operations on each number by itself. */
export const elementwise: ReadonlySet<Op> = new Set<Op>([
  ...([
    'add',
    'sub',
    'mul',
    'div',
    'maximum',
    'minimum',
    'greater',
    'neg',
    'abs',
    'exp',
    'log',
    'sqrt',
    'rsqrt',
  ] as const),
  ...(['tanh', 'sigmoid', 'relu', 'silu', 'gelu', 'erf'] as const),
])

/**
 * The node of those that `output` needs that cannot be computed without earlier tokens, an index into `nodes`; `undefined` if there is none. It is an attention whose
 * bias depends on keys in another way than by their positions, or an operation that mixes the positions of keys.
 */
export function needsAllTokens(nodes: readonly GraphNode[], output: number): number | undefined {
  const needed = new Set([output])
  for (let i = output; i >= 0; i--) if (needed.has(i)) for (const input of nodes[i]!.inputs) needed.add(input)
  // Tensors whose last axis is that of keys, because they are computed from the positions of keys.
  const ofKeys: boolean[] = []
  for (const [index, node] of nodes.entries()) {
    const reads = node.inputs.some((input) => ofKeys[input])
    ofKeys.push((node.op === 'position_grid' && node.attributes.of === 'keys') || (reads && elementwise.has(node.op)))
    if (!needed.has(index)) continue
    if (node.op === 'attention') {
      const { bias } = attentionInputs(node.attributes, node.inputs)
      const others = node.inputs.some((input) => input !== bias && ofKeys[input])
      const isWrong = bias !== undefined && !ofKeys[bias] && (nodes[bias]!.shape.at(-1) ?? 1) !== 1
      if (others || isWrong) return index
    } else if (reads && !elementwise.has(node.op)) return index
  }
  return undefined
}
