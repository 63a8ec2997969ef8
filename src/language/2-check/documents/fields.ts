/** Fields of records in conditions, and the functions over them: `meta.score`, `default(meta.score, 0)`, `matches(url, r"…")`. */

import type { CallExpression, Expression } from '../../../../grammar/syntax.ts'
import type { DocumentExpression } from '../../../core/expression.ts'
import * as say from '../../messages/settings.generated.ts'
import { type Env, report } from '../env.ts'
import { evaluate } from '../evaluate.ts'
import { type Checked, check, fits, type Substitutions } from './condition.ts'

/** Whether every document has a part of this name. */
export function isOfEveryDocument(name: string): boolean {
  return name === 'text' || name === 'id'
}

/** Names that other tools give to the record itself, whose fields are named without it. */
const records = new Set(['doc', 'document', 'record', 'row', 'example', 'item', 'sample', 'x'])

/** The field at a path; `fields.words` is the field of that name, if a metric has the name too. */
export function fieldNamed(path: readonly string[]): Checked {
  const own = path[0] === 'fields' && path.length > 1 ? path.slice(1) : path
  const isText = own.length === 1 && isOfEveryDocument(own[0]!)
  return { expression: { op: 'field', path: own }, type: isText ? 'string' : 'field', unit: 'none' }
}

/** The fields in a checked expression. */
export function fieldsIn(expression: DocumentExpression): (readonly string[])[] {
  if (expression.op === 'field') return [expression.path]
  if (expression.op === 'metric' || expression.op === 'literal') return []
  if (expression.op === 'between') return [expression.of, expression.from, expression.to].flatMap(fieldsIn)
  return 'of' in expression ? fieldsIn(expression.of) : [expression.left, expression.right].flatMap(fieldsIn)
}

/**
 * Checks a field with members, or a call of a function. `name`: its first name, which the program does not know. `undefined` if it has an error,
 * which is reported; `unknown` if it is neither.
 */
export function checkPart(
  env: Env,
  expression: Expression,
  name: string,
  substitutions: Substitutions,
): Checked | undefined | 'unknown' {
  if (expression.type === 'call')
    return Object.hasOwn(functions, name) ? functions[name]!(env, expression, substitutions) : 'unknown'
  const path = pathOf(expression)
  return path === undefined || records.has(name) || Object.hasOwn(env.checker.catalogue.metrics, name)
    ? 'unknown'
    : fieldNamed(path)
}

/** The names of a field and its members: `meta.score`, `meta["a b"]`. */
function pathOf(expression: Expression): readonly string[] | undefined {
  if (expression.type === 'name') return [expression.name]
  if (expression.type === 'member') {
    const path = pathOf(expression.object)
    return path && [...path, expression.name.name]
  }
  if (expression.type !== 'index') return undefined
  const path = pathOf(expression.object)
  const { index } = expression
  if (path === undefined || index.type !== 'string') return undefined
  const [part, more] = index.parts
  return part?.type === 'text' && more === undefined ? [...path, part.text] : undefined
}

type FunctionCheck = (env: Env, call: CallExpression, substitutions: Substitutions) => Checked | undefined

/** The functions of conditions, by name. */
const functions: Readonly<Record<string, FunctionCheck>> = {
  has(env, call, substitutions) {
    const [of, more] = argumentsOf(call)
    const checked = of && more === undefined ? check(env, of, substitutions) : undefined
    if (checked?.expression.op === 'field') return boolean({ op: 'has', of: checked.expression })
    return wrong(env, call, 'one field: `has(meta.score)`')
  },
  default(env, call, substitutions) {
    const [of, otherwise, more] = argumentsOf(call)
    if (!of || !otherwise || more) return wrong(env, call, 'a field and a value: `default(meta.score, 0)`')
    const field = check(env, of, substitutions)
    const value = check(env, otherwise, substitutions)
    if (!field || !value) return undefined
    if (field.expression.op !== 'field' || value.expression.op !== 'literal')
      return wrong(env, call, 'a field and a value: `default(meta.score, 0)`')
    const literal = value.expression.value
    return { ...value, expression: { op: 'default', of: field.expression, otherwise: literal } }
  },
  number(env, call, substitutions) {
    const [of, more] = argumentsOf(call)
    const checked = of && more === undefined ? check(env, of, substitutions) : undefined
    if (checked && (checked.type === 'field' || checked.type === 'string'))
      return { expression: { op: 'number', of: checked.expression }, type: 'number', unit: 'none' }
    return wrong(env, call, 'one field whose texts stand for numbers: `number(score) > 0.5`')
  },
  matches(env, call, substitutions) {
    const [of, pattern, more] = argumentsOf(call)
    if (!of || !pattern || more) return wrong(env, call, 'a text and a pattern: `matches(url, r"\\.edu/")`')
    const found = withPattern(env, call, of, pattern, substitutions)
    return found && boolean({ op: 'matches', ...found })
  },
  stop_words(env, call, substitutions) {
    const [of, more] = argumentsOf(call)
    const checked = of && more === undefined ? check(env, of, substitutions) : undefined
    const languages = env.checker.catalogue.metrics.stop_words?.languages
    if (of && checked && languages !== undefined && (checked.type === 'field' || checked.type === 'string')) {
      const { version, names } = languages
      const language = textIn(checked.expression)
      if (language === undefined || names.includes(language))
        return { expression: { op: 'stop_words', of: checked.expression, version }, type: 'number', unit: 'count' }
      const words = { name: 'stop_words', expected: 'a language that has a list of stop words' }
      const label = `${JSON.stringify(language)} has none`
      const help = `Languages that have one: ${names.join(', ')}.`
      report(env, say.wrongFunctionUse(of.span, words, { label, help }))
      return undefined
    }
    return wrong(env, call, 'a language, or the field that has it: `stop_words("de")`, `stop_words(language)`')
  },
  count(env, call, substitutions) {
    const [first, second, more] = argumentsOf(call)
    if (!first || more) return wrong(env, call, 'a pattern, or a text and a pattern: `count(r"\\d+")`')
    const text: Expression = { type: 'name', name: 'text', span: call.span }
    const found =
      second === undefined
        ? withPattern(env, call, text, first, substitutions)
        : withPattern(env, call, first, second, substitutions)
    return found && { expression: { op: 'count', ...found }, type: 'number', unit: 'count' }
  },
}

