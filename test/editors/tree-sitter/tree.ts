/** The syntax tree of the language, made of a tree of tree-sitter: without spans, as `bare` leaves a tree of the parser. */

import type { Node } from 'web-tree-sitter'
import { readNumber } from '../../../grammar/numbers.ts'

type Tree = Readonly<Record<string, unknown>>

/** The declarations of a `program` node. */
export function declarationsOf(node: Node): Tree[] {
  return named(node).map(declaration)
}

/** The named children without comments, which can be anywhere. */
function named(node: Node): Node[] {
  return node.namedChildren.filter((child) => child.type !== 'comment' && child.type !== 'doc_comment')
}

function field(node: Node, name: string): Node {
  const child = node.childForFieldName(name)
  if (child === null) throw new Error(`${node.type} has no ${name}: ${node.text}`)
  return child
}

function optional<T>(node: Node, name: string, read: (child: Node) => T, as = name): Readonly<Record<string, T>> {
  const child = node.childForFieldName(name)
  return child === null ? {} : { [as]: read(child) }
}

function identifier({ text }: Node): Tree {
  return { type: 'identifier', name: text }
}

const names = (node: Node) => node.childrenForFieldName('name').map(identifier)

function declaration(node: Node): Tree {
  const name = () => identifier(field(node, 'name'))
  const value = () => expression(field(node, 'value'))
  const parametersOf = () => named(field(node, 'parameters')).map(parameter)
  switch (node.type) {
    case 'use_declaration': {
      const source = field(node, 'source')
      const imported = named(node).filter(({ type }) => type === 'imported_name')
      return {
        type: 'use',
        source:
          source.type === 'string'
            ? { type: 'file', path: source.text.slice(1, -1) }
            : { type: 'std', path: named(source).map(({ text }) => text) },
        names: imported.map((each) => ({
          name: identifier(field(each, 'name')),
          ...optional(each, 'alias', identifier),
        })),
      }
    }
    case 'param_declaration':
      return { type: 'param', name: name(), value: value() }
    case 'let_declaration':
      return { type: 'let', name: name(), value: value() }
    case 'function_declaration':
      return { type: 'function', name: name(), parameters: parametersOf(), value: value() }
    case 'binding_declaration':
      return { type: 'binding', keyword: field(node, 'keyword').text, names: names(node), value: value() }
    case 'filter_declaration':
      return {
        type: 'filter',
        name: name(),
        parameters: parametersOf(),
        rules: named(field(node, 'body')).map(expression),
      }
    case 'op_declaration':
      return { type: 'op', name: name(), parameters: parametersOf(), value: value() }
    case 'block_declaration':
    case 'model_declaration':
      return {
        type: node.type.replace('_declaration', ''),
        name: name(),
        parameters: parametersOf(),
        body: named(field(node, 'body')).map(statement),
      }
    case 'expect_declaration':
      return { type: 'expect', test: value() }
    case 'export_declaration':
      return {
        type: 'export',
        value: value(),
        to: expression(field(node, 'to')),
        ...optional(node, 'as', identifier),
        ...optional(node, 'arguments', (list) => named(list).map(argument), 'options'),
      }
    case 'for_declaration': {
      const clauses = named(node).filter(({ type }) => type === 'for_clause')
      return {
        type: 'for',
        clauses: clauses.map((each) => ({ names: names(each), values: expression(field(each, 'values')) })),
        body: declarationsOf(field(node, 'body')),
      }
    }
    case 'if_declaration': {
      const branch = { type: 'branch', condition: expression(field(node, 'condition')) }
      const otherwise = node.childForFieldName('otherwise')
      const rest =
        otherwise?.type === 'if_declaration' ? [declaration(otherwise)] : otherwise && declarationsOf(otherwise)
      return {
        type: 'if',
        branches: [
          { ...branch, holds: true, body: declarationsOf(field(node, 'then')) },
          ...(rest === null ? [] : [{ ...branch, holds: false, body: rest }]),
        ],
      }
    }
    case 'test_declaration':
      return {
        type: 'test',
        name: { type: 'test name', text: field(node, 'name').text.slice(1, -1) },
        body: declarationsOf(field(node, 'body')),
      }
    default:
      throw new Error(`no declaration: ${node.type}`)
  }
}

