/** Evaluates expressions when the program is compiled. */

import type { Span } from '../../../grammar/span.ts'
import type { Expression, StringLiteral } from '../../../grammar/syntax.ts'
import { isLostName, whatIs } from '../1-resolve/module.ts'
import { valueElsewhere } from '../messages/habits.ts'
import { didYouMean } from '../messages/more.ts'
import * as names from '../messages/names.generated.ts'
import * as settings from '../messages/settings.generated.ts'
import { evaluateCall, importOf, isGroup } from './calls/call.ts'
import { valuesOf } from './declarations.ts'
import { type Env, folderOf, type Loop, lookUp, lookUpLocal, report, sourceOf, type Thunk } from './env.ts'
import { limitList, limitText, step } from './limits.ts'
import { textOfRow } from './sweeps/loop-values.ts'
import { evaluateSelection, reportSeveral } from './sweeps/selection.ts'
import { partFor, suffixOf, variantName } from './sweeps/variants.ts'
import { calculate, negate } from './values/arithmetic.ts'
import { inWords, unknown, type Value } from './values/values.ts'

/** The value of a thunk, which is evaluated once. */
export function force(thunk: Thunk): Value {
  if (thunk.value === undefined && thunk.expression && thunk.env) thunk.value = evaluate(thunk.env, thunk.expression)
  return thunk.value ?? unknown
}

/** The value of an expression, where one value is expected. */
export function evaluate(env: Env, expression: Expression): Value {
  step(env, expression.span)
  const value = valueIn(env, expression)
  env.checker.facts.value(expression, value)
  return value
}

function valueIn(env: Env, expression: Expression): Value {
  switch (expression.type) {
    case 'number':
      return { type: 'number', value: expression.value, unit: expression.unit }
    case 'boolean':
      return { type: 'boolean', value: expression.value }
    case 'string':
      return evaluateString(env, expression)
    case 'list': {
      const items = expression.items.map((item) => evaluate(env, item))
      const list = { type: 'list', items, spans: expression.items.map((item) => item.span) } as const
      limitList(list, expression.span)
      return list
    }
    case 'range':
      report(env, settings.strayRange(expression.span))
      return unknown
    case 'name':
      return evaluateName(env, expression.name, expression.span)
    case 'member':
      return evaluateMember(env, expression.object, expression.name.name, expression.name.span)
    case 'index':
      return evaluateIndex(env, expression.object, expression.index, expression.span)
    case 'select':
      return evaluateSelection(env, expression)
    case 'call':
    case 'pipe':
      return evaluateBound(env, expression, [])[0] ?? unknown
    case 'unary': {
      const operand = evaluate(env, expression.operand)
      return negate(env, expression.operator, operand, expression.span)
    }
    case 'binary':
      return evaluateBinary(env, expression)
    case 'if': {
      const chosen = choose(env, expression)
      return chosen === undefined ? unknown : evaluate(env, chosen)
    }
    case 'missing':
      return unknown
  }
}

/** The values of an expression that is bound to the names `boundTo`: one for each output of its last call. */
export function evaluateBound(env: Env, expression: Expression, boundTo: readonly string[]): readonly Value[] {
  const isUnnamedCall = boundTo.length === 0 && (expression.type === 'call' || expression.type === 'pipe')
  const values =
    env.loop !== undefined && isUnnamedCall
      ? sharedCall(env, env.loop, expression, (inside) => evaluateCalled(inside, expression, []))
      : evaluateCalled(env, expression, boundTo)
  if (values.length === 1) env.checker.facts.value(expression, values[0]!)
  return values
}

/** An unnamed call in a `for` is made once for all variants that agree in the variables it depends on. */
function sharedCall(
  env: Env,
  loop: Loop,
  expression: Expression,
  make: (inside: Env) => readonly Value[],
): readonly Value[] {
  const { shared } = env.checker
  const part = partFor(env, loop, expression)
  const { start, end } = expression.span
  const place = `${env.module.file} ${start} ${end} ${textOfRow(part)}`
  const known = shared.get(place)
  if (known !== undefined) return known
  const within = `${loop.name}${suffixOf(part)}`
  const values = make({ ...env, within, variant: variantName(loop.name, part) })
  shared.set(place, values)
  return values
}

