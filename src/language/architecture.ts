/** Elaborates an architecture by its name and arguments, without a program that calls it. */

import type { BlockDeclaration, Program } from '../../grammar/syntax.ts'
import type { ModelSpec } from '../model/spec.ts'
import type { ModelArgument } from './2-check/env.ts'
import { elaborateModel } from './3-elaborate/model.ts'

/**
 * The architecture `name` of a source that declares all blocks it uses. Arguments that are not in `sizes` have their defaults.
 * Throws an Error with the compiler's messages if the file has no such architecture, or if the sizes do not fit.
 */
export function architecture(
  { declarations, file }: Program,
  name: string,
  sizes: Readonly<Record<string, ModelArgument>>,
): ModelSpec {
  const blocks = new Map<string, BlockDeclaration>()
  for (const each of declarations) if (each.type === 'block') blocks.set(each.name.name, each)
  const declaration = declarations.find((each) => each.type === 'model' && each.name.name === name)
  if (declaration?.type !== 'model') throw new Error(`${file} has no model \`${name}\``)
  const scope = { blocks, resolve: (block: string) => blocks.get(block) }
  const { spec, diagnostics } = elaborateModel(declaration, scope, new Map(Object.entries(sizes)), declaration.span)
  if (spec === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return spec
}
