/** A module: one source file, and what every name in it stands for. */

import { anyName } from '../../../grammar/pieces.ts'
import type { Span } from '../../../grammar/span.ts'
import type { BindingDeclaration, Declaration, ForDeclaration, Program } from '../../../grammar/syntax.ts'
import type { StageKind } from '../../core/kind.ts'

/** A declaration that holds no others. */
export type PlainDeclaration = Exclude<Declaration, ForDeclaration>

export type NamedDeclaration = Exclude<PlainDeclaration, { readonly type: 'use' | 'expect' | 'export' }>

/** A declaration, and the `for`s that it stands in from the outermost. */
export interface Placed {
  readonly declaration: PlainDeclaration
  readonly loops: readonly ForDeclaration[]
}

/** What a name stands for in a module. */
export interface ModuleEntry {
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
  /** The `for`s that its declaration stands in, from the outermost. */
  readonly loops: readonly ForDeclaration[]
}

export interface Module {
  /** As the reader knows it: a path, or `std:clean`. */
  readonly file: string
  readonly text: string
  readonly program: Program
  readonly scope: Map<string, ModuleEntry>
  /** Names that declarations lost to syntax errors would have had. */
  readonly lost: ReadonlySet<string>
}

/** Whether nothing is said of a name that a module does not know: what declares it may be what could not be read. */
export function isLostName({ lost }: Module, name: string): boolean {
  return lost.has(name) || lost.has(anyName)
}

/** All declarations in their order, those in the body of a `for` at its place. */
export function placed(declarations: readonly Declaration[], loops: readonly ForDeclaration[] = []): Placed[] {
  return declarations.flatMap((declaration) =>
    declaration.type === 'for' ? placed(declaration.body, [...loops, declaration]) : [{ declaration, loops }],
  )
}

/** The names a declaration binds, with their places. */
export function namesOf(declaration: PlainDeclaration): readonly { readonly name: string; readonly span: Span }[] {
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
