/** A module: one source file, and what every name in it stands for. */

import type { Span } from '../../../grammar/span.ts'
import type { BindingDeclaration, Declaration, Program } from '../../../grammar/syntax.ts'
import type { StageKind } from '../../core/kind.ts'

export type NamedDeclaration = Exclude<Declaration, { readonly type: 'use' | 'expect' | 'export' }>

/** What a name stands for in a module. */
export interface Entry {
  readonly name: string
  /** Its name where it is declared: another one for an import with `as`. */
  readonly original: string
  /** Where this module names it: the binding, or the name in its `use`. */
  readonly at: Span
  /** Absent where the import failed: an error has been reported, and nothing more is said about the name. */
  readonly declaration?: NamedDeclaration
  /** A stage of the project's own, which a file of code defines. */
  readonly own?: StageKind
  /** The module that declares it. */
  readonly home: Module
  readonly imported: boolean
}

export interface Module {
  /** As the reader knows it: a path, or `std:clean`. */
  readonly file: string
  readonly text: string
  readonly program: Program
  readonly scope: Map<string, Entry>
  /** Names that declarations lost to syntax errors would have had. */
  readonly lost: ReadonlySet<string>
}

/** The names a declaration binds, with their places. */
export function namesOf(declaration: Declaration): readonly { readonly name: string; readonly span: Span }[] {
  switch (declaration.type) {
    case 'use':
    case 'expect':
    case 'export':
      return []
    case 'binding':
      return declaration.names
    default:
      return [declaration.name]
  }
}

/** A declaration in words: `a stage`, `an operation`. */
export function whatIs(declaration: NamedDeclaration): string {
  switch (declaration.type) {
    case 'param':
      return 'a parameter'
    case 'let':
      return 'a value'
    case 'binding':
      return boundBy[declaration.keyword]
    case 'filter':
      return 'a filter'
    case 'op':
      return 'an operation'
    case 'block':
      return 'a block of an architecture'
    case 'model':
      return 'an architecture'
  }
}

const boundBy: Readonly<Record<BindingDeclaration['keyword'], string>> = {
  data: 'data',
  tokenizer: 'a tokenizer',
  model: 'a model',
  stage: 'a stage',
}
