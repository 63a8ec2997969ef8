/** Elaborates the body of an architecture: statements and expressions become values and nodes of a tensor graph. */

import type { Span } from '../../../grammar/span.ts'
import type {
  Argument,
  BinaryOperator,
  BlockDeclaration,
  CallExpression,
  Expression,
  Identifier,
  Statement,
} from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { numberFunctions } from '../../core/values/number-functions.ts'
import { arithmetic, comparisons, isArithmetic, isComparison } from '../../core/values/operators.ts'
import type { GraphBuilder } from '../../model/build.ts'
import type { Op } from '../../model/ops.ts'
import { ShapeError, showShape } from '../../model/shape.ts'
import type { ModelScope } from '../2-check/env.ts'
import { valueElsewhere } from '../messages/habits.ts'
import * as say from '../messages/models.generated.ts'
import { didYouMean, habitHelp } from '../messages/more.ts'
import * as names from '../messages/names.generated.ts'
import * as settings from '../messages/settings.generated.ts'
import { choicesOf } from '../parameter-types.ts'
import { callBlock, callPrimitive, type GivenArgument, type Operand } from './call.ts'
import { Lent, type WeightPath } from './naming.ts'
import { ValueError } from './primitives/primitive.ts'
import { inits, primitives } from './primitives.ts'
import { inWords, unknown, type Value } from './values.ts'

/** The greatest number of statements with all `repeat`s and blocks written out. A larger number is a slip, and would exhaust the memory. */
const maxStatements = 100_000

/** The state of one elaboration of one architecture. */
export interface Work {
  readonly builder: GraphBuilder
  readonly scope: ModelScope
  readonly diagnostics: Diagnostic[]
  /** The origin of each node of the graph: the span of its expression, and the frame that evaluated it. */
  readonly origins: Map<number, { readonly frame: Frame; readonly span: Span }>
  /** The loss terms so far, by their names. */
  readonly terms: Map<string, number>
  /** The shapes that the tensors of a name have, by the span of the name: several, if its body runs with several. */
  readonly shapes: Map<Span, Set<string>>
  /** The number of statements run so far. */
  statements: number
}

/** The environment of a statement or an expression in a body. */
export interface Frame {
  readonly work: Work
  /** Assignments change it. */
  readonly values: Map<string, Value>
  readonly path: WeightPath
  /** The file that contains the body. */
  readonly file: string
  /** The calls of blocks that lead to the body. */
  readonly through: readonly { readonly span: Span; readonly block: BlockDeclaration }[]
}

/** Reports a diagnostic, with notes at the calls of blocks that lead to it. */
export function report(frame: Frame, diagnostic: Diagnostic): void {
  const through = frame.through.map(({ span, block }) => ({ span, label: `in this call of \`${block.name.name}\`` }))
  const related = [...(diagnostic.related ?? []), ...through.reverse()]
  frame.work.diagnostics.push(related.length === 0 ? diagnostic : { ...diagnostic, related })
}

/** Runs the statements of a body. Returns the value of the last one. */
export function runBody(frame: Frame, body: readonly Statement[], name: { name: string; span: Span }): Value {
  let result: Value | undefined
  for (const statement of body) result = runStatement(frame, statement)
  if (result !== undefined) return result
  report(frame, say.noResult(body.at(-1)?.span ?? name.span, { name: name.name }))
  return unknown
}

/** Counts a statement. Returns `false` beyond the limit, which is reported once. */
function withinLimit({ work }: Frame, span: Span): boolean {
  work.statements++
  if (work.statements === maxStatements + 1)
    work.diagnostics.push(say.tooLarge(span, { limit: maxStatements.toLocaleString('en') }))
  return work.statements <= maxStatements
}

