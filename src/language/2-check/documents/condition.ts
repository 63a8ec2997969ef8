/**
 * Conditions and scores over documents: expressions of metrics, literals and values of the program, which become a
 * `DocumentExpression`.
 */

import { nearest } from '../../../../grammar/nearest.ts'
import type { Span } from '../../../../grammar/span.ts'
import type { BinaryOperator, Expression } from '../../../../grammar/syntax.ts'
import { onOneLine } from '../../../../grammar/trivia.ts'
import type { DocumentExpression, MetricSpec } from '../../../core/expression.ts'
import { numberFunctions } from '../../../core/values/number-functions.ts'
import { isLostName } from '../../1-resolve/module.ts'
import { valueElsewhere } from '../../messages/habits.ts'
import { didYouMean, habitHelp, type More } from '../../messages/more.ts'
import * as names from '../../messages/names.generated.ts'
import * as say from '../../messages/settings.generated.ts'
import { type Env, lookUp, lookUpLocal, markUsed, notReusable, report, sourceOf } from '../env.ts'
import { choose, evaluate, force } from '../evaluate.ts'
import { commonUnit } from '../values/arithmetic.ts'
import { inWords, type Unit, unitInWords, type Value } from '../values/values.ts'
import { checkPart, fieldNamed, fieldsIn, isOfEveryDocument } from './fields.ts'
import { checkList, isList } from './lists.ts'

export interface Condition {
  readonly test: DocumentExpression
  /** The rule as it is written, with the values of parameters inserted: `words in 50..100_000`. */
  readonly label: string
}

/** `field`: the type of a field is known for each document only. */
type ScalarType = 'number' | 'string' | 'boolean' | 'field'

/** A checked expression, its type and its unit. */
export interface Checked {
  readonly expression: DocumentExpression
  readonly type: ScalarType
  readonly unit: Unit
}

/** Spans of names that stand for values, with these values as text. */
export type Substitutions = { readonly span: Span; readonly text: string }[]

/** An expression that is true or false for a document; `undefined` if it has an error, which is reported. */
export function condition(env: Env, expression: Expression): Condition | undefined {
  const substitutions: Substitutions = []
  const checked = check(env, expression, substitutions)
  if (checked === undefined) return undefined
  if (!fits(checked, 'boolean')) {
    report(env, say.notACondition(expression.span, { got: inTypeWords(checked) }))
    return undefined
  }
  return { test: checked.expression, label: labelOf(env, expression.span, substitutions) }
}

/** An expression that is a number for a document and may name `more` metrics; `undefined` if it has an error, which is reported. */
export function score(
  env: Env,
  expression: Expression,
  more: Readonly<Record<string, MetricSpec>> = {},
): Condition | undefined {
  const { checker } = env
  const { catalogue } = checker
  const known = { ...catalogue, metrics: { ...catalogue.metrics, ...more } }
  const substitutions: Substitutions = []
  const checked = check({ ...env, checker: { ...checker, catalogue: known } }, expression, substitutions)
  if (checked === undefined) return undefined
  const [field] = fieldsIn(checked.expression)
  if (field !== undefined) {
    const help = 'An answer has no fields: use metrics, such as `words` or `sentiment`.'
    report(env, say.noPartOfADocument(expression.span, { written: field.join('.') }, { help }))
    return undefined
  }
  if (checked.type !== 'number') {
    const words = { setting: 'A score', expected: 'a number', got: inTypeWords(checked) }
    report(env, say.wrongType(expression.span, words))
    return undefined
  }
  return { test: checked.expression, label: labelOf(env, expression.span, substitutions) }
}

export function check(env: Env, expression: Expression, substitutions: Substitutions): Checked | undefined {
  switch (expression.type) {
    case 'name':
      return checkName(env, expression.name, expression.span, substitutions)
    case 'unary': {
      const of = check(env, expression.operand, substitutions)
      if (of === undefined) return undefined
      const wanted = expression.operator === 'not' ? 'boolean' : 'number'
      if (fits(of, wanted))
        return {
          ...of,
          type: wanted,
          expression: { op: expression.operator === 'not' ? 'not' : 'negate', of: of.expression },
        }
      const expected = wanted === 'number' ? 'a number' : 'a truth value'
      const words = { operator: `\`${expression.operator}\``, expected, got: inTypeWords(of) }
      report(env, say.wrongOperand(expression.span, words))
      return undefined
    }
    case 'binary':
      return expression.operator === 'in'
        ? checkMembership(env, expression, substitutions)
        : checkBinary(env, expression, substitutions)
    case 'if': {
      const chosen = choose(env, expression)
      return chosen && check(env, chosen, substitutions)
    }
    case 'call':
    case 'member':
    case 'index': {
      const name = strangerIn(env, expression)
      if (name === undefined) return literal(env, evaluate(env, expression), expression.span)
      const part = checkPart(env, expression, name, substitutions)
      if (part !== 'unknown') return part
      // A name of a standard module without its import: the evaluation says which import is missing.
      if (env.checker.standardNames().has(name)) return literal(env, evaluate(env, expression), expression.span)
      report(
        env,
        say.noPartOfADocument(expression.span, { written: sourceOf(env, expression.span) }, partHelp(env, name)),
      )
      return undefined
    }
    default:
      return literal(env, evaluate(env, expression), expression.span)
  }
}

