/** The architectures of stdlib/models.llmpipe, bound to sizes. */

import { readFileSync } from 'node:fs'
import { parse } from '../../grammar/parse.ts'
import type { BlockDeclaration, ModelDeclaration } from '../../grammar/syntax.ts'
import { elaborateModel } from '../../src/language/3-elaborate/model.ts'
import { bind } from '../../src/model/bind.ts'
import type { Graph } from '../../src/model/graph.ts'

const file = 'stdlib/models.llmpipe'

/** The graph of an architecture for batches of a size. */
export function architecture(
  name: string,
  args: Readonly<Record<string, number | boolean>>,
  sizes: { readonly batch: number; readonly time: number },
): Graph {
  const { declarations } = parse(file, readFileSync(file, 'utf8')).program
  const blocks = new Map<string, BlockDeclaration>()
  let model: ModelDeclaration | undefined
  for (const declaration of declarations) {
    if (declaration.type === 'block') blocks.set(declaration.name.name, declaration)
    if (declaration.type === 'model' && declaration.name.name === name) model = declaration
  }
  if (model === undefined) throw new Error(`${file} has no model ${name}`)
  const { spec, diagnostics } = elaborateModel(
    model,
    { blocks, resolve: (block) => blocks.get(block) },
    new Map(Object.entries(args)),
    model.span,
  )
  if (spec === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return bind(spec.graph, { ...sizes })
}
