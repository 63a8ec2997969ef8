/** The cost of a model: parameters, floating-point operations per token, memory. */

import { bind } from '../bind.ts'
import { differentiate } from '../gradients/differentiate.ts'
import { expandComposites } from '../gradients/expand.ts'
import type { Graph } from '../graph.ts'
import { numeric, sizeOf } from '../shape.ts'
import { chosenBy } from '../training/freeze.ts'
import { type LoraSettings, withLora } from '../training/lora.ts'
import { withCrossEntropy } from '../training/loss.ts'

export interface Cost {
  readonly parameters: number
  /** Learned parameters: all, those that are not frozen, or those of the adapter. */
  readonly learned: number
  /** Parameters by part (`embeddings`, `layers.*.attention`), in the order of the model. */
  readonly parts: readonly { readonly name: string; readonly parameters: number }[]
  /** Floating-point operations per token, counted from the products of the graph. */
  readonly forwardFlops: number
  /** The same for forward and backward together. */
  readonly trainingFlops: number
  /**
   * The count that papers report: 6·N + 12·L·d·T (Chowdhery et al. 2022, appendix B), N the parameters without tables that are only
   * looked up, T the length of the sequence.
   */
  readonly conventionalFlops: number
  readonly memory: {
    /** Bytes of the weights. */
    readonly weights: number
    /** Bytes of the two moments of AdamW. */
    readonly optimizer: number
    /** The most bytes of results alive at once in a step, gradients included, if no operation works in place. */
    readonly activations: number
  }
}

/** The cost of training a graph from `tokens` to `logits` at these sizes: all weights, those that are not frozen, or an adapter alone. */
export function costOf(
  graph: Graph,
  sizes: { readonly batch: number; readonly time: number; readonly vocab?: number },
  { lora, freeze = [] }: { readonly lora?: LoraSettings; readonly freeze?: readonly string[] } = {},
): Cost {
  const plain = bind(graph, sizes)
  const names = plain.weights.map(({ name }) => name)
  const frozen = new Set(lora === undefined ? chosenBy(names, freeze) : names)
  const bound = lora === undefined ? plain : withLora(plain, lora)
  const step = differentiate(withCrossEntropy(bound), 'loss', (name) => !frozen.has(name))
  const learned = bound.weights.reduce((sum, { name, shape }) => (frozen.has(name) ? sum : sum + sizeOf(shape)), 0)
  const tokens = sizes.batch * sizes.time
  const parameters = bound.weights.reduce((sum, { shape }) => sum + sizeOf(shape), 0)
  return {
    parameters,
    learned,
    parts: partsOf(bound),
    forwardFlops: productFlops(expandComposites(bound)) / tokens,
    trainingFlops: productFlops(step) / tokens,
    conventionalFlops: 6 * (parameters - lookedUp(bound)) + attentionFlops(bound),
    memory: { weights: 4 * parameters, optimizer: 8 * learned, activations: peakBytes(step) },
  }
}

/** `layers.3.attention.q.weight` belongs to `layers.*.attention`, `table` and `table.weight` to `table`. */
function partsOf(graph: Graph): Cost['parts'] {
  const parts = new Map<string, number>()
  for (const { name, shape } of graph.weights) {
    const path = name.split('.').map((step) => (/^\d+$/.test(step) ? '*' : step))
    const inner = path.lastIndexOf('*')
    const part = path.slice(0, inner + 2).join('.')
    parts.set(part, (parts.get(part) ?? 0) + sizeOf(shape))
  }
  return [...parts].map(([name, parameters]) => ({ name, parameters }))
}

/** The operations of all products: two for each term of each sum. */
function productFlops(graph: Graph): number {
  let flops = 0
  for (const node of graph.nodes) {
    if (node.op !== 'matmul') continue
    const summed = graph.nodes[node.inputs[0]!]!.shape.at(node.attributes.transposeA ? -2 : -1)!
    flops += 2 * sizeOf(node.shape) * numeric(summed)
  }
  return flops
}

/** Parameters of tables whose rows are looked up and that are in no product. */
function lookedUp(graph: Graph): number {
  const uses = new Map<number, Set<string>>()
  for (const node of graph.nodes)
    for (const input of node.inputs) uses.set(input, (uses.get(input) ?? new Set()).add(node.op))
  return graph.weights.reduce((sum, { node, shape }) => {
    const all = uses.get(node)
    return all?.size === 1 && all.has('gather') ? sum + sizeOf(shape) : sum
  }, 0)
}

/** Per token and attention: 4·d·T forward (T at most the window), for the logits and for the values, and twice that backward. */
function attentionFlops(graph: Graph): number {
  let flops = 0
  for (const node of graph.nodes) {
    if (node.op !== 'attention') continue
    const [, heads, , size] = node.shape.map(numeric) as [number, number, number, number]
    const keys = numeric(graph.nodes[node.inputs[1]!]!.shape[2]!)
    flops += 12 * heads * size * Math.min(keys, node.attributes.window ?? keys)
  }
  return flops
}

/**
 * The most bytes that results take at once, if each is kept until its last use. Weights and inputs do not count, and a reshape takes no
 * memory. All sizes are numbers.
 */
export function peakBytes(graph: Graph): number {
  const holder: number[] = []
  const lastUse: number[] = []
  for (const [i, node] of graph.nodes.entries()) {
    holder.push(node.op === 'reshape' ? holder[node.inputs[0]!]! : i)
    for (const input of node.inputs) lastUse[holder[input]!] = i
  }
  for (const output of Object.values(graph.outputs)) lastUse[holder[output]!] = graph.nodes.length
  const freed = new Map<number, number>()
  let alive = 0
  let most = 0
  for (const [i, node] of graph.nodes.entries()) {
    if (holder[i] === i && node.op !== 'input' && node.op !== 'weight') {
      const bytes = 4 * sizeOf(node.shape)
      alive += bytes
      const until = lastUse[i] ?? i
      freed.set(until, (freed.get(until) ?? 0) + bytes)
    }
    most = Math.max(most, alive)
    alive -= freed.get(i) ?? 0
  }
  return most
}