/** The name at the beginning of a call, a member or an element, if the program does not know it: `len(text)`, `doc["title"]`. */
function strangerIn(env: Env, expression: Expression): string | undefined {
  if (expression.type === 'member' || expression.type === 'index') return strangerIn(env, expression.object)
  const name =
    expression.type === 'call' ? expression.callee.name : expression.type === 'name' ? expression.name : undefined
  if (name === undefined || env.locals.has(name) || env.module.scope.has(name) || isLostName(env.module, name))
    return undefined
  const { kinds } = env.checker.catalogue
  if (expression.type === 'call' && Object.hasOwn(numberFunctions, name)) return undefined
  return Object.hasOwn(kinds, name) ? undefined : name
}

/** The help for a call, a member or an element in a condition. */
function partHelp(env: Env, name: string): More {
  const { metrics } = env.checker.catalogue
  if (/^(?:len|length|size|count|text|content)$/.test(name) && Object.hasOwn(metrics, 'words'))
    return { help: 'The length of a document is one of its metrics: `characters > 3`, `words > 3` or `lines > 3`.' }
  if (Object.hasOwn(metrics, name)) return { help: `Write the metric alone: \`${name}\`.` }
  const { fix: _, ...more } = didYouMean(name, Object.keys(metrics), howToFindMetrics)
  return more
}

const howToFindMetrics =
  'A condition names metrics (`words`, `lines`, …; docs/reference/stages.md lists them) and fields of the record as they are: `title`, `meta.score`.'

/** The help for a name that is a metric or a value misspelled; `undefined` if it resembles none, so that it is a field. */
function unknownMetricHelp(env: Env, name: string): More | undefined {
  if (isOfEveryDocument(name)) return undefined
  if (/^(none|null|nil|undefined)$/i.test(name))
    return {
      help: 'A field that is null counts as missing. Test whether it is there: `has(lang)`, or `not has(lang)`.',
    }
  const elsewhere = valueElsewhere(name)
  if (elsewhere !== undefined) return habitHelp(elsewhere)
  const known = [...Object.keys(env.checker.catalogue.metrics), ...env.locals.keys()]
  if (nearest(name, known) === undefined) return undefined
  const { help = '', ...more } = didYouMean(name, known)
  return { ...more, help: `${help} A field of that name is \`fields.${name}\`.` }
}

function checkName(env: Env, name: string, span: Span, substitutions: Substitutions): Checked | undefined {
  const { metrics } = env.checker.catalogue
  const metric = Object.hasOwn(metrics, name) ? metrics[name] : undefined
  const local = lookUpLocal(env, name, span)
  const entry = local ? undefined : lookUp(env, name, span)
  if (metric !== undefined) {
    const hidden = local?.span ?? entry?.at
    if (hidden) reportShadow(env, name, hidden, span, 'a metric of documents')
    const { type, unit = 'none', version } = metric
    return { expression: { op: 'metric', name, ...(version === undefined ? {} : { version }) }, type, unit }
  }
  if (local === undefined && entry === undefined) {
    if (isLostName(env.module, name)) return undefined
    const misspelled = unknownMetricHelp(env, name)
    if (misspelled === undefined) return fieldNamed([name])
    report(env, names.unknownMetric(span, { name }, misspelled))
    return undefined
  }
  const value = local ? force(local) : evaluate(env, { type: 'name', name, span })
  const checked = literal(env, value, span)
  if (checked && 'value' in value) substitutions.push({ span, text: JSON.stringify(value.value) })
  return checked
}

/** Reports a binding that a metric or a choice hides, once for each binding. */
export function reportShadow(env: Env, name: string, hidden: Span, used: Span, what: string): void {
  markUsed(env.checker, env.module.file, name)
  // Whether it is reported depends on other places.
  notReusable(env.checker)
  const there = env.checker.diagnostics.some(
    (each) => each.code === 'E0204' && each.span.file === hidden.file && each.span.start === hidden.start,
  )
  if (there) return
  report(env, names.shadowedName(hidden, { name, what }, { related: [{ span: used, label: `here it is ${what}` }] }))
}

function literal(env: Env, value: Value, span: Span): Checked | undefined {
  switch (value.type) {
    case 'number':
      return { expression: { op: 'literal', value: value.value }, type: 'number', unit: value.unit }
    case 'string':
    case 'boolean':
      return { expression: { op: 'literal', value: value.value }, type: value.type, unit: 'none' }
    case 'unknown':
      return undefined
    case 'size':
      report(env, say.sizeUnknown(span, { name: value.name }))
      return undefined
    default: {
      const words = { setting: 'A value in an expression over documents', got: inWords(value) }
      report(env, say.wrongType(span, { ...words, expected: 'a number, a text or a truth value' }))
      return undefined
    }
  }
}

/** Whether an expression is of a type, or a field that may be. */
export function fits({ type }: Checked, wanted: ScalarType): boolean {
  return type === wanted || type === 'field'
}