function runStatement(frame: Frame, statement: Statement): Value | undefined {
  if (!withinLimit(frame, statement.span)) return unknown
  switch (statement.type) {
    case 'result':
      return evaluate(frame, statement.value)
    case 'assign': {
      assign(frame, statement)
      return undefined
    }
    case 'repeat': {
      const count = evaluate(frame, statement.count)
      if (count.type === 'unknown') return undefined
      if (count.type !== 'number' || !Number.isInteger(count.value) || count.value < 1) {
        report(frame, say.notASize(statement.count.span, { what: 'The count of `repeat`', got: inWords(count) }))
        return undefined
      }
      const group = frame.path.inside(statement.count.type === 'name' ? statement.count.name : 'repeat')
      for (let i = 0; i < count.value && withinLimit(frame, statement.span); i++) {
        if (statement.index) frame.values.set(statement.index.name, { type: 'number', value: i })
        const inside = { ...frame, path: group.inside(String(i)) }
        for (const each of statement.body) runStatement(inside, each)
      }
      return undefined
    }
  }
}

/** Binds a name to a value, and records its shape. */
export function bind({ work: { shapes }, values }: Frame, { name, span }: Identifier, value: Value): void {
  values.set(name, value)
  if (value.type !== 'tensor') return
  const known = shapes.get(span) ?? new Set()
  shapes.set(span, known.add(showShape(value.shape)))
}

/** Binds the names of an assignment: one to any value, several to the parts of one. */
function assign(frame: Frame, { names: targets, value }: Extract<Statement, { type: 'assign' }>): void {
  const [only] = targets
  if (only !== undefined && targets.length === 1) {
    bind(frame, only, evaluate(frame, value, new Lent(only.name)))
    return
  }
  const parts = evaluate(frame, value)
  const fits = parts.type === 'parts' && parts.values.length === targets.length
  if (!fits && parts.type !== 'unknown')
    report(frame, say.wrongParts(value.span, { names: `${targets.length}`, got: inWords(parts) }))
  for (const [i, target] of targets.entries()) bind(frame, target, fits ? parts.values[i]! : unknown)
}

/** The value of an expression. `lent`: the name of the binding that it is bound to. */
export function evaluate(frame: Frame, expression: Expression, lent?: Lent): Value {
  switch (expression.type) {
    case 'number':
      return { type: 'number', value: expression.value }
    case 'boolean':
      return { type: 'boolean', value: expression.value }
    case 'string': {
      const text = textOfLiteral(expression)
      if (text !== undefined) return { type: 'word', value: text }
      const words = { what: 'A text here', expected: 'a word without `{…}`', got: 'a text with a hole' }
      report(frame, say.wrongValue(expression.span, words))
      return unknown
    }
    case 'name':
      return evaluateName(frame, expression.name, expression.span)
    case 'call':
      return evaluateCall(frame, expression, undefined, lent)
    case 'pipe': {
      // A chain of pipes is evaluated from its beginning, so that its length does not matter.
      const chain = [expression]
      for (let at = expression.left; at.type === 'pipe'; at = at.left) chain.push(at)
      let left = evaluate(frame, chain.at(-1)!.left, lent)
      for (const pipe of chain.reverse()) {
        if (!withinLimit(frame, pipe.span)) return unknown
        left = evaluateCall(frame, pipe.right, { value: left, span: pipe.left.span }, lent)
      }
      return left
    }
    case 'unary': {
      const operand = evaluate(frame, expression.operand)
      if (operand.type === 'number' && expression.operator === '-') return { type: 'number', value: -operand.value }
      if (operand.type === 'boolean' && expression.operator === 'not') return { type: 'boolean', value: !operand.value }
      if (operand.type === 'tensor' && expression.operator === '-')
        return apply(frame, 'neg', [operand.node], expression.span)
      if (operand.type !== 'unknown') {
        const expected = expression.operator === '-' ? 'a number or a tensor' : 'a truth value'
        const what = `What follows \`${expression.operator}\``
        report(frame, say.wrongValue(expression.operand.span, { what, expected, got: inWords(operand) }))
      }
      return unknown
    }
    case 'binary':
      return evaluateBinary(frame, expression)
    case 'if': {
      const condition = evaluate(frame, expression.condition)
      if (condition.type === 'boolean')
        return evaluate(frame, condition.value ? expression.then : expression.otherwise, lent)
      if (condition.type !== 'unknown')
        report(frame, settings.conditionUnknown(expression.condition.span, { got: inWords(condition) }))
      return unknown
    }
    case 'missing':
      return unknown
    default:
      report(
        frame,
        say.wrongValue(expression.span, {
          what: 'A value here',
          expected: 'a number, a truth value or a tensor',
          got: `a ${expression.type}`,
        }),
      )
      return unknown
  }
}

