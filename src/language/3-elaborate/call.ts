/** Calls of blocks and of primitives in the body of an architecture. */

import type { Span } from '../../../grammar/span.ts'
import type { BlockDeclaration, CallExpression, Parameter } from '../../../grammar/syntax.ts'
import { showShape } from '../../model/shape.ts'
import { matchArguments, type Written } from '../arguments.ts'
import * as say from '../messages/models.generated.ts'
import { didYouMean } from '../messages/more.ts'
import * as settings from '../messages/settings.generated.ts'
import { choicesOf, declaredAt, type GivenValue, givenInWords, takes, typeInWords } from '../parameter-types.ts'
import { bind, evaluate, type Frame, report, runBody, tensors } from './body.ts'
import type { Lent, WeightPath } from './naming.ts'
import {
  Given,
  isOptional,
  type ParameterType,
  type Primitive,
  type PrimitiveParameter,
  restOf,
} from './primitives/primitive.ts'
import { inWords, ofDim, unknown, type Value } from './values.ts'

/** The greatest depth of calls of blocks. */
const maxDepth = 64

/** The value of an argument, and the span of its expression. */
export interface Operand {
  readonly span: Span
  readonly value: Value
}

export type GivenArgument = Written<Operand>

/** The arguments of each parameter; `undefined` if they do not fit, which is reported. `rest` takes all further positional ones. */
function assign(
  frame: Frame,
  call: CallExpression,
  parameters: readonly { readonly name: string; readonly optional: boolean }[],
  given: readonly GivenArgument[],
  rest?: string,
): Map<string, readonly Operand[]> | undefined {
  const callee = call.callee.name
  const formals = parameters.map(({ name, optional }) =>
    optional ? { name } : { name, missing: (at: Span) => settings.missingArgument(at, { callee, name }) },
  )
  const most = parameters.length === 1 ? '1 argument' : `${parameters.length} arguments`
  const positional = parameters.map(({ name }) => name)
  const called = { name: callee, formals, positional, rest, most, tooMany: { help: '' } }
  const matched = matchArguments(called, given, call.callee.span, (diagnostic) => report(frame, diagnostic))
  if (!matched.fits) return undefined
  const found = new Map<string, readonly Operand[]>()
  for (const [name, argument] of matched.named) found.set(name, [argument.value])
  if (rest !== undefined && matched.rest.length > 0)
    found.set(
      rest,
      matched.rest.map(({ value }) => value),
    )
  return found
}

const expected: Readonly<Record<ParameterType, string>> = {
  tensor: 'a tensor',
  term: 'a tensor or a number',
  ids: 'ids, such as `tokens`',
  size: 'a size',
  sizes: 'sizes',
  tensors: 'a tensor each',
  number: 'a number',
  boolean: 'a truth value',
  word: 'a word',
  init: 'a way to begin weights, such as `normal(0.02)`',
}

/** Whether a value is one that a parameter takes; if not, that is reported. */
function suits(frame: Frame, parameter: PrimitiveParameter, { value, span }: Operand): boolean {
  if (value.type === 'unknown') return false
  const { name, type, words } = parameter
  if (hasType(value, parameter)) return true
  const what = `\`${name}\``
  if (type === 'size' || type === 'sizes') report(frame, say.notASize(span, { what, got: inWords(value) }))
  else {
    const choices = words === undefined ? expected[type] : words.map((word) => `\`${word}\``).join(' or ')
    report(frame, say.wrongValue(span, { what, expected: choices, got: inWords(value) }))
  }
  return false
}

function hasType(value: Value, { type, words }: PrimitiveParameter): boolean {
  switch (type) {
    case 'size':
    case 'sizes':
      return value.type === 'size' || (value.type === 'number' && Number.isInteger(value.value) && value.value > 0)
    case 'ids':
      return value.type === 'tensor' && value.ids
    case 'tensor':
    case 'tensors':
      return value.type === 'tensor' && !value.ids
    case 'term':
      return value.type === 'number' || (value.type === 'tensor' && !value.ids)
    case 'word':
      return value.type === 'word' && (words === undefined || words.includes(value.value))
    default:
      return value.type === type
  }
}

export function callPrimitive(
  frame: Frame,
  call: CallExpression,
  primitive: Primitive,
  given: readonly GivenArgument[],
  lent: Lent | undefined,
): Value {
  const rest = restOf(primitive.parameters)
  const parameters = primitive.parameters.map((each) => ({ name: each.name, optional: isOptional(each) }))
  const found = assign(frame, call, parameters, given, rest)
  if (found === undefined) return unknown
  const values = new Map<string, Value | readonly Value[]>()
  let fits = true
  for (const parameter of primitive.parameters) {
    const operands = found.get(parameter.name)
    if (operands === undefined) {
      if (parameter.default !== undefined) values.set(parameter.name, parameter.default)
    } else if (!operands.every((each) => suits(frame, parameter, each))) fits = false
    else if (parameter.name === rest)
      values.set(
        parameter.name,
        operands.map((each) => each.value),
      )
    else values.set(parameter.name, operands[0]!.value)
  }
  if (!fits) return unknown
  const path = pathOfPrimitive(frame, call.callee.name, lent)
  return tensors(frame, call.span, () => primitive.apply(new Given(frame.work.builder, path, values, frame.work.terms)))
}

