/** Second pass: works out every declaration of the entry file, and writes down the calls that come of it. */

import { parseExpression } from '../../../grammar/parse.ts'
import type { ExportDeclaration } from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { Json } from '../../core/json.ts'
import type { Catalogue } from '../../core/kind.ts'
import { type Entry, type Module, placed } from '../1-resolve/module.ts'
import * as artefacts from '../messages/artefacts.generated.ts'
import { unusedImport } from '../messages/imports.generated.ts'
import * as models from '../messages/models.generated.ts'
import { didYouMean } from '../messages/more.ts'
import * as names from '../messages/names.generated.ts'
import * as settings from '../messages/settings.generated.ts'
import * as sweeps from '../messages/sweeps.generated.ts'
import type { TypedProgram } from '../program.ts'
import { bindAll } from './declarations.ts'
import { warnDoubtful } from './doubtful.ts'
import { type Checker, type ElaborateModel, type Env, report } from './env.ts'
import { evaluate } from './evaluate.ts'
import { checkExpectation } from './expectation.ts'
import { checkExportPlaces, placeInProgram } from './export-places.ts'
import { checkFilter } from './filter.ts'
import { budgetFor, LimitReached } from './limits.ts'
import { chainOrder } from './order.ts'
import { addCall } from './record.ts'
import { reportSeveral } from './selection.ts'
import { unusedBindings } from './unused-bindings.ts'
import { inWords, kindInWords, toJson, type Value } from './values.ts'
import { checkLoops, choices, envIn, unusedVariables } from './variants.ts'

export interface CheckOptions {
  readonly catalogue: Catalogue
  readonly elaborateModel: ElaborateModel
  /** What `-p name=value` gave, as text. */
  readonly params: Readonly<Record<string, string>>
  /** The folder that paths given on the command line are relative to, relative to the program's folder. */
  readonly here: string
  /** What `std` modules declare, each name with its module. */
  standardNames(): ReadonlyMap<string, string>
  /** The real place of a path: absolute, and the same for all spellings of it. */
  place(path: string): string
  /** Every file the program is made of, the entry first. */
  readonly sources: readonly string[]
  /** Whether the first pass found nothing wrong. */
  readonly resolved: boolean
}

export interface Checked {
  readonly program: TypedProgram
  readonly diagnostics: readonly Diagnostic[]
}

/** Checks the program that `entry` is. */
export function check(entry: Module, modules: readonly Module[], options: CheckOptions): Checked {
  const given = new Map<string, Value>()
  const checker: Checker = {
    catalogue: options.catalogue,
    elaborateModel: options.elaborateModel,
    modules,
    entry,
    given,
    diagnostics: [],
    calls: [],
    exports: new Map(),
    budget: budgetFor(modules.reduce((sum, { text }) => sum + text.length, 0)),
    models: new Map(),
    variants: new Map(),
    rows: new Map(),
    dependencies: new Map(),
    shared: new Map(),
    open: [],
    used: new Set(),
    references: new Set(),
    numbers: new Map(),
    standardNames: options.standardNames,
    place: options.place,
  }
  const env = envIn(checker, entry, [], new Map(), '')
  try {
    checkAll(env, given, options)
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error
    if (error.diagnostic) checker.diagnostics.push(error.diagnostic)
  }
  // Where something is wrong, what seems unused may only be unreached.
  if (checker.diagnostics.every(({ severity }) => severity === 'warning') && options.resolved) {
    warnUnused(env)
    warnDoubtful(env, entry)
  }

  // Without a prototype, since a param may be called `__proto__`.
  const params: Record<string, Json> = Object.create(null)
  for (const declaration of entry.program.declarations) {
    const value = declaration.type === 'param' ? checker.variants.get(declaration)?.[0]?.values?.[0] : undefined
    const json = value && toJson(value)
    if (declaration.type === 'param' && json !== undefined) params[declaration.name.name] = json
  }
  const program: TypedProgram = {
    file: entry.file,
    calls: checker.calls,
    models: Object.fromEntries(checker.models),
    params,
    sources: options.sources,
  }
  return { program, diagnostics: once(checker.diagnostics) }
}

/** Works out all that the entry file declares, and looks at the other files. */
function checkAll(env: Env, given: Map<string, Value>, options: CheckOptions): void {
  const { checker } = env
  const { entry, modules } = checker
  takeParams(env, given, options)

  for (const bound of chainOrder(entry)) bindAll(env, bound)

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
  for (const module of modules) {
    checkLoops({ ...env, module }, module.program.declarations)
    for (const { declaration } of placed(module.program.declarations))
      if (declaration.type === 'filter') checkFilter({ ...env, module, within: declaration.name.name }, declaration)
  }
  checkExportPlaces(env, options.sources)
}

/** Reads the values of `-p name=value`: literals of the language, of the same kind as the param's default. */
function takeParams(env: Env, given: Map<string, Value>, options: CheckOptions): void {
  const { entry } = env.checker
  const declared = entry.program.declarations.filter((each) => each.type === 'param')
  for (const [name, text] of Object.entries(options.params)) {
    const param = declared.find((each) => each.name.name === name)
    if (param === undefined) {
      const at = declared[0]?.name.span ?? { file: entry.file, start: 0, end: 0 }
      const known = declared.map((each) => each.name.name)
      report(
        env,
        names.unknownParam(
          at,
          { name },
          didYouMean(name, known, declared.length === 0 ? 'It declares none.' : undefined),
        ),
      )
      continue
    }
    const before = env.checker.diagnostics.length
    const usual = evaluate(env, param.value)
    const { expression, problems } = parseExpression(`-p ${name}`, text)
    // A text needs no quotes on the command line, where shells take them away.
    const isLiteral = problems.length === 0 && expression.type !== 'name' && expression.type !== 'missing'
    const value: Value | undefined =
      usual.type === 'string' && (!isLiteral || expression.type !== 'string')
        ? { type: 'string', value: text, base: options.here }
        : isLiteral
          ? evaluate({ ...env, module: { ...entry, scope: new Map() } }, expression)
          : undefined
    // Whatever was said about the default is said again where the param is worked out.
    env.checker.diagnostics.length = before
    const fits = value !== undefined && (usual.type === 'unknown' || value.type === usual.type)
    if (fits) given.set(name, value.type === 'string' ? { ...value, base: options.here } : value)
    else {
      const problem =
        value === undefined || value.type === 'unknown'
          ? 'not a value'
          : `${inWords(value)}, and it is ${inWords(usual)}`
      report(env, names.wrongParam(param.span, { name, text, problem }))
    }
  }
}

