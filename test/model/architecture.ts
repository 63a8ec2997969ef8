/** Architectures of stdlib/models.llmpipe, elaborated with sizes. */

import { readFileSync } from 'node:fs'
import { parse } from '../../grammar/parse.ts'
import type { BlockDeclaration } from '../../grammar/syntax.ts'
import type { ModelArgument } from '../../src/language/2-check/env.ts'
import { elaborateModel } from '../../src/language/3-elaborate/model.ts'
import type { ModelSpec } from '../../src/model/spec.ts'

const file = 'stdlib/models.llmpipe'

export function architecture(name: string, sizes: Readonly<Record<string, ModelArgument>>): ModelSpec {
  const { declarations } = parse(file, readFileSync(file, 'utf8')).program
  const blocks = new Map<string, BlockDeclaration>()
  for (const each of declarations) if (each.type === 'block') blocks.set(each.name.name, each)
  const declaration = declarations.find((each) => each.type === 'model' && each.name.name === name)
  if (declaration?.type !== 'model') throw new Error(`${file} has no model \`${name}\``)
  const scope = { blocks, resolve: (block: string) => blocks.get(block) }
  const { spec, diagnostics } = elaborateModel(declaration, scope, new Map(Object.entries(sizes)), declaration.span)
  if (spec === undefined) throw new Error(diagnostics.map(({ message }) => message).join('\n'))
  return spec
}
