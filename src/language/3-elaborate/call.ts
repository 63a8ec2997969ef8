/** Calls of blocks and of primitives in the body of an architecture. */

import type { Span } from '../../../grammar/span.ts'
import type { BlockDeclaration, CallExpression, Parameter } from '../../../grammar/syntax.ts'
import { showShape } from '../../model/shape.ts'
import { matchArguments, type Written } from '../arguments.ts'
import * as say from '../messages/models.generated.ts'
import * as settings from '../messages/settings.generated.ts'
import { evaluate, type Frame, report, runBody, tensor } from './body.ts'
import type { Lent, WeightPath } from './naming.ts'
import { Given, type ParameterType, type Primitive, type PrimitiveParameter } from './primitives.ts'
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
  ids: 'ids, such as `tokens`',
  size: 'a size',
  sizes: 'sizes',
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
      return value.type === 'tensor' && !value.ids
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
  const rest = primitive.parameters.find((parameter) => parameter.type === 'sizes')?.name
  const parameters = primitive.parameters.map((each) => ({ name: each.name, optional: each.default !== undefined }))
  const found = assign(frame, call, parameters, given, rest)
  if (found === undefined) return unknown
  const values = new Map<string, Value | readonly Value[]>()
  let fits = true
  for (const parameter of primitive.parameters) {
    const operands = found.get(parameter.name)
    if (operands === undefined) values.set(parameter.name, parameter.default!)
    else if (!operands.every((each) => suits(frame, parameter, each))) fits = false
    else if (parameter.type === 'sizes')
      values.set(
        parameter.name,
        operands.map((each) => each.value),
      )
    else values.set(parameter.name, operands[0]!.value)
  }
  if (!fits) return unknown
  const path = pathOfPrimitive(frame, call.callee.name, lent)
  return tensor(frame, call.span, () => primitive.apply(new Given(frame.work.builder, path, values)))
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
    const value = argument?.value ?? evaluate(inside, parameter.default!)
    inside.values.set(parameter.name.name, value)
    if (parameter.shape !== undefined && argument !== undefined && !bindShape(frame, inside, parameter, argument))
      fits = false
  }
  return fits ? runBody(inside, block.body, block.name) : unknown
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
