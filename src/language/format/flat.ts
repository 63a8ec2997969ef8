/** The canonical text of an expression on one line. */

import { precedence, prefixLevel } from '../../../grammar/operators.ts'
import type {
  Argument,
  CallExpression,
  Expression,
  ForClause,
  Parameter,
  StringLiteral,
  TypeExpression,
} from '../../../grammar/syntax.ts'

/** Levels around those of operators: a pipe binds loosest, a call or a literal tightest. */
const pipeLevel = 0
const unaryOperand = 9
const tight = 10

/** How tightly an expression binds. */
function levelOf(expression: Expression): number {
  switch (expression.type) {
    case 'pipe':
      return pipeLevel
    case 'binary':
      return precedence[expression.operator].level
    case 'range':
      return precedence['..'].level
    case 'unary':
      return prefixLevel[expression.operator]
    default:
      return tight
  }
}

/** The text of an expression, in parentheses if it binds more loosely than `lowest`. */
function within(expression: Expression, lowest: number): string {
  const text = flat(expression)
  return levelOf(expression) < lowest ? `(${text})` : text
}

export function flat(expression: Expression): string {
  switch (expression.type) {
    case 'number':
      return expression.text
    case 'string':
      return flatString(expression)
    case 'boolean':
      return String(expression.value)
    case 'list':
      return `[${expression.items.map(flat).join(', ')}]`
    case 'range': {
      const { level } = precedence['..']
      return `${within(expression.from, level + 1)}..${within(expression.to, level + 1)}`
    }
    case 'name':
      return expression.name
    case 'member':
      return `${within(expression.object, tight)}.${expression.name.name}`
    case 'index':
      return `${within(expression.object, tight)}[${flat(expression.index)}]`
    case 'select': {
      const entries = expression.entries.map(({ name, value }) => `${name.name}=${flat(value)}`)
      return `${within(expression.object, tight)}[${entries.join(', ')}]`
    }
    case 'call':
      return flatCall(expression)
    case 'pipe':
      return [pipeHead(headOf(expression)), ...stagesOf(expression).map(flatCall)].join(' |> ')
    case 'binary': {
      const { level, side } = precedence[expression.operator]
      const left = within(expression.left, side === 'left' ? level : level + 1)
      const right = within(expression.right, side === 'right' ? level : level + 1)
      return `${left} ${expression.operator} ${right}`
    }
    case 'unary': {
      const level = prefixLevel[expression.operator]
      const operand = within(expression.operand, level)
      return expression.operator === 'not' ? `not ${operand}` : `-${operand}`
    }
    case 'if':
      return `if ${condition(expression.condition)} { ${flat(expression.then)} } else ${otherwise(expression.otherwise)}`
    case 'missing':
      return ''
  }
}

function otherwise(expression: Expression): string {
  return expression.type === 'if' ? flat(expression) : `{ ${flat(expression)} }`
}

/**
 * The text of an expression before a `{` that does not belong to it, such as the condition of an `if`. A call with a block needs
 * parentheses there.
 */
export function condition(expression: Expression): string {
  return endsInBlock(expression) ? `(${flat(expression)})` : flat(expression)
}

/** Whether the text of an expression begins or ends with a call that has a block. */
function endsInBlock(expression: Expression): boolean {
  switch (expression.type) {
    case 'call':
      return expression.block !== undefined
    case 'pipe':
      return stagesOf(expression).some(({ block }) => block !== undefined) || endsInBlock(headOf(expression))
    case 'binary':
      return endsInBlock(expression.left) || endsInBlock(expression.right)
    case 'range':
      return endsInBlock(expression.from) || endsInBlock(expression.to)
    case 'unary':
      return endsInBlock(expression.operand)
    case 'member':
    case 'index':
    case 'select':
      return endsInBlock(expression.object)
    default:
      return false
  }
}

type Pipe = Extract<Expression, { type: 'pipe' }>

/** The first expression of a chain of pipes. */
export function headOf(expression: Expression): Expression {
  let head = expression
  while (head.type === 'pipe') head = head.left
  return head
}

/** The calls of a chain of pipes, in their order. */
export function stagesOf(pipe: Pipe): CallExpression[] {
  const stages: CallExpression[] = []
  for (let at: Expression = pipe; at.type === 'pipe'; at = at.left) stages.push(at.right)
  return stages.reverse()
}

/**
 * The text of the first expression of a chain of pipes. Parentheses show where a calculation ends, although the pipe would take all of
 * it.
 */
export function pipeHead(expression: Expression): string {
  return expression.type === 'pipe' ? flat(expression) : within(expression, unaryOperand)
}

export function flatCall(call: CallExpression): string {
  const block = call.block === undefined ? '' : call.block.length === 0 ? ' {}' : ` { ${flatArguments(call.block)} }`
  return `${call.callee.name}(${flatArguments(call.arguments)})${block}`
}

export function flatArguments(list: readonly Argument[]): string {
  return list.map(flatArgument).join(', ')
}

export function flatArgument({ name, value }: Argument): string {
  return name === undefined ? flat(value) : `${name.name}: ${flat(value)}`
}

export function flatParameters(parameters: readonly Parameter[]): string {
  return `(${parameters.map(flatParameter).join(', ')})`
}

export function flatParameter({ name, shape, of, default: value }: Parameter): string {
  const type = of === undefined ? '' : `: ${flatType(of)}`
  const stated = shape === undefined ? type : `: [${shape.map(flat).join(', ')}]`
  return `${name.name}${stated}${value === undefined ? '' : ` = ${flat(value)}`}`
}

function flatType(type: TypeExpression): string {
  return type.type === 'type name' ? type.name : type.texts.map(flatString).join(' or ')
}

/** `lr in [1e-3, 3e-4]`. */
export function flatClause({ names, values }: ForClause): string {
  return `${names.map(({ name }) => name).join(', ')} in ${condition(values)}`
}

/** A string as it is written, with canonical holes. */
function flatString(literal: StringLiteral): string {
  if (literal.raw || literal.parts.every((part) => part.type === 'text')) return literal.text
  const pieces = literal.parts.map((part) => (part.type === 'hole' ? `{${flat(part.value)}}` : escaped(part.text)))
  return `"${pieces.join('')}"`
}

function escaped(text: string): string {
  const marked = text.replace(/["\\{}]/g, (char) => `\\${char}`)
  return marked.replaceAll('\n', '\\n').replaceAll('\t', '\\t').replaceAll('\r', '\\r')
}
