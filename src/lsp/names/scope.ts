/** The names in reach at a place in a module, and the words that the place itself gives a meaning, for the walk in names.ts. */

import type { Argument, CallExpression } from '../../../grammar/syntax.ts'
import type { SettingSchema, SettingsSchema } from '../../core/kind/setting.ts'
import type { NameSymbol, SymbolSort } from './symbol.ts'

/** The names in reach of an expression, from the innermost. */
export interface Scope {
  readonly own: Map<string, NameSymbol>
  /** Absent in the body of a block or an architecture, which does not see the values of the program. */
  readonly outer?: Scope
  /** Names that have a meaning without a declaration: metrics in a condition. */
  readonly words?: 'metrics' | 'body'
}

/** The meaning that the place of an expression gives to words in it. */
export type Meaning = SettingSchema | undefined

/** The symbol that a name stands for in a scope or in the scopes around it; `undefined` if none declares it. */
export function lookUp(scope: Scope, name: string): NameSymbol | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.outer) {
    const found = at.own.get(name)
    if (found !== undefined) return found
  }
  return undefined
}

/** The sorts of declarations that a call can name. */
export const callable: ReadonlySet<SymbolSort> = new Set([
  'op',
  'function',
  'filter',
  'block',
  'architecture',
  'custom',
  'lost',
])

/** The arguments of a call, those in its trailing block included. */
export function allArguments({ arguments: inside, block }: CallExpression): readonly Argument[] {
  return block === undefined ? inside : [...inside, ...block]
}

/** The settings of the group that a name stands for at a place; `undefined` if the place takes no such group. */
export function groupIn(meaning: Meaning, name: string): SettingsSchema | undefined {
  const calls = meaning?.calls
  return calls !== undefined && Object.hasOwn(calls, name) ? calls[name] : undefined
}

/** The declaration, the loops around it and the doc comment of a symbol, for a symbol that is another name of it. */
export function declarationOf({ declaration, loops, doc }: NameSymbol) {
  return {
    ...(declaration === undefined ? {} : { declaration }),
    ...(loops === undefined ? {} : { loops }),
    ...(doc === undefined ? {} : { doc }),
  }
}
