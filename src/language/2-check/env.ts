/** What is known at a place in the program: the checker's state, the module, the names in reach. */

import type { Span } from '../../../grammar/span.ts'
import type {
  BlockDeclaration,
  ExportDeclaration,
  Expression,
  ForDeclaration,
  ModelDeclaration,
} from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Catalogue } from '../../core/kind.ts'
import type { Variant } from '../../core/variant.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { Module, ModuleEntry } from '../1-resolve/module.ts'
import type { CheckedCall } from '../program.ts'
import { type Budget, limitDiagnostics } from './limits.ts'
import type { VariantValues } from './sweeps/variants.ts'
import type { Value } from './values/values.ts'

/** What an architecture can be given. */
export type ModelArgument = number | boolean | string | { readonly symbol: 'vocab' }

export interface ModelScope {
  /** Blocks in reach of the architecture's file. */
  readonly blocks: ReadonlyMap<string, BlockDeclaration>
  /** The block that a name means in the file `from`. */
  resolve(name: string, from: string): BlockDeclaration | undefined
}

/** The third pass, handed in: an architecture with its arguments becomes a tensor graph. */
export type ElaborateModel = (
  declaration: ModelDeclaration,
  scope: ModelScope,
  args: ReadonlyMap<string, ModelArgument>,
  at: Span,
) => { readonly spec?: ModelSpec; readonly diagnostics: readonly Diagnostic[] }

/** One check of one program: what is found out on the way. */
export interface Checker {
  readonly catalogue: Catalogue
  readonly elaborateModel: ElaborateModel
  readonly modules: readonly Module[]
  readonly entry: Module
  /** Values given on the command line, already evaluated. */
  readonly given: ReadonlyMap<string, Value>
  readonly diagnostics: Diagnostic[]
  readonly calls: CheckedCall[]
  /** The exports, by the place they go to. */
  readonly exports: Map<string, ExportDeclaration>
  readonly budget: Budget
  readonly models: Map<string, ModelSpec>
  /** Declarations with what they are for each choice of the variables of the `for`s they stand in; one where they stand in none. */
  readonly variants: Map<ModuleEntry['declaration'] & object, readonly VariantValues[]>
  /** The choices that each `for` makes, together with those around it. */
  readonly rows: Map<ForDeclaration, readonly Row[] | 'open' | 'failed'>
  /** The variables of `for`s that pieces of the tree depend on. */
  readonly dependencies: Map<object, ReadonlySet<string>>
  /** Values of unnamed calls in a `for`, by place and the values they depend on: the same for several variants. */
  readonly shared: Map<string, readonly Value[]>
  /** Declarations whose value is being worked out, from the outermost. */
  readonly open: { readonly declaration: object; readonly name: string; readonly span: Span }[]
  /** Entries that something reads. */
  readonly used: Set<string>
  /** References of outputs that are taken. */
  readonly references: Set<string>
  /** The number from which a reference that is taken is tried with one behind it. */
  readonly numbers: Map<string, number>
  /** What `std` modules declare, whether imported or not, each name with its module. */
  standardNames(): ReadonlyMap<string, string>
  /** The real place of a path: absolute, and the same for all spellings of it. */
  place(path: string): string
}

/** The value of a variable of a `for`. */
export interface LoopValue {
  readonly value: Value
  /** As it stands in the name of a variant. */
  readonly text: string
  readonly span: Span
}

/** A choice of values for variables, in the order of their clauses. */
export type Row = ReadonlyMap<string, LoopValue>

/** Where an expression stands in `for`s, and for which choice of their variables it is worked out. */
export interface Loop {
  readonly loops: readonly ForDeclaration[]
  readonly row: Row
  /** The declaration it is in, without its values: `base`. */
  readonly name: string
}

/** An expression with the names in reach of it, and its value once somebody wanted it. */
export interface Thunk {
  readonly span: Span
  readonly expression?: Expression
  readonly env?: Env
  value?: Value
}

export interface Env {
  readonly checker: Checker
  readonly module: Module
  /** Parameters of the `op` or `filter` it stands in, or variables of `for`s. */
  readonly locals: ReadonlyMap<string, Thunk>
  /** Absent outside of every `for`, also in an operation that is called from inside. */
  readonly loop: Loop | undefined
  /** What calls that are written down are variants of. */
  readonly variant: Variant | undefined
  /** The declaration it stands in: `base`, `train,held_out`. */
  readonly within: string
  /** The calls of operations it was reached through, for messages. */
  readonly through: readonly { readonly span: Span; readonly name: string; readonly declaration: object }[]
}

/** Reports, pointing at the calls that led here too. */
export function report(env: Env, diagnostic: Diagnostic): void {
  const through = env.through.map(({ span, name }) => ({ span, label: `in this call of \`${name}\`` }))
  const related = [...(diagnostic.related ?? []), ...through.reverse()]
  env.checker.diagnostics.push(related.length === 0 ? diagnostic : { ...diagnostic, related })
  limitDiagnostics(env)
}

/** What a name stands for in the module, noting that it is used. */
export function lookUp(env: Env, name: string): ModuleEntry | undefined {
  const entry = env.module.scope.get(name)
  if (entry !== undefined) env.checker.used.add(`${env.module.file}\n${name}`)
  return entry
}

/** The source text of a span. */
export function sourceOf(env: Env, span: Span): string {
  const module = env.checker.modules.find((each) => each.file === span.file)
  return module === undefined ? '' : module.text.slice(span.start, span.end)
}

/** The folder of a module, relative to the program's: `.` for files beside it. */
export function folderOf(env: Env): string {
  return relativeFolder(env.checker.entry.file, env.module.file)
}

function relativeFolder(entry: string, file: string): string {
  const from = entry.split('/').slice(0, -1)
  const to = file.split('/').slice(0, -1)
  while (from.length > 0 && to.length > 0 && from[0] === to[0]) {
    from.shift()
    to.shift()
  }
  return [...from.map(() => '..'), ...to].join('/') || '.'
}
