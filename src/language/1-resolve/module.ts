/** A module is one source file with the meaning of every name in it. */

import { anyName } from '../../../grammar/pieces.ts'
import type { Span } from '../../../grammar/span.ts'
import type {
  BindingDeclaration,
  Branch,
  Declaration,
  Enclosure,
  ForDeclaration,
  IfDeclaration,
  Program,
  TestDeclaration,
} from '../../../grammar/syntax.ts'
import type { StageKind } from '../../core/kind/kind.ts'

/** A declaration that contains no others. */
export type PlainDeclaration = Exclude<Declaration, ForDeclaration | IfDeclaration | TestDeclaration>

export type NamedDeclaration = Exclude<PlainDeclaration, { readonly type: 'use' | 'expect' | 'export' }>

/** A declaration, and the `for`s and branches of `if`s that enclose it, from the outermost. */
export interface Placed {
  readonly declaration: PlainDeclaration
  readonly loops: readonly Enclosure[]
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
  /** The `for`s and branches that enclose the declaration, from the outermost. */
  readonly loops: readonly Enclosure[]
  /** Other declarations of the name, in other branches of the same `if`s: at most one of them is made. */
  readonly others?: ModuleEntry[]
}

/** The declarations of a name: one, or several in different branches of an `if`. */
export function entriesOf(entry: ModuleEntry): readonly ModuleEntry[] {
  return [entry, ...(entry.others ?? [])]
}

/**
 * The body of a test as a module of its own: it sees the names of its file, and the file does not see its names. `report` gets an entry
 * whose name is taken, with the first of the name.
 */
export function moduleOfTest(
  module: Module,
  test: TestDeclaration,
  report: (entry: ModuleEntry, first: ModuleEntry) => void,
): Module {
  const { body, name, span } = test
  const scope = new Map(module.scope)
  const inside: Module = {
    ...module,
    program: { ...module.program, declarations: body, span },
    scope,
    test: name.text,
  }
  for (const { declaration, loops } of placed(body)) {
    if (declaration.type === 'use') continue
    for (const { name: bound, span: at } of namesOf(declaration)) {
      const entry: ModuleEntry = {
        name: bound,
        original: bound,
        at,
        declaration: declaration as NamedDeclaration,
        home: inside,
        imported: false,
        loops,
      }
      const first = scope.get(bound)
      if (bound === '') continue
      if (first === undefined) scope.set(bound, { ...entry, others: [] })
      else if (entriesOf(first).every((each) => areExclusive(each.loops, loops))) first.others?.push(entry)
      else report(entry, first)
    }
  }
  return inside
}

export interface Module {
  /** A path, or `std:clean`. */
  readonly file: string
  readonly text: string
  readonly program: Program
  readonly scope: Map<string, ModuleEntry>
  /** Names that unreadable declarations seem to bind. */
  readonly lost: ReadonlySet<string>
  /** The name of the test, if the module is the body of one. */
  readonly test?: string
}

/** Whether an unreadable declaration may bind a name, so that it must not be reported as unknown. */
export function isLostName({ lost }: Module, name: string): boolean {
  return lost.has(name) || lost.has(anyName)
}

/** All declarations in their order; those in the body of a `for` or an `if` are in its place, and those of tests are left out. */
export function placed(declarations: readonly Declaration[], loops: readonly Enclosure[] = []): Placed[] {
  return declarations.flatMap((declaration) => {
    const enclosures = enclosuresOf(declaration)
    return isPlain(declaration)
      ? [{ declaration, loops }]
      : enclosures.flatMap((enclosure) => placed(enclosure.body, [...loops, enclosure]))
  })
}

function isPlain(declaration: Declaration): declaration is PlainDeclaration {
  return declaration.type !== 'for' && declaration.type !== 'if' && declaration.type !== 'test'
}

/** The parts of a declaration that hold other declarations: the `for` itself, or the branches of an `if`. */
export function enclosuresOf(declaration: Declaration): readonly Enclosure[] {
  if (declaration.type === 'for') return [declaration]
  return declaration.type === 'if' ? declaration.branches : []
}

/** The names that an enclosure binds for the declarations in it: the variables of a `for`. */
export function clausesOf(enclosure: Enclosure): ForDeclaration['clauses'] {
  return enclosure.type === 'for' ? enclosure.clauses : []
}

/** Whether at most one of two declarations is made, since they are in different branches of an `if`. */
export function areExclusive(a: readonly Enclosure[], b: readonly Enclosure[]): boolean {
  return a.some((one, at) => {
    const other = b[at]
    return one.type === 'branch' && other?.type === 'branch' && one.holds !== other.holds && isSameIf(one, other)
  })
}

function isSameIf(a: Branch, b: Branch): boolean {
  return a.condition.span.start === b.condition.span.start
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
    case 'function':
      return 'a function'
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
