/** Second pass: evaluates every declaration of the entry file, and lists the calls of stage kinds that result. */

import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Catalogue } from '../../core/kind/kind.ts'
import type { Json } from '../../core/values/json.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { type Module, placed } from '../1-resolve/module.ts'
import { FactRecorder, type Facts } from '../facts.ts'
import type { CheckedCall, TypedProgram } from '../program.ts'
import { checkFilter } from './calls/filter.ts'
import { bindAll } from './declarations.ts'
import { warnDoubtful } from './doubtful.ts'
import type { Checker, ElaborateModel, Env } from './env.ts'
import { budgetFor, LimitReached } from './limits.ts'
import { chainOrder } from './order.ts'
import { takeParams } from './params.ts'
import { checkExpectation } from './results/expectation.ts'
import { checkExport } from './results/export.ts'
import { checkExportPlaces } from './results/export-places.ts'
import { checkLoops, choices, envIn } from './sweeps/variants.ts'
import { warnUnused } from './unused.ts'
import { toJson, type Value } from './values/values.ts'

export interface CheckOptions {
  readonly catalogue: Catalogue
  readonly elaborateModel: ElaborateModel
  /** The values that `-p name=value` gives, as text. */
  readonly params: Readonly<Record<string, string>>
  /** The folder that paths on the command line are relative to, relative to the program's folder. */
  readonly here: string
  /** The names that `std` modules declare, each with its module. */
  standardNames(): ReadonlyMap<string, string>
  /** The real place of a path: absolute, and the same for all spellings of it. */
  place(path: string): string
  /** Every file of the program, the entry first. */
  readonly sources: readonly string[]
  /** Whether the first pass found no errors. */
  readonly resolved: boolean
}

export interface Checked {
  readonly program: TypedProgram
  readonly facts: Facts
  readonly diagnostics: readonly Diagnostic[]
}

/** Checks the program whose entry file is `entry`. */
export function check(entry: Module, modules: readonly Module[], options: CheckOptions): Checked {
  const given = new Map<string, Value>()
  const checker = newChecker(entry, modules, given, options)
  const env = envIn(checker, entry, [], new Map(), '')
  try {
    checkAll(env, given, options)
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
    if (error.diagnostic) checker.diagnostics.push(error.diagnostic)
  }
  // In a program with errors, names that seem unused may only be unreached.
  if (checker.diagnostics.every(({ severity }) => severity === 'warning') && options.resolved) {
    warnUnused(env)
    warnDoubtful(env, entry)
  }
  const program: TypedProgram = {
    file: entry.file,
    calls: checker.calls,
    models: Object.fromEntries(checker.models),
    params: paramsOf(checker),
    sources: options.sources,
  }
  return { program, facts: checker.facts, diagnostics: distinct(checker.diagnostics) }
}

function newChecker(
  entry: Module,
  modules: readonly Module[],
  given: ReadonlyMap<string, Value>,
  { catalogue, elaborateModel, standardNames, place }: CheckOptions,
): Checker {
  const calls: CheckedCall[] = []
  const models = new Map<string, ModelSpec>()
  return {
    catalogue,
    elaborateModel,
    modules,
    entry,
    given,
    diagnostics: [],
    facts: new FactRecorder(modules, { calls, models }),
    calls,
    exports: new Map(),
    budget: budgetFor(modules.reduce((sum, { text }) => sum + text.length, 0)),
    models,
    tokenizers: new Map(),
    variants: new Map(),
    rows: new Map(),
    dependencies: new Map(),
    shared: new Map(),
    open: [],
    used: new Set(),
    references: new Set(),
    numbers: new Map(),
    standardNames,
    place,
  }
}

/** The values of the params of the entry file. */
function paramsOf({ entry, variants }: Checker): Record<string, Json> {
  // Without a prototype, since a param may be called `__proto__`.
  const params: Record<string, Json> = Object.create(null)
  for (const declaration of entry.program.declarations) {
    if (declaration.type !== 'param') continue
    const value = variants.get(declaration)?.[0]?.values?.[0]
    const json = value && toJson(value)
    if (json !== undefined) params[declaration.name.name] = json
  }
  return params
}

/** Evaluates all that the entry file declares, and checks the filters and `for`s of every file. */
function checkAll(env: Env, given: Map<string, Value>, options: CheckOptions): void {
  const { entry, modules } = env.checker
  takeParams(env, given, options)
  for (const bound of chainOrder(entry)) bindAll(env, bound)
  checkDeclarations(env)
  for (const module of modules) {
    checkLoops({ ...env, module }, module.program.declarations)
    for (const { declaration } of placed(module.program.declarations))
      if (declaration.type === 'filter') checkFilter({ ...env, module, within: declaration.name.name }, declaration)
  }
  checkExportPlaces(env, options.sources)
}

function checkDeclarations(env: Env): void {
  const { checker } = env
  const { entry } = checker
  let unnamed = 0
  for (const { declaration, loops } of placed(entry.program.declarations)) {
    switch (declaration.type) {
      case 'param':
      case 'let':
      case 'binding': {
        const name = declaration.type === 'binding' ? declaration.names[0]?.name : declaration.name.name
        const bound = name === undefined ? undefined : entry.scope.get(name)
        if (bound?.declaration === declaration) bindAll(env, bound)
        break
      }
      case 'expect':
      case 'export': {
        const name = `${declaration.type}${++unnamed}`
        for (const row of choices(checker, entry, loops, declaration) ?? []) {
          const home = envIn(checker, entry, loops, row, name)
          if (declaration.type === 'expect') checkExpectation(home, declaration.test)
          else checkExport(home, declaration)
        }
        break
      }
    }
  }
}

/** Diagnostics without repetitions: an operation that is called twice reports its errors twice. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>()
  return diagnostics.filter(({ code, message, span }) => {
    const key = `${code} ${span.file} ${span.start} ${span.end} ${message}`
    return !seen.has(key) && seen.add(key)
  })
}
