/** Low-rank adaptation (Hu et al. 2021): matrices stay as they are, and a product of two small matrices is learned beside each. */

import { GraphBuilder } from '../build.ts'
import { add, Expr, matmul } from '../expr.ts'
import type { Graph } from '../graph.ts'
import { copyInto, finishCopy } from '../rewrite.ts'
import { numeric } from '../shape.ts'
import { meanings } from './their-names.ts'

export interface LoraSettings {
  readonly rank: number
  /** The product is multiplied by alpha / rank. */
  readonly alpha: number
  /**
   * The matrices to adapt, by the ends of their names (`q`, `attention.q`), by those of their names in Hugging Face's models (`q_proj`,
   * `self_attn.q_proj`), or
   * `all_linear` for all but the one that writes tokens.
   */
  readonly targets: readonly string[]
}

/** The names of the adapter's matrices for a weight: A [rank, in] and B [out, rank]. */
export function loraNames(weight: string): { readonly a: string; readonly b: string } {
  const stem = weight.replace(/\.weight$/, '')
  return { a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight` }
}

/** The matrices that can be adapted, each [out, in]: all their uses are products, so that tables of embeddings are left out. */
export function adaptable(graph: Graph): string[] {
  const usedBy = (node: number) => graph.nodes.filter(({ inputs }) => inputs.includes(node))
  return graph.weights.flatMap(({ name, node, shape }) => {
    const isProduct = usedBy(node).every(
      (use) => use.op === 'matmul' && use.inputs[1] === node && use.attributes.transposeB,
    )
    return shape.length === 2 && isProduct ? [name] : []
  })
}

/** The adaptable matrices that `targets` name. */
export function adapted(graph: Graph, targets: readonly string[]): string[] {
  const all = adaptable(graph)
  const wanted = new Set(targets.flatMap((target) => namedBy(graph, all, target)))
  return all.filter((name) => wanted.has(name))
}

/** The targets that name no adaptable matrix of the graph. */
export function targetsOfNothing(graph: Graph, targets: readonly string[]): string[] {
  const all = adaptable(graph)
  return targets.filter((target) => namedBy(graph, all, target).length === 0)
}

/** The last parts of the names of all adaptable matrices, for messages. */
export function targetNames(graph: Graph): string[] {
  return [...new Set(adaptable(graph).map((name) => stemOf(name).split('.').at(-1)!))]
}

function namedBy(graph: Graph, all: readonly string[], target: string): string[] {
  // PEFT writes `all-linear`.
  if (target === 'all_linear' || target === 'all-linear') {
    const { logits } = graph.outputs
    const writer = logits === undefined ? undefined : graph.nodes[logits]!.inputs[1]
    return all.filter((name) => graph.weights.find((weight) => weight.name === name)!.node !== writer)
  }
  const endsIn = (ends: readonly string[]) =>
    all.filter((name) => ends.some((end) => stemOf(name) === end || stemOf(name).endsWith(`.${end}`)))
  const own = endsIn([target])
  return own.length > 0 ? own : endsIn(meanings(target))
}

function stemOf(name: string): string {
  return name.replace(/\.weight$/, '')
}

/**
 * The graph with x·Wᵀ + (alpha / rank)·(x·Aᵀ)·Bᵀ in place of x·Wᵀ for each target. A begins uniform within 1/√in, as torch.nn.Linear and
 * PEFT do, B at 0: before anything is learned the graph computes what it did.
 */
export function withLora(graph: Graph, { rank, alpha, targets }: LoraSettings): Graph {
  const wanted = new Set(adapted(graph, targets))
  const targeted = new Map(graph.weights.flatMap(({ name, node }) => (wanted.has(name) ? [[node, name] as const] : [])))
  const builder = new GraphBuilder()
  const place = copyInto(builder, graph, (_, node, inputs) => {
    const name = node.op === 'matmul' ? targeted.get(node.inputs[1]!) : undefined
    if (node.op !== 'matmul' || name === undefined) return undefined
    const [x, w] = inputs.map((input) => new Expr(builder, input)) as [Expr, Expr]
    const [out, from] = w.shape.map(numeric) as [number, number]
    const names = loraNames(name)
    const weight = (...given: Parameters<GraphBuilder['weight']>) => new Expr(builder, builder.weight(...given))
    const a = weight(names.a, [rank, from], { type: 'uniform', bound: 1 / Math.sqrt(from) }, true)
    const b = weight(names.b, [out, rank], { type: 'constant', value: 0 }, true)
    const { scope, attributes } = node
    const product = matmul(x, w, attributes, scope)
    const narrow = matmul(x, a, { transposeB: true, alpha: attributes.alpha }, scope)
    return add(product, matmul(narrow, b, { transposeB: true, alpha: alpha / rank }, scope), scope).node
  })
  return finishCopy(builder, graph, place)
}