/** Whether a field and a text are compared, or two fields. */
function isTextField(left: Checked, right: Checked): boolean {
  return (left.type === 'field' && right.type === 'string') || (left.type === 'string' && right.type === 'field')
}

export type Binary = Extract<Expression, { type: 'binary' }>

function checkBinary(env: Env, at: Binary, substitutions: Substitutions): Checked | undefined {
  const left = check(env, at.left, substitutions)
  const right = check(env, at.right, substitutions)
  if (!left || !right) return undefined
  const operator = at.operator as Exclude<BinaryOperator, 'in'>
  const wrong = (): undefined => {
    const words = { operator: `\`${operator}\``, left: inTypeWords(left), right: inTypeWords(right) }
    report(env, say.wrongOperands(at.span, words))
  }
  if (operator === '^') {
    const value = evaluate(env, at)
    return value.type === 'number' ? literal(env, value, at.span) : undefined
  }
  const expression: DocumentExpression = { op: operator, left: left.expression, right: right.expression }
  switch (operator) {
    case 'and':
    case 'or':
      return fits(left, 'boolean') && fits(right, 'boolean') ? { expression, type: 'boolean', unit: 'none' } : wrong()
    case '==':
    case '!=':
      if (left.type !== right.type && left.type !== 'field' && right.type !== 'field') return wrong()
      return agree(env, at, left, right) ? { expression, type: 'boolean', unit: 'none' } : undefined
    case '<':
    case '<=':
    case '>':
    case '>=':
      // Dates of records are texts in an order.
      if (!(fits(left, 'number') && fits(right, 'number')) && !isTextField(left, right)) return wrong()
      return agree(env, at, left, right) ? { expression, type: 'boolean', unit: 'none' } : undefined
    case '+':
    case '-': {
      const [a, b] = [left.expression, right.expression]
      if (
        operator === '+' &&
        a.op === 'literal' &&
        b.op === 'literal' &&
        left.type === 'string' &&
        right.type === 'string'
      )
        return { expression: { op: 'literal', value: `${a.value}${b.value}` }, type: 'string', unit: 'none' }
      if (!fits(left, 'number') || !fits(right, 'number')) return wrong()
      return agree(env, at, left, right) ? { expression, type: 'number', unit: left.unit } : undefined
    }
    case '*':
    case '/':
    case '%':
      return fits(left, 'number') && fits(right, 'number') ? { expression, type: 'number', unit: 'none' } : wrong()
  }
}

function checkMembership(env: Env, at: Binary, substitutions: Substitutions): Checked | undefined {
  const of = check(env, at.left, substitutions)
  if (at.right.type === 'range') {
    const from = check(env, at.right.from, substitutions)
    const to = check(env, at.right.to, substitutions)
    if (!of || !from || !to) return undefined
    if (!fits(of, 'number') || from.type !== 'number' || to.type !== 'number') {
      const words = { operator: '`in`', left: inTypeWords(of), right: 'a range' }
      report(env, say.wrongOperands(at.span, words))
      return undefined
    }
    if (!agree(env, at, of, from) || !agree(env, at, of, to)) return undefined
    const expression = { op: 'between', of: of.expression, from: from.expression, to: to.expression } as const
    return { expression, type: 'boolean', unit: 'none' }
  }
  if (isList(env, at.right)) return of && checkList(env, at, at.right, of)
  const list = evaluate(env, at.right)
  if (!of || list.type === 'unknown') return undefined
  if (list.type === 'list' && list.items.some((item) => item.type === 'unknown')) return undefined
  const values: (string | number)[] = []
  if (list.type === 'list')
    for (const item of list.items)
      if (item.type === 'string' || item.type === 'number') if (fits(of, item.type)) values.push(item.value as string)
  if (list.type !== 'list' || values.length !== list.items.length) {
    const got = list.type === 'list' ? 'a list of other things' : inWords(list)
    report(env, say.wrongOperands(at.span, { operator: '`in`', left: inTypeWords(of), right: got }))
    return undefined
  }
  return { expression: { op: 'among', of: of.expression, list: values }, type: 'boolean', unit: 'none' }
}

/** Whether two numbers have the same unit; if not, that is reported. */
function agree(env: Env, at: Binary, left: Checked, right: Checked): boolean {
  if (left.type !== 'number' || commonUnit(left.unit, right.unit) !== undefined) return true
  report(env, say.unitClash(at.span, { left: inTypeWords(left), right: inTypeWords(right) }))
  return false
}

export function inTypeWords({ type, unit }: Checked): string {
  if (type === 'number') return unitInWords(unit)
  if (type === 'field') return 'a field'
  return type === 'string' ? 'a text' : 'a truth value'
}

/** The source of a rule on one line, with values inserted for the names that stand for them. */
function labelOf(env: Env, span: Span, substitutions: Substitutions): string {
  let text = sourceOf(env, span)
  for (const { span: at, text: value } of [...substitutions].sort((a, b) => b.span.start - a.span.start))
    if (at.file === span.file && at.start >= span.start && at.end <= span.end)
      text = text.slice(0, at.start - span.start) + value + text.slice(at.end - span.start)
  return onOneLine(text)
}
