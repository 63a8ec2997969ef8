/** Evaluates expressions when the program is compiled. */

import type { Expression, StringLiteral } from '../../../grammar/syntax.ts'
import { isLostName } from '../1-resolve/module.ts'
import * as names from '../messages/names.generated.ts'
import * as settings from '../messages/settings.generated.ts'
import { evaluateCall } from './calls/call.ts'
import { type Env, folderOf, type Loop, report, sourceOf, type Thunk } from './env.ts'
import { limitList, limitText, step } from './limits.ts'
import { textOfRow } from './sweeps/loop-values.ts'
import { evaluateSelection } from './sweeps/selection.ts'
import { partFor, prefixOf, suffixOf, variantName } from './sweeps/variants.ts'
import { calculate, negate } from './values/arithmetic.ts'
import { evaluateIndex, evaluateMember } from './values/members.ts'
import { evaluateName } from './values/names.ts'
import { inWords, unknown, type Value } from './values/values.ts'

type Binary = Extract<Expression, { type: 'binary' }>

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
  const name = `${prefixOf(env.module)}${loop.name}`
  const values = make({ ...env, within: `${name}${suffixOf(part)}`, variant: variantName(name, part) })
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

/** Reports a path without quotes; whether the expression is one. */
export function reportPathWithoutQuotes(env: Env, expression: Expression): boolean {
  const path = pathWithoutQuotes(env, expression)
  if (path === undefined) return false
  const fix = { type: 'replace', text: `"${path}"` } as const
  report(
    env,
    names.unknownName(expression.span, { name: path }, { help: `A path is a text: write \`${fix.text}\`.`, fix }),
  )
  return true
}

/** The text of a path without quotes, such as `data/prose.txt`, if no part of it is a name of the program. */
function pathWithoutQuotes(env: Env, expression: Expression): string | undefined {
  const { span } = expression
  const isPath = isPathPart(env, expression) && !isLostName(env.module, '')
  return isPath ? sourceOf(env, span).replace(/\s+/g, '') : undefined
}

function isPathPart(env: Env, part: Expression): boolean {
  switch (part.type) {
    case 'member':
      return isPathPart(env, part.object)
    case 'binary':
      return part.operator === '/' && isPathPart(env, part.left) && isPathPart(env, part.right)
    case 'name':
      return !env.locals.has(part.name) && !env.module.scope.has(part.name)
    default:
      return false
  }
}

function evaluateBinary(env: Env, expression: Binary): Value {
  if (expression.operator === '/' && reportPathWithoutQuotes(env, expression)) return unknown
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
