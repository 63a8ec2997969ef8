/** Low-rank adaptation (Hu et al. 2021): matrices stay as they are, and a product of two small ones is learned beside each. */

import { GraphBuilder } from './build.ts'
import type { Graph } from './graph.ts'
import { copyInto, finishCopy } from './rewrite.ts'
import { numeric } from './shape.ts'

export interface LoraSettings {
  readonly rank: number
  /** The product is multiplied by alpha / rank. */
  readonly alpha: number
  /** Which matrices: the last part of their names (`q`), or more of it (`attention.q`). */
  readonly targets: readonly string[]
}

/** The names of the adapter's matrices of a weight: A [rank, in] and B [out, rank]. */
export function loraNames(weight: string): { readonly a: string; readonly b: string } {
  const stem = weight.replace(/\.weight$/, '')
  return { a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight` }
}

/** The matrices that can be adapted, each [out, in]: those that something is multiplied by, and nothing is looked up in. */
export function adaptable(graph: Graph): string[] {
  const usedBy = (node: number) => graph.nodes.filter(({ inputs }) => inputs.includes(node))
  return graph.weights.flatMap(({ name, node, shape }) => {
    const isProduct = usedBy(node).every(
      (use) => use.op === 'matmul' && use.inputs[1] === node && use.attributes.transposeB,
    )
    return shape.length === 2 && isProduct ? [name] : []
  })
}

/** Of those the ones that `targets` name. */
export function adapted(graph: Graph, targets: readonly string[]): string[] {
  return adaptable(graph).filter((name) => {
    const stem = name.replace(/\.weight$/, '')
    return targets.some((target) => stem === target || stem.endsWith(`.${target}`))
  })
}

/**
 * The graph with x·Wᵀ + (alpha / rank)·(x·Aᵀ)·Bᵀ in place of x·Wᵀ for each target. A begins uniform within 1/√in, as torch.nn.Linear and
 * PEFT do, B at 0: before anything is learned the graph computes what it did.
 */
export function withLora(graph: Graph, { rank, alpha, targets }: LoraSettings): Graph {
  const wanted = new Set(adapted(graph, targets))
  const names = new Map(graph.weights.flatMap(({ name, node }) => (wanted.has(name) ? [[node, name] as const] : [])))
  const builder = new GraphBuilder()
  const place = copyInto(builder, graph, (_, node, inputs) => {
    const name = node.op === 'matmul' ? names.get(node.inputs[1]!) : undefined
    if (node.op !== 'matmul' || name === undefined) return undefined
    const [out, from] = builder.shape(inputs[1]!).map(numeric) as [number, number]
    const { a, b } = loraNames(name)
    const down = builder.weight(a, [rank, from], { type: 'uniform', bound: 1 / Math.sqrt(from) }, true)
    const up = builder.weight(b, [out, rank], { type: 'constant', value: 0 }, true)
    const turned = { transposeA: false, transposeB: true } as const
    const product = builder.apply('matmul', inputs, node.attributes, node.scope)
    const small = builder.apply('matmul', [inputs[0]!, down], { ...turned, alpha: node.attributes.alpha }, node.scope)
    const learned = builder.apply('matmul', [small, up], { ...turned, alpha: alpha / rank }, node.scope)
    return builder.apply('add', [product, learned], {}, node.scope)
  })
  return finishCopy(builder, graph, place)
}
