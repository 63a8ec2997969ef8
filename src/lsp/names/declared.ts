/** The names that a module declares at its top level. */

import type { Span } from '../../../grammar/span.ts'
import type { Enclosure, Program } from '../../../grammar/syntax.ts'
import { type NamedDeclaration, namesOf, placed } from '../../language/1-resolve/module.ts'
import type { NameSymbol, SymbolSort } from './symbol.ts'

/** The symbols that a module declares, by name. The first of two declarations counts, as in the compiler. */
export function declaredIn(program: Program): Map<string, NameSymbol> {
  const found = new Map<string, NameSymbol>()
  for (const symbol of declarationsIn(program)) if (!found.has(symbol.name)) found.set(symbol.name, symbol)
  return found
}

/** A symbol for each name that a module declares, in the order of the text; a name that is declared twice has two. */
export function declarationsIn(program: Program): NameSymbol[] {
  return placed(program.declarations).flatMap(({ declaration, loops }) => {
    if (declaration.type === 'use' || declaration.type === 'expect' || declaration.type === 'export') return []
    return namesOf(declaration)
      .filter(({ name }) => name !== '')
      .map(({ name, span }) => symbolOf(name, span, declaration, loops, program.span))
  })
}

function symbolOf(
  name: string,
  span: Span,
  declaration: NamedDeclaration,
  loops: readonly Enclosure[],
  reach: Span,
): NameSymbol {
  const { doc } = declaration
  const sort = sortOf(declaration)
  return { name, sort, span, reach, declaration, loops, ...(doc === undefined ? {} : { doc }) }
}

function sortOf(declaration: NamedDeclaration): SymbolSort {
  switch (declaration.type) {
    case 'binding':
      return declaration.keyword
    case 'model':
      return 'architecture'
    default:
      return declaration.type
  }
}