function evaluateCalled(env: Env, expression: Expression, boundTo: readonly string[]): readonly Value[] {
  switch (expression.type) {
    case 'call':
      return evaluateCall(env, expression, undefined, boundTo, expression.span)
    case 'pipe': {
      const left: Thunk = { span: expression.left.span, expression: expression.left, env }
      forceChain(env, left)
      return evaluateCall(env, expression.right, left, boundTo, expression.right.span)
    }
    case 'if': {
      const chosen = choose(env, expression)
      return chosen === undefined ? [unknown] : evaluateBound(env, chosen, boundTo)
    }
    default:
      return [evaluate(env, expression)]
  }
}

/** The greatest number of pipes that are evaluated recursively. */
const maxNestedPipes = 30

/** Evaluates a long chain of pipes from its beginning, so that each step finds the one before it evaluated. */
function forceChain(env: Env, last: Thunk): void {
  const chain: Extract<Expression, { type: 'pipe' }>[] = []
  for (let at = last.expression; at?.type === 'pipe'; at = at.left) chain.push(at)
  if (chain.length <= maxNestedPipes) return
  const first = chain.at(-1)!.left
  let left: Thunk = { span: first.span, expression: first, env }
  force(left)
  for (const pipe of chain.reverse()) {
    step(env, pipe.span)
    const before = left
    const make = (inside: Env) => evaluateCall(inside, pipe.right, before, [], pipe.right.span)
    const values = env.loop === undefined ? make(env) : sharedCall(env, env.loop, pipe, make)
    left = { span: pipe.span, value: values[0] ?? unknown }
  }
  last.value = left.value ?? unknown
}

function evaluateString(env: Env, literal: StringLiteral): Value {
  let base = folderOf(env)
  let text = ''
  for (const [index, part] of literal.parts.entries()) {
    if (part.type === 'text') {
      text += part.text
      continue
    }
    const value = evaluate(env, part.value)
    if (value.type === 'unknown') return unknown
    if (value.type !== 'string' && value.type !== 'number' && value.type !== 'boolean') {
      report(env, settings.holeWithoutText(part.value.span, { got: inWords(value) }))
      return unknown
    }
    // A path that begins with a value of another file is relative to that file.
    if (index === 0 && value.type === 'string') base = value.base
    text += String(value.value)
    limitText(text.length, literal.span)
  }
  return { type: 'string', value: text, base }
}

function evaluateName(env: Env, name: string, span: Span): Value {
  const local = lookUpLocal(env, name, span)
  if (local !== undefined) return force(local)
  const entry = lookUp(env, name, span)
  if (entry === undefined) {
    if (isLostName(env.module, name)) return unknown
    // A group that needs no arguments may be written as a word, here as in the setting that takes it.
    if (isGroup(env, name)) {
      const callee = { type: 'identifier', name, span } as const
      return { type: 'group', call: { type: 'call', callee, arguments: [], span }, env }
    }
    const { kinds } = env.checker.catalogue
    const inReach = [...env.locals.keys(), ...env.module.scope.keys()]
    const elsewhere = valueElsewhere(name)
    const more = Object.hasOwn(kinds, name)
      ? { help: `\`${name}\` is an operation: call it, \`${name}(…)\`.` }
      : elsewhere === undefined
        ? (importOf(env, name) ?? choiceElsewhere(env, name) ?? didYouMean(name, inReach))
        : { help: elsewhere }
    report(env, names.unknownName(span, { name }, more))
    return unknown
  }
  if (entry.own !== undefined) {
    const words = { name, what: 'a stage of your own', way: `Call it: \`${name}(…)\`.` }
    report(env, names.notAValue(span, words, { related: [{ span: entry.at, label: 'imported here' }] }))
    return unknown
  }
  if (entry.declaration === undefined) return unknown
  switch (entry.declaration.type) {
    case 'filter':
    case 'op':
    case 'block':
    case 'model': {
      const way =
        entry.declaration.type === 'block'
          ? 'Blocks are used in the body of a `model` or another `block`.'
          : `Call it: \`${name}(…)\`.`
      const related = [{ span: entry.at, label: 'declared here' }]
      report(env, names.notAValue(span, { name, what: whatIs(entry.declaration), way }, { related }))
      return unknown
    }
    default:
      return valuesOf(env, entry, span)
  }
}

/** The help for a word that is a choice of some setting, and has no meaning elsewhere; `undefined` if it is not such a word. */
function choiceElsewhere(env: Env, name: string): { readonly help: string } | undefined {
  for (const [kind, { settings: schema }] of Object.entries(env.checker.catalogue.kinds))
    for (const [setting, { enum: choices }] of Object.entries(schema.properties))
      if (choices?.includes(name))
        return {
          help: `\`${name}\` is a choice for a setting, and is written there: \`${kind}(…, ${setting}: ${name})\`.`,
        }
  return undefined
}

