/** Calls of filters that the program declares: each is a step `filter`, whose rules every document has to satisfy. */

import type { CallExpression, FilterDeclaration } from '../../../../grammar/syntax.ts'
import type { Json } from '../../../core/values/json.ts'
import type { Module } from '../../1-resolve/module.ts'
import * as artefacts from '../../messages/artefacts.generated.ts'
import * as names from '../../messages/names.generated.ts'
import { condition } from '../documents/condition.ts'
import { filesOfLists } from '../documents/lists.ts'
import { type Env, report, type Thunk } from '../env.ts'
import { force } from '../evaluate.ts'
import { inWords, kindInWords, unknown, type Value } from '../values/values.ts'
import { callsItself } from './call.ts'
import { bindParameters } from './parameters.ts'
import { addCall } from './record.ts'

/** `docs |> gopher_quality(min_words: 8)`. */
export function callFilter(
  env: Env,
  declaration: FilterDeclaration,
  call: CallExpression,
  piped: Thunk | undefined,
  boundTo: readonly string[],
  home: Module,
): Value {
  const { name } = declaration.name
  // The documents are not among the declared parameters: they are piped in, or the first argument.
  const first = call.arguments[0]
  const docs: Thunk | undefined =
    piped ?? (first && !first.name ? { span: first.value.span, expression: first.value, env } : undefined)
  const rest = piped || !docs ? call : { ...call, arguments: call.arguments.slice(1) }
  if (callsItself(env, declaration, name, call.callee.span)) return unknown
  const through = [...env.through, { span: call.callee.span, name, declaration }]
  const inside: Env = { ...env, module: home, loop: undefined, through }
  const locals = bindParameters(env, inside, name, declaration.parameters, rest, undefined)
  const within: Env = { ...inside, locals: locals ?? new Map(), lists: [] }
  const rules = locals && rulesOf(within, declaration)
  if (docs === undefined) {
    const words = { callee: name, role: 'docs', description: 'the documents to filter.' }
    report(env, artefacts.missingInput(call.callee.span, words))
    return unknown
  }
  const value = force(docs)
  if (value.type === 'unknown' || rules === undefined) return unknown
  if (value.type !== 'artefact' || value.artefact.kind !== 'Docs') {
    const words = { callee: name, expected: kindInWords('Docs'), got: inWords(value) }
    report(env, artefacts.wrongArtefact(docs.span, words))
    return unknown
  }
  const [out] = addCall(env, {
    kind: 'filter',
    boundTo,
    params: { $name: name, rules },
    files: filesOfLists(within),
    inputs: { docs: [value.ref] },
    outputs: [{ name: 'out', type: { kind: 'Docs' } }],
    span: call.span,
  })
  return out ?? unknown
}

/** The rules of a filter, with the values of its parameters; `undefined` if a rule is wrong. */
function rulesOf(env: Env, declaration: FilterDeclaration): readonly Json[] | undefined {
  const rules = declaration.rules.map((rule) => condition(env, rule))
  if (rules.some((rule) => rule === undefined)) return undefined
  return rules.map((rule) => ({ $label: rule?.label, test: rule?.test as unknown as Json }))
}

/** Checks a filter even if nothing calls it. Parameters without a default may have any type. */
export function checkFilter(env: Env, declaration: FilterDeclaration): void {
  const locals = new Map<string, Thunk>()
  for (const parameter of declaration.parameters) {
    const { name, span: declared } = parameter.name
    const before = new Map(locals)
    if (locals.has(name)) report(env, names.duplicateName(parameter.name.span, { name }))
    locals.set(
      name,
      parameter.default
        ? { span: parameter.span, expression: parameter.default, env: { ...env, locals: before }, declared }
        : { span: parameter.span, value: unknown, declared },
    )
  }
  rulesOf({ ...env, locals, lists: [] }, declaration)
}