/** The text that an expression is, or that replaces a missing field; `undefined` if it has none. */
function textIn(expression: DocumentExpression): string | undefined {
  const value =
    expression.op === 'literal' ? expression.value : expression.op === 'default' ? expression.otherwise : undefined
  return typeof value === 'string' ? value : undefined
}

function boolean(expression: DocumentExpression): Checked {
  return { expression, type: 'boolean', unit: 'none' }
}

function wrong(env: Env, call: CallExpression, expected: string): undefined {
  report(env, say.wrongFunctionUse(call.span, { name: call.callee.name, expected }))
}

/** The positional arguments of a call; none if it has others too. */
function argumentsOf({ arguments: given, block }: CallExpression): readonly Expression[] {
  return block === undefined && given.every(({ name }) => name === undefined) ? given.map(({ value }) => value) : []
}

function withPattern(
  env: Env,
  call: CallExpression,
  of: Expression,
  pattern: Expression,
  substitutions: Substitutions,
): { readonly of: DocumentExpression; readonly pattern: string } | undefined {
  const text = of.type === 'name' && of.name === 'text' ? fieldNamed(['text']) : check(env, of, substitutions)
  const value = evaluate(env, pattern)
  if (text === undefined || value.type === 'unknown') return undefined
  if (!fits(text, 'string') || value.type !== 'string')
    return wrong(env, call, 'a text and a pattern: `matches(url, r"\\.edu/")`')
  const other = otherSpelling(value.value)
  if (other !== undefined) {
    report(env, say.wrongPattern(pattern.span, { problem: other.problem }, { help: other.help }))
    return undefined
  }
  const problem = problemOf(value.value)
  if (problem === undefined) return { of: text.expression, pattern: value.value }
  report(env, say.wrongPattern(pattern.span, { problem }))
  return undefined
}

/** A spelling of other pattern languages for which RE2 has another one; `undefined` if the pattern has none. */
function otherSpelling(pattern: string): { readonly problem: string; readonly help: string } | undefined {
  const escapes = pattern.replaceAll('\\\\', '')
  const character = /\\u\{?([0-9a-fA-F]{4,6})\}?/.exec(escapes)
  const set = /\\([pP])\{\w+=(\w+)\}/.exec(escapes)
  if (character) return spelled(character[0], `\\x{${character[1]}}`)
  return set ? spelled(set[0], `\\${set[1]}{${set[2]}}`) : undefined
}

function spelled(written: string, right: string) {
  return { problem: `has \`${written}\``, help: `Write \`${right}\`: patterns are those of RE2.` }
}

/** The parts of other pattern languages that take more time than in proportion to the text, and that RE2 therefore lacks. */
function problemOf(pattern: string): string | undefined {
  // An escape and a class stand for one character, which may be repeated like a letter.
  const plain = pattern.replace(/\\(?:[pPx]\{[^}]*\}|[^1-9k])/g, 'x').replace(/\[\^?\]?(?:[^\]\\]|\\.)*\]/g, 'x')
  if (/\(\?<?[=!]/.test(plain)) return 'looks ahead or behind'
  if (/\\[1-9k]/.test(plain)) return 'refers back to a group'
  if (/\(\?>|(?:[*+?]|\{\d+(?:,\d*)?\})\+/.test(plain)) return 'has an atomic group or a possessive repetition'
  const open = plain.split('(').length
  const close = plain.split(')').length
  return open === close ? undefined : 'has a bracket without its partner'
}
