/** Calls of operations, filters, architectures and stage kinds. */

import { nearest } from '../../../../grammar/nearest.ts'
import type { Span } from '../../../../grammar/span.ts'
import type { CallExpression, FunctionDeclaration, OpDeclaration } from '../../../../grammar/syntax.ts'
import { mixName } from '../../../core/kind/mixture.ts'
import { numberFunctions } from '../../../core/values/number-functions.ts'
import { isLostName, whatIs } from '../../1-resolve/module.ts'
import { wrongKeyword } from '../../messages/artefacts.generated.ts'
import { callElsewhere } from '../../messages/habits.ts'
import { didYouMean, type More } from '../../messages/more.ts'
import * as names from '../../messages/names.generated.ts'
import * as settings from '../../messages/settings.generated.ts'
import { type Env, lookUp, report, type Thunk } from '../env.ts'
import { evaluateBound, force } from '../evaluate.ts'
import { maxCallDepth } from '../limits.ts'
import { callArchitecture } from '../models/model.ts'
import { inWords, unknown, type Value } from '../values/values.ts'
import { callFilter } from './filter.ts'
import { callKind } from './kind-call.ts'
import { callNumberFunction } from './number-function.ts'
import { bindParameters } from './parameters.ts'

/** The values of a call, one for each of its outputs. `piped`: the left side of its pipe. */
export function evaluateCall(
  env: Env,
  call: CallExpression,
  piped: Thunk | undefined,
  boundTo: readonly string[],
  span: Span,
): readonly Value[] {
  const values = callByName(env, call, piped, boundTo, span)
  // If the call itself is wrong, nothing has evaluated the piped expression, which may have errors of its own.
  if (piped && values[0]?.type === 'unknown') force(piped)
  return values
}

/** The declarations that can be called. */
const callableDeclarations: ReadonlySet<string> = new Set(['op', 'function', 'filter', 'model'])

function callByName(
  env: Env,
  call: CallExpression,
  piped: Thunk | undefined,
  boundTo: readonly string[],
  span: Span,
): readonly Value[] {
  const { name } = call.callee
  // What stands in place of the call was reported.
  if (name === '') return [unknown]
  const { kinds } = env.checker.catalogue
  const found = env.module.scope.get(name)
  const isCallable = found?.custom !== undefined || callableDeclarations.has(found?.declaration?.type ?? '')
  // A call of a stage kind does not use a binding of the same name.
  const entry = isCallable || !Object.hasOwn(kinds, name) ? lookUp(env, name, call.callee.span) : undefined
  const declaration = entry?.declaration
  if (entry && declaration) {
    if (declaration.type === 'op' || declaration.type === 'function')
      return callOp(env, declaration, call, piped, boundTo, entry.home)
    if (declaration.type === 'filter') return [callFilter(env, declaration, call, piped, boundTo, entry.home)]
    if (declaration.type === 'model') return [callArchitecture(env, declaration, call, piped, entry.home)]
  }
  if (entry?.custom) return callKind(env, entry.custom, call, piped, boundTo, span)
  // A binding may have the name of a stage kind (`data prompts = pairs |> prompts()`); the parentheses of a call refer to the kind.
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined
  if (kind !== undefined) return callKind(env, kind, call, piped, boundTo, span)
  if (isGroup(env, name)) return [{ type: 'group', call, env }]
  if (entry === undefined && Object.hasOwn(numberFunctions, name)) return [callNumberFunction(env, call, piped)]
  if (entry !== undefined || env.locals.has(name)) {
    if (declaration !== undefined) {
      const related = [{ span: entry?.at ?? call.callee.span, label: 'declared here' }]
      report(env, names.notCallable(call.callee.span, { name, what: whatIs(declaration) }, { related }))
    } else if (entry === undefined) report(env, names.notCallable(call.callee.span, { name, what: 'a parameter' }))
    return [unknown]
  }
  if (!isLostName(env.module, name)) {
    const callable = [...env.module.scope.values()].filter(
      (each) => each.custom !== undefined || callableDeclarations.has(each.declaration?.type ?? ''),
    )
    const known = [...Object.keys(kinds), ...Object.keys(numberFunctions), ...callable.map((each) => each.name)]
    const elsewhere = env.checker.standardNames().has(name) ? undefined : callElsewhere(name)
    const more =
      elsewhere === undefined
        ? (importOf(env, name) ?? didYouMean(name, known, wayToImport(env, name)))
        : { help: elsewhere }
    report(env, names.unknownCall(call.callee.span, { name }, more))
  }
  return [unknown]
}

