/** Second pass: evaluates every declaration of the entry file, and lists the calls of stage kinds that result. */

import type { TestDeclaration } from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Catalogue } from '../../core/kind/kind.ts'
import type { Json } from '../../core/values/json.ts'
import type { ModelSpec } from '../../model/spec.ts'
import { entriesOf, type Module, moduleOfTest, placed } from '../1-resolve/module.ts'
import { FactRecorder, type Facts } from '../facts.ts'
import { testWithoutExpectation } from '../messages/artefacts.generated.ts'
import { duplicateName } from '../messages/names.generated.ts'
import type { CheckedCall, TypedProgram } from '../program.ts'
import { checkFilter } from './calls/filter.ts'
import { checkStatedTypes } from './calls/stated-types.ts'
import { bindAll } from './declarations.ts'
import { warnDoubtful } from './doubtful.ts'
import { type Checker, type ElaborateModel, type Env, report } from './env.ts'
import { budgetFor, LimitReached } from './limits.ts'
import { chainOrder } from './order.ts'
import { takeParams } from './params.ts'
import { checkExpectation } from './results/expectation.ts'
import { checkExport } from './results/export.ts'
import { checkExportPlaces } from './results/export-places.ts'
import { type CheckMemory, NotAsBefore, type Previous, Reuse } from './reuse.ts'
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
  /** The npm packages whose modules the program uses. */
  readonly packages: TypedProgram['packages']
  /** Whether the first pass found no errors. */
  readonly resolved: boolean
  /** Whether the program consists of the tests of the entry file, rather than of its other declarations. */
  readonly tests: boolean
  /** The memory that an earlier check of the program left behind; this check replaces it. */
  readonly memory?: CheckMemory | undefined
}

export interface Checked {
  readonly program: TypedProgram
  readonly facts: Facts
  readonly diagnostics: readonly Diagnostic[]
}

/** Checks the program whose entry file is `entry`. */
export function check(entry: Module, modules: readonly Module[], options: CheckOptions): Checked {
  const { memory } = options
  const previous = memory?.previous
  if (memory !== undefined) memory.previous = undefined
  try {
    return checkOnce(entry, modules, options, previous)
  } catch (error) {
    if (!(error instanceof NotAsBefore)) throw error
    return checkOnce(entry, modules, options, undefined)
  }
}

function checkOnce(
  entry: Module,
  modules: readonly Module[],
  options: CheckOptions,
  previous: Previous | undefined,
): Checked {
  const given = new Map<object, Value>()
  const checker = newChecker(entry, modules, given, new Reuse(entry, modules, previous), options)
  const env = envIn(checker, entry, [], new Map(), '')
  let own = 0
  let isComplete = true
  try {
    takeParams(env, given, options)
    if (!options.tests) checkAll(env, options)
    own = checker.calls.length
    for (const test of testsOf(entry)) checkTest(env, test)
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
    isComplete = false
    if (checker.reuse.isActive) throw new NotAsBefore()
    if (error.diagnostic) checker.diagnostics.push(error.diagnostic)
  }
  // In a program with errors, names that seem unused may only be unreached.
  if (checker.diagnostics.every(({ severity }) => severity === 'warning') && options.resolved) {
    warnUnused(env)
    warnDoubtful(env, entry)
  }
  if (options.memory !== undefined && isComplete) options.memory.previous = checker.reuse.end(modules)
  const program: TypedProgram = {
    file: entry.file,
    // The calls of tests are checked with the program, and are a part of the plan of its tests only.
    calls: options.tests ? checker.calls : checker.calls.slice(0, own),
    models: Object.fromEntries(checker.models),
    params: paramsOf(checker),
    sources: options.sources,
    packages: options.packages.map(({ name, version }) => ({ name, version })),
  }
  return { program, facts: checker.facts, diagnostics: distinct(checker.diagnostics) }
}

function newChecker(
  entry: Module,
  modules: readonly Module[],
  given: ReadonlyMap<object, Value>,
  reuse: Reuse,
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
    reuse,
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
function checkAll(env: Env, options: CheckOptions): void {
  const { entry, modules } = env.checker
  for (const bound of chainOrder(entry)) bindAll(env, bound)
  checkDeclarations(env, entry)
  for (const module of modules) {
    checkLoops({ ...env, module }, module.program.declarations)
    checkStatedTypes({ ...env, module }, module.program.declarations)
    for (const { declaration } of placed(module.program.declarations))
      if (declaration.type === 'filter') checkFilter({ ...env, module, within: declaration.name.name }, declaration)
  }
  checkExportPlaces(env, options.sources)
}

/** The tests of a module, in their order. */
function testsOf({ program }: Module): TestDeclaration[] {
  return program.declarations.filter((declaration) => declaration.type === 'test')
}

/** Evaluates all that a test declares. */
function checkTest(env: Env, test: TestDeclaration): void {
  const module = moduleOfTest(env.module, test, ({ name, at }, first) => {
    report(env, duplicateName(at, { name }, { related: [{ span: first.at, label: 'first here' }] }))
  })
  const inside: Env = { ...env, module }
  if (placed(test.body).every(({ declaration }) => declaration.type !== 'expect'))
    report(inside, testWithoutExpectation(test.name.span))
  checkDeclarations(inside, module)
  checkLoops(inside, test.body)
  checkStatedTypes(inside, test.body)
  for (const { declaration } of placed(test.body))
    if (declaration.type === 'filter') checkFilter({ ...inside, within: declaration.name.name }, declaration)
}

function checkDeclarations(env: Env, module: Module): void {
  const { checker } = env
  let unnamed = 0
  for (const { declaration, loops } of placed(module.program.declarations)) {
    switch (declaration.type) {
      case 'param':
      case 'let':
      case 'binding': {
        const name = declaration.type === 'binding' ? declaration.names[0]?.name : declaration.name.name
        const bound = name === undefined ? undefined : module.scope.get(name)
        if (bound && entriesOf(bound).some((each) => each.declaration === declaration)) bindAll(env, bound)
        break
      }
      case 'expect':
      case 'export': {
        const name = `${declaration.type}${++unnamed}`
        for (const row of choices(checker, module, loops, declaration) ?? []) {
          const home = envIn(checker, module, loops, row, name)
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