function parameter(node: Node): Tree {
  return {
    name: identifier(field(node, 'name')),
    ...optional(node, 'shape', (list) => named(list).map(expression)),
    ...optional(node, 'type', typeOf, 'of'),
    ...optional(node, 'default', expression),
  }
}

function typeOf(node: Node): Tree {
  if (node.type === 'type_name') return { type: 'type name', name: node.text }
  return { type: 'choices', texts: named(node).map(expression) }
}

function statement(node: Node): Tree {
  switch (node.type) {
    case 'repeat_statement':
      return {
        type: 'repeat',
        count: expression(field(node, 'count')),
        ...optional(node, 'index', identifier),
        body: named(field(node, 'body')).map(statement),
      }
    case 'assignment':
      return { type: 'assign', names: names(node), value: expression(field(node, 'value')) }
    default:
      return { type: 'result', value: expression(named(node)[0]!) }
  }
}

function argument(node: Node): Tree {
  if (node.type !== 'named_argument') return { value: expression(node) }
  return { name: identifier(field(node, 'name')), value: expression(field(node, 'value')) }
}

function expression(node: Node): Tree {
  const of = (name: string) => expression(field(node, name))
  switch (node.type) {
    case 'identifier':
      return { type: 'name', name: node.text }
    case 'number': {
      const read = readNumber(node.text)
      if (!('unit' in read)) throw new Error(`no number: ${node.text}`)
      return { type: 'number', value: read.value, unit: read.unit, text: node.text }
    }
    case 'boolean':
      return { type: 'boolean', value: node.text === 'true' }
    case 'string':
      return { type: 'string', parts: parts(node), raw: false }
    case 'raw_string': {
      const text = node.text.slice(2, -1)
      return { type: 'string', parts: text === '' ? [] : [{ type: 'text', text }], raw: true }
    }
    case 'list':
      return { type: 'list', items: named(node).map(expression) }
    case 'parenthesized_expression':
      return expression(named(node)[0]!)
    case 'range':
      return { type: 'range', from: of('from'), to: of('to') }
    case 'pipe':
      return { type: 'pipe', left: of('left'), right: of('right') }
    case 'binary_expression':
      return { type: 'binary', operator: field(node, 'operator').text, left: of('left'), right: of('right') }
    case 'unary_expression':
      return { type: 'unary', operator: field(node, 'operator').text, operand: of('operand') }
    case 'member':
      return { type: 'member', object: of('object'), name: identifier(field(node, 'name')) }
    case 'index':
      return { type: 'index', object: of('object'), index: of('index') }
    case 'selection': {
      const entries = named(node).filter(({ type }) => type === 'selected')
      return {
        type: 'select',
        object: of('object'),
        entries: entries.map((each) => ({
          name: identifier(field(each, 'name')),
          value: expression(field(each, 'value')),
        })),
      }
    }
    case 'call':
      return {
        type: 'call',
        callee: identifier(field(node, 'function')),
        arguments: named(field(node, 'arguments')).map(argument),
        ...optional(node, 'block', (list) => named(list).map(argument)),
      }
    case 'conditional_expression': {
      const [condition, then, otherwise] = [of('condition'), of('then'), of('otherwise')]
      return { type: 'if', condition, then, otherwise }
    }
    default:
      throw new Error(`no expression: ${node.type}`)
  }
}

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' }

function parts(node: Node): Tree[] {
  const found: Tree[] = []
  const add = (text: string) => {
    const last = found.at(-1)
    if (last?.type === 'text') found[found.length - 1] = { type: 'text', text: `${last.text}${text}` }
    else found.push({ type: 'text', text })
  }
  for (const child of named(node)) {
    const { text } = child
    if (child.type === 'interpolation') found.push({ type: 'hole', value: expression(named(child)[0]!) })
    else if (child.type === 'string_content') add(text)
    else if (text.startsWith('\\u')) add(String.fromCodePoint(Number.parseInt(text.slice(3, -1), 16)))
    else add(escapes[text[1]!] ?? text[1]!)
  }
  return found
}