/** The help for a call that a standard module declares, or that has a name similar to one. */
function wayToImport(env: Env, name: string): string {
  const standard = env.checker.standardNames()
  const meant = standard.has(name) ? name : nearest(name, standard.keys())
  if (meant === undefined) return 'It may have to be imported with `use`.'
  const question = meant === name ? '' : `Did you mean \`${meant}\`? `
  return `${question}Import it: \`use ${standard.get(meant)} { ${meant} }\`.`
}

/** The help for a name that a standard module declares; `undefined` if none does. */
export function importOf(env: Env, name: string): More | undefined {
  const module = env.checker.standardNames().get(name)
  if (module === undefined) return undefined
  return { help: `Import it: \`use ${module} { ${name} }\`.`, fix: { type: 'import', module, name } }
}

/** Whether some setting takes a group of values of this name, or some input a mixture. */
export function isGroup(env: Env, name: string): boolean {
  if (name === mixName) return true
  for (const kind of Object.values(env.checker.catalogue.kinds))
    for (const setting of Object.values(kind.settings.properties))
      if (setting.calls && Object.hasOwn(setting.calls, name)) return true
  return false
}

/**
 * Whether an operation or a filter is called in its own body, which is reported. An argument is evaluated inside of the operation, but
 * was written outside: `docs |> tidy() |> tidy()` does not call itself.
 */
export function callsItself(env: Env, declaration: object, name: string, span: Span): boolean {
  const from = env.through.findIndex((each) => each.declaration === declaration)
  if (from === -1) return false
  const chain = [...env.through.slice(from).map((each) => each.name), name].map((each) => `\`${each}\``).join(' → ')
  report(env, names.cyclicDefinition(span, { name, chain }))
  return true
}

/** Calls an operation or a function: its body is evaluated with its arguments. */
function callOp(
  env: Env,
  declaration: OpDeclaration | FunctionDeclaration,
  call: CallExpression,
  piped: Thunk | undefined,
  boundTo: readonly string[],
  home: Env['module'],
): readonly Value[] {
  const name = declaration.name.name
  if (callsItself(env, declaration, name, call.callee.span)) return [unknown]
  if (env.through.length >= maxCallDepth) {
    report(env, settings.callsTooDeep(call.callee.span, { most: `${maxCallDepth}` }))
    return [unknown]
  }
  const through = [...env.through, { span: call.callee.span, name, declaration }]
  const inside: Env = { ...env, module: home, loop: undefined, through }
  const locals = bindParameters(env, inside, name, declaration.parameters, call, piped)
  if (locals === undefined) return [unknown]
  const values = evaluateBound({ ...inside, locals }, declaration.value, boundTo)
  return declaration.type === 'op' ? values : values.map((value) => plainResult(env, declaration, value))
}

/** Reports a function that makes an artefact, which is the work of an `op`. */
function plainResult(env: Env, { name, value: body }: FunctionDeclaration, value: Value): Value {
  if (value.type !== 'artefact' && value.type !== 'model') return value
  const way = `Write \`op ${name.name}(…) = …\`.`
  report(env, wrongKeyword(body.span, { name: name.name, keyword: 'let', got: inWords(value), way }))
  return unknown
}
