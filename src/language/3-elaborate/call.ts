/** Calls of blocks and of primitives: arguments meet parameters. */

import type { Span } from '../../../grammar/span.ts'
import type { Argument, BlockDeclaration, CallExpression, Identifier, Parameter } from '../../../grammar/syntax.ts'
import { showShape } from '../../model/shape.ts'
import * as say from '../messages/models.generated.ts'
import { didYouMean } from '../messages/more.ts'
import * as settings from '../messages/settings.generated.ts'
import { evaluate, type Frame, report, runBody, tensor } from './body.ts'
import type { Lent } from './naming.ts'
import { Given, type ParameterType, type Primitive } from './primitives.ts'
import { inWords, ofDim, unknown, type Value } from './values.ts'

/** Blocks in each other. */
const mostThrough = 64

/** An argument with its value. */
export interface GivenArgument {
  readonly name?: Identifier | undefined
  readonly span: Span
  readonly value: Value
  readonly argument?: Argument
}

/** Which argument each parameter gets; nothing where they do not fit. `rest` takes all further positional ones. */
function assign(
  frame: Frame,
  call: CallExpression,
  parameters: readonly { readonly name: string; readonly optional: boolean }[],
  given: readonly GivenArgument[],
  rest?: string,
): Map<string, GivenArgument[]> | undefined {
  const callee = call.callee.name
  const found = new Map<string, GivenArgument[]>()
  let place = 0
  let fits = true
  const wrong = (diagnostic: Parameters<typeof report>[1]) => {
    report(frame, diagnostic)
    fits = false
  }
  for (const argument of given) {
    const name = argument.name?.name ?? (parameters[place]?.name === rest ? rest : parameters[place++]?.name)
    if (name === undefined) {
      const most = parameters.length === 1 ? '1 argument' : `${parameters.length} arguments`
      wrong(settings.tooManyArguments(argument.span, { callee, most }, { help: '' }))
      continue
    }
    if (!parameters.some((parameter) => parameter.name === name)) {
      const near = didYouMean(
        name,
        parameters.map((parameter) => parameter.name),
      )
      wrong(settings.unknownSetting(argument.name!.span, { callee, setting: name }, near))
      continue
    }
    const before = found.get(name)
    if (before === undefined) found.set(name, [argument])
    else if (name === rest && argument.name === undefined) before.push(argument)
    else {
      const related = [{ span: before[0]!.span, label: 'first here' }]
      wrong(settings.duplicateArgument(argument.span, { name }, { related }))
    }
  }
  for (const { name, optional } of parameters) {
    if (optional || found.has(name) || !fits) continue
    wrong(settings.missingArgument(call.callee.span, { callee, name }))
  }
  return fits ? found : undefined
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

/** Whether a value is what a parameter takes; reported where not. */
function suits(
  frame: Frame,
  name: string,
  type: ParameterType,
  words: readonly string[] | undefined,
  given: GivenArgument,
): boolean {
  const { value, span } = given
  if (value.type === 'unknown') return false
  if (type === 'size' || type === 'sizes') {
    if (value.type === 'size' || (value.type === 'number' && Number.isInteger(value.value) && value.value > 0))
      return true
    report(frame, say.notASize(span, { what: `\`${name}\``, got: inWords(value) }))
    return false
  }
  const right =
    type === 'ids'
      ? value.type === 'tensor' && value.ids
      : type === 'tensor'
        ? value.type === 'tensor' && !value.ids
        : value.type === type && !(value.type === 'word' && words !== undefined && !words.includes(value.value))
  if (!right) {
    const choices = words === undefined ? expected[type] : words.map((word) => `\`${word}\``).join(' or ')
    report(frame, say.wrongValue(span, { what: `\`${name}\``, expected: choices, got: inWords(value) }))
  }
  return right
}

export function callPrimitive(
  frame: Frame,
  call: CallExpression,
  primitive: Primitive,
  given: readonly GivenArgument[],
  lent: Lent | undefined,
): Value {
  const { name } = call.callee
  const rest = primitive.parameters.find((parameter) => parameter.type === 'sizes')?.name
  const parameters = primitive.parameters.map((each) => ({ name: each.name, optional: each.default !== undefined }))
  const found = assign(frame, call, parameters, given, rest)
  if (found === undefined) return unknown
  const values = new Map<string, Value | readonly Value[]>()
  let fits = true
  for (const parameter of primitive.parameters) {
    const arguments_ = found.get(parameter.name)
    if (arguments_ === undefined) values.set(parameter.name, parameter.default!)
    else if (!arguments_.every((each) => suits(frame, parameter.name, parameter.type, parameter.words, each)))
      fits = false
    else
      values.set(
        parameter.name,
        parameter.type === 'sizes' ? arguments_.map((each) => each.value) : arguments_[0]!.value,
      )
  }
  if (!fits) return unknown
  // `table = weight(…)` is the weight `table`; a block's weights are below its place.
  const place =
    name === 'weight' && lent !== undefined
      ? lent.alias(frame.place)
      : (lent?.place(frame.place, name) ?? (name === 'weight' ? frame.place : frame.place.inside(name)))
  return tensor(frame, call.span, () => primitive.apply(new Given(frame.work.builder, place, values)))
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
  if (frame.through.length >= mostThrough) {
    report(frame, settings.callsTooDeep(call.callee.span, { most: `${mostThrough}` }))
    return unknown
  }
  const parameters = block.parameters.map((each) => ({ name: each.name.name, optional: each.default !== undefined }))
  const found = assign(frame, call, parameters, given)
  if (found === undefined || given.some(({ value }) => value.type === 'unknown')) return unknown
  const inside: Frame = {
    ...frame,
    values: new Map(),
    place: lent?.place(frame.place, name) ?? frame.place.inside(name),
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

/** Holds a tensor against the shape its parameter states; names in the shape that are new become sizes in the body. */
function bindShape(frame: Frame, inside: Frame, parameter: Parameter, { value, span }: GivenArgument): boolean {
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