function evaluateMember(env: Env, object: Expression, member: string, span: Span): Value {
  const value = evaluate(env, object)
  if (value.type === 'unknown') return unknown
  if (value.type === 'variants') return reportSeveral(env, value, object.span)
  if (value.type === 'artefact' && value.artefact.kind === 'Tokenizer' && member === 'size') {
    const { size, tokenizer } = value.artefact
    if (typeof size === 'number') return { type: 'number', value: size, unit: 'count' }
    return { type: 'size', tokenizer, name: object.type === 'name' ? object.name : tokenizer }
  }
  if (value.type === 'group') {
    const entries = [...value.call.arguments, ...(value.call.block ?? [])]
    const entry = entries.find((each) => each.name?.name === member)
    if (entry !== undefined) return evaluate(value.env, entry.value)
    const known = entries.flatMap((each) => (each.name ? [each.name.name] : []))
    report(env, names.unknownMember(span, { object: inWords(value), member }, didYouMean(member, known)))
    return unknown
  }
  const isTokenizer = value.type === 'artefact' && value.artefact.kind === 'Tokenizer'
  const help = isTokenizer
    ? 'A tokenizer has a `size`.'
    : value.type === 'artefact'
      ? 'Its metrics are known once it has run: they can be read in `expect`.'
      : 'Only tokenizers and groups of values have members here.'
  report(env, names.unknownMember(span, { object: inWords(value), member }, { help }))
  return unknown
}

function evaluateIndex(env: Env, object: Expression, index: Expression, span: Span): Value {
  const list = evaluate(env, object)
  const at = evaluate(env, index)
  if (list.type === 'unknown' || at.type === 'unknown') return unknown
  if (list.type === 'list' && at.type === 'number') {
    const item = list.items[at.value]
    if (item !== undefined) return item
    report(env, settings.noNumber(span, { problem: `the list has ${list.items.length} items, counted from 0` }))
    return unknown
  }
  const words = { operator: '`[…]`', left: inWords(list), right: inWords(at) }
  report(env, settings.wrongOperands(span, words))
  return unknown
}

/** The text of a path without quotes, such as `data/prose.txt`, if no part of it is a name of the program. */
function pathWithoutQuotes(
  env: Env,
  { operator, left, right, span }: Extract<Expression, { type: 'binary' }>,
): string | undefined {
  if (operator !== '/') return undefined
  const isPart = (each: Expression): boolean =>
    each.type === 'member'
      ? isPart(each.object)
      : each.type === 'binary'
        ? each.operator === '/' && isPart(each.left) && isPart(each.right)
        : each.type === 'name' && !env.locals.has(each.name) && !env.module.scope.has(each.name)
  return isPart(left) && isPart(right) && !isLostName(env.module, '')
    ? sourceOf(env, span).replace(/\s+/g, '')
    : undefined
}

function evaluateBinary(env: Env, expression: Extract<Expression, { type: 'binary' }>): Value {
  const path = pathWithoutQuotes(env, expression)
  if (path !== undefined) {
    report(env, names.unknownName(expression.span, { name: path }, { help: `A path is a text: write \`"${path}"\`.` }))
    return unknown
  }
  const left = evaluate(env, expression.left)
  // If the left side decides, the right side is not evaluated: the left side may guard it.
  if (left.type === 'boolean') {
    if (expression.operator === 'and' && !left.value) return left
    if (expression.operator === 'or' && left.value) return left
  }
  if (expression.operator === 'in' && expression.right.type === 'range') {
    const from = evaluate(env, expression.right.from)
    const to = evaluate(env, expression.right.to)
    return calculate(env, 'in', left, { type: 'range', from, to }, expression)
  }
  return calculate(env, expression.operator, left, evaluate(env, expression.right), expression)
}

/** The branch of an `if` that its condition selects; `undefined` if the condition is unknown. */
export function choose(env: Env, expression: Extract<Expression, { type: 'if' }>): Expression | undefined {
  const condition = evaluate(env, expression.condition)
  if (condition.type === 'boolean') return condition.value ? expression.then : expression.otherwise
  if (condition.type !== 'unknown')
    report(env, settings.conditionUnknown(expression.condition.span, { got: inWords(condition) }))
  return undefined
}
