/** A module is one source file with the meaning of every name in it. */

import { anyName } from '../../../grammar/pieces.ts'
import type { Span } from '../../../grammar/span.ts'
import type { BindingDeclaration, Declaration, ForDeclaration, Program } from '../../../grammar/syntax.ts'
import type { StageKind } from '../../core/kind/kind.ts'

/** A declaration that contains no others. */
export type PlainDeclaration = Exclude<Declaration, ForDeclaration>

export type NamedDeclaration = Exclude<PlainDeclaration, { readonly type: 'use' | 'expect' | 'export' }>

/** A declaration and the `for`s that enclose it, from the outermost. */
export interface Placed {
  readonly declaration: PlainDeclaration
  readonly loops: readonly ForDeclaration[]
}

/** The meaning of a name in a module. */
export interface ModuleEntry {
  readonly name: string
  /** The name in the module that declares it, which differs for an import with `as`. */
  readonly original: string
  /** The span of the name in this module: in its declaration, or in a `use`. */
  readonly at: Span
  /** Absent if the import failed. That error was reported, so nothing else about the name is. */
  readonly declaration?: NamedDeclaration
  /** A custom stage, if the name is imported from a file of code. */
  readonly custom?: StageKind
  /** The module that declares the name. */
  readonly home: Module
  readonly imported: boolean
  /** The `for`s that enclose the declaration, from the outermost. */
  readonly loops: readonly ForDeclaration[]
}

export interface Module {
  /** A path, or `std:clean`. */
  readonly file: string
  readonly text: string
  readonly program: Program
  readonly scope: Map<string, ModuleEntry>
  /** Names that unreadable declarations seem to bind. */
  readonly lost: ReadonlySet<string>
}

/** Whether an unreadable declaration may bind a name, so that it must not be reported as unknown. */
export function isLostName({ lost }: Module, name: string): boolean {
  return lost.has(name) || lost.has(anyName)
}

/** All declarations in their order; those in the body of a `for` are in its place. */
export function placed(declarations: readonly Declaration[], loops: readonly ForDeclaration[] = []): Placed[] {
  return declarations.flatMap((declaration) =>
    declaration.type === 'for' ? placed(declaration.body, [...loops, declaration]) : [{ declaration, loops }],
  )
}

/** The names that a declaration binds, with their spans. */
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

/** The sort of a declaration in words: `a stage`, `an operation`. */
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