/** The text of a literal without holes; `undefined` if it has some. */
function textOfLiteral({ parts }: Extract<Expression, { type: 'string' }>): string | undefined {
  const texts = parts.flatMap((part) => (part.type === 'text' ? [part.text] : []))
  return texts.length === parts.length ? texts.join('') : undefined
}

function evaluateName(frame: Frame, name: string, span: Span): Value {
  const value = frame.values.get(name)
  if (value !== undefined) return value
  const elsewhere = valueElsewhere(name)
  const more = elsewhere === undefined ? didYouMean(name, frame.values.keys()) : habitHelp(elsewhere)
  report(frame, names.unknownName(span, { name }, more))
  return unknown
}

const tensorOperators: Readonly<Record<string, Op>> = { '+': 'add', '-': 'sub', '*': 'mul', '/': 'div' }

function evaluateBinary(frame: Frame, expression: Extract<Expression, { type: 'binary' }>): Value {
  const { operator, span } = expression
  const left = evaluate(frame, expression.left)
  const right = evaluate(frame, expression.right)
  if (left.type === 'unknown' || right.type === 'unknown') return unknown
  if (left.type === 'number' && right.type === 'number')
    return calculate(frame, operator, left.value, right.value, span)
  if (left.type === 'boolean' && right.type === 'boolean' && (operator === 'and' || operator === 'or'))
    return { type: 'boolean', value: operator === 'and' ? left.value && right.value : left.value || right.value }
  if ((operator === '==' || operator === '!=') && left.type === right.type && 'value' in left && 'value' in right)
    return { type: 'boolean', value: comparisons[operator](left.value, right.value) }
  const op = tensorOperators[operator]
  const [a, b] = [nodeOf(frame, left), nodeOf(frame, right)]
  if (op !== undefined && a !== undefined && b !== undefined) return apply(frame, op, [a, b], span)
  const words = { operator: `\`${operator}\``, left: inWords(left), right: inWords(right) }
  report(frame, settings.wrongOperands(span, words))
  return unknown
}

/** The node of a tensor or of a constant; `undefined` for any other value. */
function nodeOf({ work }: Frame, value: Value): number | undefined {
  if (value.type === 'tensor') return value.node
  return value.type === 'number' ? work.builder.constant(value.value) : undefined
}

function calculate(frame: Frame, operator: BinaryOperator, a: number, b: number, span: Span): Value {
  if (isComparison(operator)) return { type: 'boolean', value: comparisons[operator](a, b) }
  if (!isArithmetic(operator)) {
    report(frame, settings.wrongOperands(span, { operator: `\`${operator}\``, left: 'a number', right: 'a number' }))
    return unknown
  }
  return finite(frame, arithmetic[operator](a, b), (operator === '/' || operator === '%') && b === 0, span)
}

/** A number as a value; an infinity or NaN is reported. */
function finite(frame: Frame, value: number, byZero: boolean, span: Span): Value {
  if (Number.isFinite(value)) return { type: 'number', value }
  const problem = byZero ? 'it divides by 0' : 'it is too large, or not a number'
  report(frame, settings.noNumber(span, { problem }))
  return unknown
}

