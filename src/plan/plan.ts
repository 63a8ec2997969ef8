/** Makes a plan of a typed program: calls are fused into passes, and passes become nodes with ids. */

import type { Catalogue } from '../core/kind/kind.ts'
import type { OutputRef, Plan, PlanNode } from '../core/plan.ts'
import type { Json } from '../core/values/json.ts'
import type { TypedProgram, ValueRef } from '../language/program.ts'
import { fuse, type Pass } from './fuse.ts'
import { lastOf, nameAll } from './name.ts'
import { nodeOf } from './node.ts'
import { places } from './place.ts'

/** The plan of a program. `sources`: the text of every source file, for lines and columns. */
export function toPlan(program: TypedProgram, sources: ReadonlyMap<string, string>, catalogue: Catalogue): Plan {
  const passes = fuse(program, catalogue)
  const ids = nameAll(passes, program, catalogue)
  const byCall = new Map(passes.map((pass, index) => [lastOf(pass).index, ids[index] ?? '']))
  const refOf = ({ call, output }: ValueRef): OutputRef => ({ node: byCall.get(call) ?? '', output })
  const around = { catalogue, file: program.file, packages: program.packages, place: places(sources), refOf }
  const nodes = passes.map((pass, index) => nodeOf(pass, ids[index] ?? '', around))
  return {
    version: 1,
    program: program.file,
    nodes,
    models: modelsOf(program, nodes),
    results: resultsOf(passes, nodes),
    sources: program.sources,
  }
}

/** The models that nodes use. Models that are only declared are not part of the plan. */
function modelsOf({ models }: TypedProgram, nodes: readonly PlanNode[]): Plan['models'] {
  const used = new Set<string>()
  for (const { params } of nodes)
    for (const value of Object.values(params)) {
      const digest = (value as { readonly model?: Json } | null | undefined)?.model
      if (typeof digest === 'string') used.add(digest)
    }
  return Object.fromEntries(
    Object.entries(models).flatMap(([digest, model]) => (used.has(digest) ? [[digest, model as unknown as Json]] : [])),
  )
}

/**
 * The nodes that the run shows at its end: those that `stage` binds and those that are exported, in the order of the program. Without
 * any, the nodes whose outputs nothing takes.
 */
function resultsOf(passes: readonly Pass[], nodes: readonly PlanNode[]): string[] {
  const isStage = (pass: Pass) =>
    lastOf(pass).names.length > 0 &&
    lastOf(pass).outputs.some(({ type }) => ['Weights', 'Reward', 'Report', 'Classifier'].includes(type.kind))
  const results = new Set<string>()
  for (const [index, node] of nodes.entries()) {
    if (node.kind === 'export') for (const { node: of } of Object.values(node.inputs).flat()) results.add(of)
    else if (isStage(passes[index] as Pass)) results.add(node.id)
  }
  const order = nodes.filter(({ id }) => results.has(id))
  if (order.length > 0) return order.map(({ id }) => id)
  const taken = new Set(nodes.filter(({ kind }) => kind !== 'expect').flatMap(takenBy))
  return nodes.filter(({ id, kind }) => kind !== 'expect' && !taken.has(id)).map(({ id }) => id)
}

/** The ids of the nodes whose outputs a node takes. */
export function takenBy(node: PlanNode): string[] {
  return [...new Set(Object.values(node.inputs).flatMap((refs) => refs.map((ref) => ref.node)))]
}
