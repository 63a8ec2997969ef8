/** The types that declarations state for their parameters: whether they are types, and whether arguments have them. */

import type { Span } from '../../../../grammar/span.ts'
import type { Declaration, Expression, Parameter, TypeExpression } from '../../../../grammar/syntax.ts'
import { placed } from '../../1-resolve/module.ts'
import { didYouMean } from '../../messages/more.ts'
import * as say from '../../messages/settings.generated.ts'
import {
  choicesOf,
  declaredAt,
  type GivenValue,
  givenInWords,
  schemaOf,
  takes,
  typeInWords,
  typeMeantBy,
  typeNames,
} from '../../parameter-types.ts'
import { reportShadow } from '../documents/condition.ts'
import { type Env, folderOf, report, sourceOf, type Thunk } from '../env.ts'
import { force } from '../evaluate.ts'
import { inWords, type Value } from '../values/values.ts'

/** Reports types of parameters that nothing has, shapes where only values are passed, and literal defaults of another type. */
export function checkStatedTypes(env: Env, declarations: readonly Declaration[]): void {
  for (const { declaration } of placed(declarations)) {
    if (!('parameters' in declaration)) continue
    const isBlock = declaration.type === 'block'
    for (const parameter of declaration.parameters) {
      const { of, shape } = parameter
      if (shape !== undefined && !isBlock) {
        const [first] = shape
        const span = first === undefined ? parameter.span : { ...first.span, end: shape.at(-1)!.span.end }
        report(env, say.unknownType(span, { name: 'A shape' }, { help: 'Only blocks take tensors.' }))
      }
      if (of === undefined) continue
      const isKnown = checkType(env, of, isBlock)
      const literal = parameter.default && ofLiteral(parameter.default)
      if (isKnown && literal !== undefined && !takes(of, literal)) {
        const got = sourceOf(env, parameter.default!.span)
        reportMisfit(env, parameter, declaration.name.name, parameter.default!.span, got)
      }
    }
  }
}

/** Whether a type is one; if not, that is reported. */
function checkType(env: Env, type: TypeExpression, isBlock: boolean): boolean {
  if (type.type === 'choices') {
    const hole = type.texts.flatMap(({ parts }) => parts.filter((part) => part.type === 'hole'))[0]
    if (hole?.type === 'hole') {
      report(env, say.unknownType(hole.value.span, { name: 'A text with a hole' }))
      return false
    }
    const texts = choicesOf(type) ?? []
    const again = texts.findIndex((text, i) => texts.indexOf(text) < i)
    if (again === -1) return true
    report(env, say.duplicateArgument(type.texts[again]!.span, { name: texts[again]! }))
    return false
  }
  const known = typeNames(isBlock)
  if (known.includes(type.name)) return true
  const meant = typeMeantBy(type.name)
  const isOfBlocks = typeNames(true).includes(type.name)
  const more = isOfBlocks
    ? { help: 'Only blocks take tensors.' }
    : meant !== undefined && known.includes(meant)
      ? { help: `Did you mean \`${meant}\`?`, fix: { type: 'replace', text: meant } as const }
      : didYouMean(type.name, known, `Types: ${known.join(', ')}, or texts: \`"a" or "b"\`.`)
  report(env, say.unknownType(type.span, { name: `\`${type.name}\`` }, more))
  return false
}

/** The value of a literal; `undefined` for an expression that has to be evaluated. */
function ofLiteral(expression: Expression): GivenValue | undefined {
  switch (expression.type) {
    case 'number':
      return { type: 'number', value: expression.value, unit: expression.unit }
    case 'boolean':
      return { type: 'boolean', value: expression.value }
    case 'string': {
      const texts = expression.parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
      return texts.length === expression.parts.length ? { type: 'text', value: texts.join('') } : undefined
    }
    case 'list':
      return { type: 'other' }
    default:
      return undefined
  }
}

/** Whether an argument has the type that its parameter states; if not, that is reported. Arguments of a stated type are evaluated here. */
export function hasStatedType(env: Env, parameter: Parameter, callee: string, argument: Thunk): boolean {
  const { of: type, name } = parameter
  if (type === undefined) return true
  const schema = schemaOf(type)
  if (schema !== undefined) env.checker.facts.setting(argument.span, schema, name.name)
  const inside = argument.env ?? env
  const choices = choicesOf(type)
  const { expression } = argument
  if (choices !== undefined && expression?.type === 'name' && argument.value === undefined) {
    const { name: word, span } = expression
    const hidden = inside.locals.get(word)?.span ?? inside.module.scope.get(word)?.at
    if (choices.includes(word)) {
      if (hidden) reportShadow(inside, word, hidden, span, `a choice for \`${name.name}\``)
      argument.value = { type: 'string', value: word, base: folderOf(inside) }
      return true
    }
    if (hidden === undefined) return reportChoice(inside, parameter, word, span, choices)
  }
  const value = force(argument)
  if (value.type === 'unknown') return false
  if (takes(type, asGiven(value))) return true
  if (choices !== undefined && value.type === 'string')
    return reportChoice(inside, parameter, value.value, argument.span, choices)
  const got = givenInWords(asGiven(value))
  const written = sourceOf(inside, argument.span)
  // A number is shown with its unit, as it is written.
  const shown = value.type === 'number' && /^[-\d]/.test(written) ? written : got
  return reportMisfit(inside, parameter, callee, argument.span, shown ?? inWords(value))
}

function reportMisfit(env: Env, parameter: Parameter, callee: string, span: Span, got: string): false {
  const words = { name: parameter.name.name, callee, expected: typeInWords(parameter.of!), got }
  report(env, say.wrongParameter(span, words, { related: declaredAt(parameter, span) }))
  return false
}

function reportChoice(env: Env, parameter: Parameter, got: string, span: Span, choices: readonly string[]): false {
  const listed = choices.join(', ')
  const near = didYouMean(got, choices, `Choices: ${listed}.`)
  // The words of a fix stand for the whole text, quotes included.
  const isText = sourceOf(env, span).startsWith('"')
  const { fix, ...help } = near
  const more = fix?.type === 'replace' && isText ? { ...help, fix: { ...fix, text: `"${fix.text}"` } } : near
  const related = declaredAt(parameter, span)
  report(env, say.unknownChoice(span, { got, setting: parameter.name.name, choices: listed }, { ...more, related }))
  return false
}

function asGiven(value: Value): GivenValue {
  switch (value.type) {
    case 'number':
      return { type: 'number', value: value.value, unit: value.unit }
    case 'boolean':
      return { type: 'boolean', value: value.value }
    case 'string':
      return { type: 'text', value: value.value }
    case 'size':
      return { type: 'size' }
    default:
      return { type: 'other' }
  }
}
