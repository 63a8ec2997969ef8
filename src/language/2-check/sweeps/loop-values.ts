/** The values that the clauses of a `for` give to its variables, and their text in the names of variants. */

import { readNumber, suffixes } from '../../../../grammar/numbers.ts'
import type { Span } from '../../../../grammar/span.ts'
import { quote } from '../../../../grammar/strings.ts'
import type { Expression, ForClause } from '../../../../grammar/syntax.ts'
import * as say from '../../messages/sweeps.generated.ts'
import { isGroup } from '../calls/call.ts'
import { type Env, type LoopValue, type Row, report, sourceOf } from '../env.ts'
import { evaluate } from '../evaluate.ts'
import { entriesOf } from '../settings/inherit.ts'
import { inWords, unknown, type Value } from '../values/values.ts'

/** The greatest number of variants. Nobody means to make more: `1..1_000_000` is a slip. */
export const maxVariants = 10_000

/** The choices of values for the variables of a clause; `undefined` if it has an error, which is reported. */
export function choicesOf(env: Env, clause: ForClause): readonly Row[] | undefined {
  const { names, values } = clause
  const lists = listsOf(env, clause)
  if (lists === undefined) return undefined
  const [first] = lists
  if (names.length !== lists.length || first === undefined) {
    const message = `${count(names.length, 'name')} before \`in\`, and ${count(lists.length, 'list')} to take values from.`
    report(env, say.zipNames(clause.span, { message }))
    return undefined
  }
  for (const list of lists)
    if (list.length !== first.length) {
      const related = [{ span: listSpan(values, 0), label: count(first.length, 'value') }]
      const span = listSpan(values, lists.indexOf(list))
      report(env, say.zipLengths(span, { first: `${first.length}`, other: `${list.length}` }, { related }))
      return undefined
    }
  const rows = first.map((_, index): Row => new Map(names.map(({ name }, at) => [name, lists[at]![index]!])))
  return distinct(env, rows) ? rows : undefined
}

/** The lists of a clause: a single one, or those of `zip(…)`. */
function listsOf(env: Env, { values }: ForClause): readonly (readonly LoopValue[])[] | undefined {
  if (values.type !== 'call' || values.callee.name !== 'zip') {
    const list = listOf(env, values)
    return list && [list]
  }
  const named = [...values.arguments, ...(values.block ?? [])].find(({ name }) => name !== undefined)
  if (named !== undefined) {
    report(env, say.zipNames(named.span, { message: '`zip` takes lists, by place.' }, { label: 'a named argument' }))
    return undefined
  }
  const lists = values.arguments.map(({ value }) => listOf(env, value))
  return lists.some((list) => list === undefined) ? undefined : (lists as LoopValue[][])
}

function listSpan(values: Expression, index: number): Span {
  return (values.type === 'call' ? values.arguments[index]?.value.span : undefined) ?? values.span
}

function listOf(env: Env, expression: Expression): readonly LoopValue[] | undefined {
  if (expression.type === 'range') return rangeOf(env, expression)
  const list = evaluate(env, expression)
  if (list.type === 'unknown') return undefined
  if (list.type !== 'list' || list.items.length === 0) {
    const got = list.type === 'list' ? 'an empty list' : inWords(list)
    const way = list.type === 'list' ? 'Give it a value.' : 'Write a list: `for lr in [1e-3, 3e-4] { … }`.'
    report(env, say.notValues(expression.span, { got, way }))
    return undefined
  }
  const values = list.items.map((item, index) => loopValue(env, item, list.spans[index] ?? expression.span))
  return values.every((value) => value !== undefined) ? values : undefined
}

/** The numbers of a range. Both ends belong to it: `2..4` is 2, 3 and 4. */
function rangeOf(env: Env, range: Extract<Expression, { type: 'range' }>): readonly LoopValue[] | undefined {
  const [from, to] = [evaluate(env, range.from), evaluate(env, range.to)]
  if (from.type === 'unknown' || to.type === 'unknown') return undefined
  const isWhole = (value: Value) => value.type === 'number' && Number.isInteger(value.value)
  if (!isWhole(from) || !isWhole(to) || from.type !== 'number' || to.type !== 'number') {
    const way = 'For other steps write a list: `[0.1, 0.2, 0.3]`.'
    report(env, say.notValues(range.span, { got: 'a range of other things', way }))
    return undefined
  }
  if (to.value < from.value) {
    const way = `Write the smaller one first: ${to.value}..${from.value}.`
    report(env, say.notValues(range.span, { got: 'an empty range', way }))
    return undefined
  }
  if (to.value - from.value >= maxVariants) {
    report(env, say.tooManyVariants(range.span, { most: `${maxVariants}` }))
    return undefined
  }
  const unit = from.unit === 'none' ? to.unit : from.unit
  return Array.from({ length: to.value - from.value + 1 }, (_, index) => {
    const value: Value = { type: 'number', value: from.value + index, unit }
    return { value, text: textOf(value), span: range.span }
  })
}