function evaluateCall(frame: Frame, call: CallExpression, piped: Operand | undefined, lent: Lent | undefined): Value {
  const { name } = call.callee
  // What stands in place of the call was reported.
  if (name === '') return unknown
  const block = frame.work.scope.resolve(name, frame.file) ?? frame.work.scope.blocks.get(name)
  const written = [...call.arguments, ...(call.block ?? [])].map((argument, i): GivenArgument => {
    const word = wordOf(frame, name, block, argument, piped === undefined ? i : i + 1)
    const value = { span: argument.value.span, value: word ?? evaluate(frame, argument.value) }
    return { name: argument.name, span: argument.span, value }
  })
  const given = [...(piped ? [{ span: piped.span, value: piped }] : []), ...written]
  if (block !== undefined) return callBlock(frame, call, block, given, lent)
  const numbers = given.every(({ value, name: named }) => value.value.type === 'number' && named === undefined)
  const ofNumbers = member(numberFunctions, name)
  if (ofNumbers !== undefined && numbers && given.length === ofNumbers.takes) {
    const value = ofNumbers.of(...given.map(({ value }) => (value.value as { value: number }).value))
    return finite(frame, value, false, call.span)
  }
  const init = member(inits, name)
  const only = given[0]?.value.value
  if (init !== undefined && given.length === 1 && only?.type === 'number')
    return { type: 'init', init: init(only.value) }
  const primitive = member(primitives, name)
  if (primitive !== undefined) return callPrimitive(frame, call, primitive, given, lent)
  if (ofNumbers !== undefined || init !== undefined) {
    if (given.some(({ value }) => value.value.type === 'unknown')) return unknown
    const expected = ofNumbers && ofNumbers.takes > 1 ? `${ofNumbers.takes} numbers` : 'a number'
    const got = given.length === 0 ? 'nothing' : given.map(({ value }) => inWords(value.value)).join(' and ')
    report(frame, say.wrongValue(call.span, { what: `What \`${name}\` takes`, expected, got }))
    return unknown
  }
  const known = [
    ...frame.work.scope.blocks.keys(),
    ...Object.keys(primitives),
    ...Object.keys(numberFunctions),
    ...Object.keys(inits),
  ]
  const otherwise = 'It may have to be declared with `block`, or imported with `use`.'
  report(frame, names.unknownCall(call.callee.span, { name }, didYouMean(name, known, otherwise)))
  return unknown
}

/** The entry of a table with a name. Properties that every object has, such as `constructor`, are not entries. */
function member<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}

/**
 * A bare word that selects a variant of a primitive, such as `erf`, or of a block whose parameter states choices; `undefined` if the
 * argument is a value. The first argument of a primitive is always a tensor, so an unknown name there is a mistake.
 */
function wordOf(
  frame: Frame,
  callee: string,
  block: BlockDeclaration | undefined,
  { name, value }: Argument,
  position: number,
): Value | undefined {
  if (value.type !== 'name' || frame.values.has(value.name)) return undefined
  const first = position === 0
  if (block !== undefined) {
    const stated = block.parameters.find((each, i) =>
      name === undefined ? i === position : each.name.name === name.name,
    )
    return choicesOf(stated?.of) === undefined ? undefined : { type: 'word', value: value.name }
  }
  const parameters = member(primitives, callee)?.parameters.filter(({ words }) => words !== undefined) ?? []
  const meant =
    name === undefined ? parameters.length > 0 && !first : parameters.some((each) => each.name === name.name)
  return meant ? { type: 'word', value: value.name } : undefined
}

/** Applies an operation. Shapes that do not fit are reported at `span`. */
export function apply(frame: Frame, op: Op, inputs: readonly number[], span: Span): Value {
  return tensors(frame, span, () => frame.work.builder.apply(op, inputs, {} as never, frame.path.scope || undefined))
}

/** The tensor that `make` adds to the graph, or the tensors. Shapes that do not fit are reported at `span`. */
export function tensors(frame: Frame, span: Span, make: () => number | readonly number[]): Value {
  const { builder, origins } = frame.work
  const before = builder.nodes.length
  try {
    const result = make()
    for (let made = before; made < builder.nodes.length; made++) origins.set(made, { frame, span })
    if (typeof result === 'number') return tensorAt(builder, result)
    return { type: 'parts', values: result.map((node) => tensorAt(builder, node)) }
  } catch (error) {
    if (error instanceof ShapeError) report(frame, say.shapesDoNotFit(span, { problem: error.message }))
    else if (error instanceof ValueError) report(frame, say.wrongValue(span, error.words))
    else throw error
    return unknown
  }
}

function tensorAt(builder: GraphBuilder, node: number): Value {
  const { shape, dtype } = builder.nodes[node]!
  return { type: 'tensor', node, shape, ids: dtype === 'int32' }
}
