/** The names of a module: what each declares, and where it is used. */

import type { Span } from '../../../grammar/span.ts'
import type { BindingDeclaration, Declaration, Enclosure, Parameter } from '../../../grammar/syntax.ts'
import type { InputSpec, SettingSchema, SettingsSchema } from '../../core/kind/setting.ts'

export type SymbolSort =
  | BindingDeclaration['keyword']
  | 'param'
  | 'let'
  | 'function'
  | 'filter'
  | 'op'
  | 'block'
  | 'architecture'
  /** A custom stage, imported from a file of code. */
  | 'custom'
  /** A name that an import failed to find. */
  | 'lost'
  | 'parameter'
  /** A variable of a `for`, or the index of a `repeat`. */
  | 'variable'
  /** A name that the body of a block or an architecture binds. */
  | 'local'

/** A name that a program binds. Two symbols are the same if their spans are. */
export interface NameSymbol {
  readonly name: string
  readonly sort: SymbolSort
  /** The span of the name where it is bound. */
  readonly span: Span
  /** The piece of the file in which the name has this meaning. */
  readonly reach: Span
  /** The whole declaration; absent for imports that failed. */
  readonly declaration?: Declaration
  /** The parameter, if the symbol is one. */
  readonly parameter?: Parameter
  /** The `for`s and branches around the declaration, from the outermost. */
  readonly loops?: readonly Enclosure[]
  readonly doc?: string
  /** The symbol that an import with `as` stands for. */
  readonly original?: NameSymbol
}

/** A place where a symbol is bound, imported or used. */
export interface Occurrence {
  readonly span: Span
  readonly symbol: NameSymbol
  readonly role: 'definition' | 'use' | 'import' | 'argument'
}

/** A word that does not refer to a name of the program: the language or a stage kind gives it its meaning. */
export type Word = { readonly span: Span; readonly name: string } & (
  | { readonly sort: 'kind' }
  | { readonly sort: 'primitive' }
  | { readonly sort: 'metric' }
  /** The name of a group of values: `adamw`. */
  | { readonly sort: 'group'; readonly schema: SettingsSchema }
  /** The name of an argument: a setting or an input. */
  | { readonly sort: 'setting'; readonly of: string; readonly schema?: SettingSchema; readonly input?: InputSpec }
  /** The type that a parameter states. */
  | { readonly sort: 'type' }
  /** One of the words that a setting takes. */
  | { readonly sort: 'choice'; readonly schema: SettingSchema }
)

export interface ModuleNames {
  readonly file: string
  /** The names that the module itself declares at its top level. */
  readonly declared: ReadonlyMap<string, NameSymbol>
  /** The names in reach at its top level: those that it declares, and those that it imports. */
  readonly scope: ReadonlyMap<string, NameSymbol>
  /** Every symbol that the module binds, in the order of the text. */
  readonly symbols: readonly NameSymbol[]
  readonly occurrences: readonly Occurrence[]
  readonly words: readonly Word[]
}

/** Whether two symbols are the same. */
export function isSame(a: NameSymbol, b: NameSymbol): boolean {
  return a.span.file === b.span.file && a.span.start === b.span.start
}

/** The sort of a symbol in words. */
export const sortInWords: Readonly<Record<SymbolSort, string>> = {
  data: 'data',
  tokenizer: 'tokenizer',
  model: 'model',
  stage: 'stage',
  param: 'param',
  let: 'value',
  function: 'function',
  filter: 'filter',
  op: 'operation',
  block: 'block',
  architecture: 'architecture',
  custom: 'custom stage',
  lost: 'import',
  parameter: 'parameter',
  variable: 'variable',
  local: 'binding',
}

/** The element of a list in the order of the text that contains an offset or ends at it; the later one of two that touch it. */
export function elementAt<E extends { readonly span: Span }>(list: readonly E[], offset: number): E | undefined {
  let [low, high] = [0, list.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((list[middle] as E).span.start <= offset) low = middle + 1
    else high = middle
  }
  const found = list[low - 1]
  return found !== undefined && offset <= found.span.end ? found : undefined
}