function loopValue(env: Env, value: Value, span: Span): LoopValue | undefined {
  if (value.type === 'unknown') return undefined
  if (value.type === 'number' || value.type === 'string' || value.type === 'boolean')
    return { value, text: textOf(value), span }
  if (value.type === 'group') return { value, text: textOfGroup(value), span }
  report(env, say.notALoopValue(span, { got: inWords(value) }))
  return undefined
}

function distinct(env: Env, rows: readonly Row[]): boolean {
  const seen = new Map<string, Row>()
  let fits = true
  for (const row of rows) {
    const text = textOfRow(row)
    const before = seen.get(text)
    if (before === undefined) seen.set(text, row)
    else {
      const [[name, value]] = [...row] as [[string, LoopValue]]
      const related = [{ span: before.get(name)?.span ?? value.span, label: 'first here' }]
      const names = [...row.keys()].map((each) => `\`${each}\``).join(' and ')
      const shown = [...row.values()].map((each) => each.text).join(' and ')
      report(env, say.repeatedValue(value.span, { names, value: shown }, { related }))
      fits = false
    }
  }
  return fits
}

/** A choice of values as in the brackets of a name: `lr=3e-4, layers=2`. */
export function textOfRow(row: Row): string {
  return [...row].map(([name, { text }]) => `${name}=${text}`).join(', ')
}

/**
 * The text of a value in names: the shortest text that the language reads as the same value. Names do not depend on the spelling in a
 * list.
 */
export function textOf(value: Extract<Value, { type: 'number' | 'string' | 'boolean' }>): string {
  if (value.type === 'string') return quote(value.value)
  if (value.type === 'boolean') return String(value.value)
  const plain = digits(value.value)
  if (value.unit === 'none') return plain
  const own = Object.entries(suffixes).filter(([, { unit }]) => unit === value.unit)
  // `30min` rather than `0.5h`: the value is at least 1 in its unit, if there is such a unit.
  const small = own.filter(([, { unit, times }]) => unit === 'fraction' || Math.abs(value.value) >= times)
  const suffixed = (small.length > 0 ? small : own)
    .sort(([, a], [, b]) => b.times - a.times)
    .map(([suffix, { times }]) => `${digits(value.value / times)}${suffix}`)
    .filter((text) => {
      const read = readNumber(text.replace(/^-/, ''))
      return 'unit' in read && read.value === Math.abs(value.value)
    })
  // A bare number is a count or a fraction, and nothing else.
  const all = value.unit === 'count' || value.unit === 'fraction' ? [...suffixed, plain] : suffixed
  return all.reduce((best, text) => (text.length < best.length ? text : best), all[0] ?? plain)
}

/** The text of a group in names: `adamw(lr: 1e-3)`. Inherited values are in the text, so a name does not depend on the names of other groups. */
export function textOfGroup(group: Extract<Value, { type: 'group' }>): string {
  const given = new Map<string, string>()
  for (const { entry, env } of entriesOf(group)) {
    const key = entry.name?.name ?? `${given.size}`
    if (!given.has(key)) given.set(key, `${entry.name ? `${key}: ` : ''}${textOfExpression(env, entry.value)}`)
  }
  const { name } = group.call.callee
  // In the order of the names, so that the order in the program does not matter.
  const sorted = [...given].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
  return sorted.length === 0 ? name : `${name}(${sorted.join(', ')})`
}

/** The value of an expression as text; the expression itself if its meaning depends on the setting that takes it, such as a bare word. */
function textOfExpression(env: Env, expression: Expression): string {
  const isWord =
    expression.type === 'name' && !env.locals.has(expression.name) && !env.module.scope.has(expression.name)
  // A call of a stage kind would be made a second time.
  const isCall = expression.type === 'pipe' || (expression.type === 'call' && !isGroup(env, expression.callee.name))
  const value = isWord || isCall ? unknown : evaluate(env, expression)
  switch (value.type) {
    case 'number':
    case 'string':
    case 'boolean':
      return textOf(value)
    case 'group':
      return textOfGroup(value)
    case 'list':
      if (expression.type === 'list')
        return `[${expression.items.map((item) => textOfExpression(env, item)).join(', ')}]`
      return sourceOf(env, expression.span)
    default:
      return sourceOf(env, expression.span).replace(/\s+/g, ' ')
  }
}

/** `0.01`, `3e-4`, `2000`, `1e9`: a decimal; with an exponent if that is shorter and the number is small or large. */
function digits(value: number): string {
  const decimal = String(value)
  const exponent = value.toExponential().replace('+', '')
  const isUsual = Math.abs(value) >= 1 && Math.abs(value) < 1e6
  return !isUsual && exponent.length < decimal.length ? exponent : decimal.replace('+', '')
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}