/** `table = weight(…)` is the weight `table` itself; the weights of another primitive are below the name of its binding. */
function pathOfPrimitive({ path }: Frame, name: string, lent: Lent | undefined): WeightPath {
  if (name === 'weight') return lent === undefined ? path : lent.alias(path)
  return lent === undefined ? path.inside(name) : lent.path(path, name)
}

export function callBlock(
  frame: Frame,
  call: CallExpression,
  block: BlockDeclaration,
  given: readonly GivenArgument[],
  lent: Lent | undefined,
): Value {
  const { name } = block.name
  const from = frame.through.findIndex((each) => each.block === block)
  if (from !== -1) {
    const chain = [...frame.through.slice(from).map((each) => each.block.name.name), name].map((each) => `\`${each}\``)
    report(frame, say.callsItself(call.callee.span, { name, chain: chain.join(' → ') }))
    return unknown
  }
  if (frame.through.length >= maxDepth) {
    report(frame, settings.callsTooDeep(call.callee.span, { most: `${maxDepth}` }))
    return unknown
  }
  const parameters = block.parameters.map((each) => ({ name: each.name.name, optional: each.default !== undefined }))
  const found = assign(frame, call, parameters, given)
  if (found === undefined || given.some(({ value }) => value.value.type === 'unknown')) return unknown
  const inside: Frame = {
    ...frame,
    values: new Map(),
    path: lent?.path(frame.path, name) ?? frame.path.inside(name),
    file: block.span.file,
    through: [...frame.through, { span: call.callee.span, block }],
  }
  let fits = true
  for (const parameter of block.parameters) {
    const argument = found.get(parameter.name.name)?.[0]
    const value = argument?.value ?? defaultOf(inside, parameter)
    bind(inside, parameter.name, value)
    if (value.type !== 'unknown') {
      const place = { value, span: argument?.span ?? parameter.default!.span }
      if (!hasStatedType(argument === undefined ? inside : frame, parameter, name, place)) fits = false
    }
    if (parameter.shape !== undefined && argument !== undefined && !bindShape(frame, inside, parameter, argument))
      fits = false
  }
  return fits ? runBody(inside, block.body, block.name) : unknown
}

/** The default of a parameter. A bare word is one of the choices that the parameter states, if it has that name. */
export function defaultOf(frame: Frame, { of, default: usual }: Parameter): Value {
  const word = usual?.type === 'name' && choicesOf(of)?.includes(usual.name) ? usual.name : undefined
  return word === undefined ? evaluate(frame, usual!) : { type: 'word', value: word }
}

/** Whether a value has the type that its parameter states; if not, that is reported. */
export function hasStatedType(frame: Frame, parameter: Parameter, callee: string, { value, span }: Operand): boolean {
  const { of: type, name } = parameter
  if (type === undefined || takes(type, asGiven(value))) return true
  const related = declaredAt(parameter, span)
  const choices = choicesOf(type)
  if (choices !== undefined && value.type === 'word') {
    const listed = choices.join(', ')
    const { help } = didYouMean(value.value, choices, `Choices: ${listed}.`)
    const words = { got: value.value, setting: name.name, choices: listed }
    report(frame, settings.unknownChoice(span, words, { ...(help === undefined ? {} : { help }), related }))
    return false
  }
  const got = givenInWords(asGiven(value)) ?? inWords(value)
  const words = { name: name.name, callee, expected: typeInWords(type), got }
  report(frame, settings.wrongParameter(span, words, { related }))
  return false
}

function asGiven(value: Value): GivenValue {
  switch (value.type) {
    case 'number':
    case 'boolean':
      return value
    case 'word':
      return { type: 'text', value: value.value }
    case 'size':
      return { type: 'size' }
    case 'tensor':
      return { type: value.ids ? 'other' : 'tensor' }
    default:
      return { type: 'other' }
  }
}

/** Compares a tensor with the shape that its parameter states; new names in the shape become sizes in the body. */
function bindShape(frame: Frame, inside: Frame, parameter: Parameter, { value, span }: Operand): boolean {
  const { name } = parameter.name
  if (value.type !== 'tensor') {
    report(frame, say.wrongValue(span, { what: `\`${name}\``, expected: 'a tensor', got: inWords(value) }))
    return false
  }
  const stated = parameter.shape!
  const words = stated.map((each) => (each.type === 'name' ? each.name : each.type === 'number' ? each.text : '…'))
  const misfit = (why: string) => {
    const problem = `\`${name}\` is [${words.join(', ')}], and ${showShape(value.shape)} is given${why}`
    const related = [{ span: parameter.span, label: 'stated here' }]
    report(frame, say.shapesDoNotFit(span, { problem }, { related }))
    return false
  }
  if (stated.length !== value.shape.length) return misfit('')
  for (const [i, each] of stated.entries()) {
    const actual = ofDim(value.shape[i]!)
    if (each.type === 'name' && !inside.values.has(each.name)) {
      inside.values.set(each.name, actual)
      continue
    }
    const wanted = evaluate(inside, each)
    if (wanted.type === 'unknown') return false
    const [a, b] = [wanted, actual].map((size) =>
      size.type === 'size' ? size.symbol : size.type === 'number' ? size.value : inWords(size),
    )
    if (a !== b) return misfit(each.type === 'name' ? `: ${words[i]} is ${a}` : '')
  }
  return true
}