function checkExport(env: Env, declaration: ExportDeclaration): void {
  const value = evaluate(env, declaration.value)
  const to = evaluate(env, declaration.to)
  if (to.type !== 'string' && to.type !== 'unknown')
    report(
      env,
      settings.wrongType(declaration.to.span, { setting: '`to`', expected: 'the path of a folder', got: inWords(to) }),
    )
  if (value.type === 'variants') {
    reportSeveral(env, value, declaration.value.span)
    return
  }
  if (value.type !== 'artefact') {
    if (value.type !== 'unknown') report(env, artefacts.notAnArtefact(declaration.value.span, { got: inWords(value) }))
    return
  }
  if (to.type !== 'string') return
  const as = declaration.as?.name
  const choices = exportSetting(env)
  if (as !== undefined && choices && !choices.includes(as)) {
    const words = { got: as, setting: 'as', choices: choices.join(', ') }
    report(env, settings.unknownChoice(declaration.as?.span ?? declaration.span, words, didYouMean(as, choices)))
    return
  }
  const kind = env.checker.catalogue.kinds.export
  const [role, spec] = Object.entries(kind?.inputs ?? {})[0] ?? ['of', undefined]
  if (spec && !spec.kinds.includes(value.artefact.kind)) {
    const words = { callee: 'export', expected: spec.kinds.map(kindInWords).join(' or '), got: inWords(value) }
    report(env, artefacts.wrongArtefact(declaration.value.span, words))
    return
  }
  const folder = to.value.replace(/(?<=.)\/+$/, '')
  const place = placeInProgram(env, folder)
  const first = env.checker.exports.get(place)
  if (first !== undefined) {
    const variables = Object.keys(env.variant?.values ?? {})
    const again = first.span.start === declaration.span.start && first.span.file === declaration.span.file
    const folders = `Give each variant a folder of its own: \`to "${folder}/${variables.map((each) => `{${each}}`).join('-')}"\`.`
    const more = again ? { help: folders } : { related: [{ span: first.span, label: 'exported there first' }] }
    report(env, artefacts.exportedTwice(declaration.to.span, { folder }, more))
    return
  }
  const format = as ?? kind?.settings.properties.as?.default
  const params = format === undefined ? {} : { as: format }
  const made = kind?.outputs({ inputs: { [role]: [value.artefact] }, params, names: 1, self: '' })
  if (made !== undefined && 'code' in made) {
    const more = { label: 'exported so', ...(made.help === undefined ? {} : { help: made.help }) }
    report(env, settings.invalidSetting(declaration.as?.span ?? declaration.span, { message: made.message }, more))
    return
  }
  env.checker.exports.set(place, declaration)
  addCall(env, {
    kind: 'export',
    boundTo: [],
    params,
    inputs: { [role]: [value.ref] },
    outputs: [{ name: 'out', type: { kind: 'Files' } }],
    span: declaration.span,
    settingSpans: { to: declaration.to.span },
    exportTo: folder,
  })
}

/** The formats that can be exported to, where the catalogue says so. */
function exportSetting(env: Env): readonly string[] | undefined {
  return env.checker.catalogue.kinds.export?.settings.properties.as?.enum
}

/** Names of the entry file that nothing reads. Data, tokenizers and stages are results in themselves. */
function warnUnused(env: Env): void {
  const { checker } = env
  for (const { name, span } of unusedVariables(env)) report(env, sweeps.unusedVariable(span, { name }))
  for (const { declaration } of placed(checker.entry.program.declarations))
    if (declaration.type === 'block' || declaration.type === 'model')
      for (const { name, span } of unusedBindings(declaration)) {
        // An unused weight in it was reported when a model was made of it.
        const known = checker.diagnostics.some(
          (each) => each.span.file === span.file && each.span.start >= span.start && each.span.end <= span.end,
        )
        if (!known) report(env, models.unusedBinding(name.span, { name: name.name, of: declaration.name.name }))
      }
  for (const entry of checker.entry.scope.values()) {
    if (checker.used.has(`${checker.entry.file}\n${entry.name}`) || isLost(entry)) continue
    if (entry.imported) report(env, unusedImport(entry.at, { name: entry.name }))
    else if (['let', 'param'].includes(entry.declaration?.type ?? ''))
      report(env, names.unusedName(entry.at, { name: entry.name }))
  }
}

/** Whether nothing is known of what a name stands for, which was reported. */
function isLost({ declaration, own }: Entry): boolean {
  return declaration === undefined && own === undefined
}

/** What an operation called twice reports twice, once. */
function once(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>()
  return diagnostics.filter(({ code, message, span }) => {
    const key = `${code} ${span.file} ${span.start} ${span.end} ${message}`
    return !seen.has(key) && seen.add(key)
  })
}
