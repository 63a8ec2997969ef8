/** The environment of an expression: the state of the checker, the module, and the names in reach. */

import type { Span } from '../../../grammar/span.ts'
import type {
  BlockDeclaration,
  Enclosure,
  ExportDeclaration,
  Expression,
  ModelDeclaration,
} from '../../../grammar/syntax.ts'
import type { ArtefactTypeOf } from '../../core/artefact.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Catalogue } from '../../core/kind/kind.ts'
import type { FilePattern } from '../../core/plan.ts'
import type { Variant } from '../../core/variant.ts'
import type { ModelSpec } from '../../model/spec.ts'
import type { Module, ModuleEntry } from '../1-resolve/module.ts'
import type { FactRecorder } from '../facts.ts'
import type { CheckedCall } from '../program.ts'
import { type Budget, limitDiagnostics } from './limits.ts'
import type { Reuse } from './reuse.ts'
import type { VariantValues } from './sweeps/variants.ts'
import type { Value } from './values/values.ts'

/** An argument of an architecture. */
export type ModelArgument = number | boolean | string | { readonly symbol: 'vocab' }

export interface ModelScope {
  /** The blocks that the file of the architecture declares or imports. */
  readonly blocks: ReadonlyMap<string, BlockDeclaration>
  /** The block that a name stands for in the file `from`. */
  resolve(name: string, from: string): BlockDeclaration | undefined
}

/**
 * Makes a tensor graph of an architecture and its arguments. The checker receives this third pass as a function, so that it does not
 * import it.
 */
export type ElaborateModel = (
  declaration: ModelDeclaration,
  scope: ModelScope,
  args: ReadonlyMap<string, ModelArgument>,
  at: Span,
) => Elaborated

export interface Elaborated {
  /** Absent if there is an error. */
  readonly spec?: ModelSpec
  readonly diagnostics: readonly Diagnostic[]
  /** The shapes of the tensors that the names in bodies are bound to, by the spans of the names. */
  readonly shapes?: ReadonlyMap<Span, ReadonlySet<string>>
}

/** The state of one check of one program. */
export interface Checker {
  readonly catalogue: Catalogue
  readonly elaborateModel: ElaborateModel
  readonly modules: readonly Module[]
  readonly entry: Module
  /** The values that the command line gives to params, by their declarations. */
  readonly given: ReadonlyMap<object, Value>
  readonly diagnostics: Diagnostic[]
  readonly facts: FactRecorder
  readonly calls: CheckedCall[]
  /** Exports by the real path of their folder. */
  readonly exports: Map<string, ExportDeclaration>
  readonly budget: Budget
  readonly models: Map<string, ModelSpec>
  /** The type of each tokenizer, as its declaration makes it. */
  readonly tokenizers: Map<string, ArtefactTypeOf<'Tokenizer'>>
  /** The variants of each declaration: one for each choice of the variables that it depends on, and a single one outside of every `for`. */
  readonly variants: Map<ModuleEntry['declaration'] & object, readonly VariantValues[]>
  /** The choices of values of each `for` and branch, combined with those of the `for`s around it. */
  readonly rows: Map<Enclosure, readonly Row[] | 'open' | 'failed'>
  /** The variables of `for`s that a node of the tree depends on. */
  readonly dependencies: Map<object, ReadonlySet<string>>
  /** The values of unnamed calls in a `for`, by their span and the values they depend on. Several variants can share a call. */
  readonly shared: Map<string, readonly Value[]>
  /** The declarations under evaluation, from the outermost. */
  readonly open: { readonly declaration: object; readonly name: string; readonly span: Span }[]
  /**
   * The names that something reads, as `file
   * name`.
   */
  readonly used: Set<string>
  /** The references of outputs so far. */
  readonly references: Set<string>
  /** For each reference that occurs more than once, the next number to try behind it. */
  readonly numbers: Map<string, number>
  /** The evaluations of an earlier check that still hold, and those of this one. */
  readonly reuse: Reuse
  /** The names that all standard modules declare, each with its module. */
  standardNames(): ReadonlyMap<string, string>
  /** The real place of a path: absolute, and the same for all spellings of it. */
  place(path: string): string
}

/** The value of a variable of a `for`. */
export interface LoopValue {
  readonly value: Value
  /** The value as it is written in the name of a variant. */
  readonly text: string
  readonly span: Span
}

/** A choice of values for variables, in the order of their clauses. */
export type Row = ReadonlyMap<string, LoopValue>

/** The `for`s and branches that enclose an expression, and the choice of values that it is evaluated for. */
export interface Loop {
  readonly loops: readonly Enclosure[]
  readonly row: Row
  /** The enclosing declaration, without values: `base`. */
  readonly name: string
}

/** An expression with the names in reach of it, and its value once it has been evaluated. */
export interface Thunk {
  readonly span: Span
  readonly expression?: Expression
  readonly env?: Env
  value?: Value
  /** The span of the parameter or the variable that stands for the expression. */
  declared?: Span
}

export interface Env {
  readonly checker: Checker
  readonly module: Module
  /** Parameters of the enclosing `op` or `filter`, or variables of the enclosing `for`s. */
  readonly locals: ReadonlyMap<string, Thunk>
  /** Absent outside of every `for`, and in the body of an operation that is called inside one. */
  readonly loop: Loop | undefined
  /** The variant that new calls belong to. */
  readonly variant: Variant | undefined
  /** The enclosing declaration: `base`, `train,held_out`. */
  readonly within: string
  /** Collects the files that `list(…)` names, in a condition of a kind that can read them. */
  readonly lists?: FilePattern[]
  /** The calls of operations that lead to the expression, for messages. */
  readonly through: readonly { readonly span: Span; readonly name: string; readonly declaration: object }[]
}

/** Reports a diagnostic, with notes at the calls of operations that lead to the place. */
export function report(env: Env, diagnostic: Diagnostic): void {
  const through = env.through.map(({ span, name }) => ({ span, label: `in this call of \`${name}\`` }))
  const related = [...(diagnostic.related ?? []), ...through.reverse()]
  env.checker.diagnostics.push(related.length === 0 ? diagnostic : { ...diagnostic, related })
  notReusable(env.checker)
  limitDiagnostics(env)
}

/** Records that the evaluation under way depends on more than the declarations that it needs, so that a later check has to repeat it. */
export function notReusable({ reuse }: Checker): void {
  const frame = reuse.frames.at(-1)
  if (frame !== undefined) frame.isReusable = false
}

/** Records that something reads a name of a file. */
export function markUsed({ used, reuse }: Checker, file: string, name: string): void {
  const key = `${file}\n${name}`
  used.add(key)
  reuse.frames.at(-1)?.used.add(key)
}

/** The entry of a name that is used at a place; the name counts as used from now on. */
export function lookUp({ module, checker }: Env, name: string, at: Span): ModuleEntry | undefined {
  const entry = module.scope.get(name)
  if (entry === undefined) return undefined
  markUsed(checker, module.file, name)
  checker.facts.reference(at, name, entry)
  return entry
}

/** The parameter or the variable of a `for` that a name stands for at a place. */
export function lookUpLocal({ locals, checker }: Env, name: string, at: Span): Thunk | undefined {
  const local = locals.get(name)
  if (local !== undefined) checker.facts.referenceToLocal(at, name, local.declared)
  return local
}

/** The source text of a span. */
export function sourceOf(env: Env, span: Span): string {
  const module = env.checker.modules.find((each) => each.file === span.file)
  return module === undefined ? '' : module.text.slice(span.start, span.end)
}

/** The folder of a module relative to the program's folder: `.` for files beside it. */
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
