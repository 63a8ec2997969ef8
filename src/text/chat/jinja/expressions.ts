/** Parses the expressions of templates, from the weakest operators to the strongest, as in jinja2's parser. */

import type { Arguments, Arithmetic, Comparison, Expression, NamedCall, Parameter, Target } from './node.ts'
import type { Tokens } from './tokens.ts'
import { integerIn } from './value.ts'

export function parseExpression(tokens: Tokens): Expression {
  return tokens.deeper(() => parseChoice(tokens))
}

/** Parses an expression, or a tuple of expressions with commas between them. */
export function parseTuple(tokens: Tokens, { conditional = true } = {}): Expression {
  const parse = () => (conditional ? parseExpression(tokens) : tokens.deeper(() => parseOr(tokens)))
  const first = parse()
  if (!tokens.is(',')) return first
  const items = [first]
  while (tokens.skip(',')) {
    if (endsTuple(tokens)) break
    items.push(parse())
  }
  return { kind: 'list', items, tuple: true }
}

function endsTuple(tokens: Tokens): boolean {
  return tokens.at('block end') || tokens.at('output end') || tokens.is(')') || tokens.isName('in')
}

export function parseTarget(tokens: Tokens): Target {
  const targets: Target[] = []
  do {
    if (endsTuple(tokens)) break
    if (tokens.skip('(')) {
      targets.push(parseTarget(tokens))
      tokens.take(')')
      continue
    }
    const name = tokens.expect('name').text
    targets.push(
      tokens.skip('.') ? { kind: 'attribute', of: name, name: tokens.expect('name').text } : { kind: 'name', name },
    )
  } while (tokens.skip(','))
  return targets.length === 1 ? targets[0]! : { kind: 'targets', targets }
}

export function parseParameters(tokens: Tokens): Parameter[] {
  const parameters: Parameter[] = []
  tokens.take('(')
  while (!tokens.skip(')')) {
    if (parameters.length > 0) tokens.take(',')
    if (tokens.skip(')')) break
    const name = tokens.expect('name').text
    parameters.push({ name, otherwise: tokens.skip('=') ? parseExpression(tokens) : undefined })
  }
  return parameters
}

/** Parses `name(…)|name|…` after `|` or `{% filter`. */
export function parseFilters(tokens: Tokens): NamedCall[] {
  const filters: NamedCall[] = []
  do filters.push(parseNamedCall(tokens))
  while (tokens.skip('|'))
  return filters
}

const noArguments: Arguments = { positional: [], named: [] }

function parseNamedCall(tokens: Tokens): NamedCall {
  let { text: name } = tokens.expect('name')
  while (tokens.skip('.')) name += `.${tokens.expect('name').text}`
  return { name, args: tokens.is('(') ? parseArguments(tokens) : noArguments }
}

function parseArguments(tokens: Tokens): Arguments {
  const positional: { value: Expression; spread: boolean }[] = []
  const named: { name: string; value: Expression }[] = []
  let spread: Expression | undefined
  tokens.take('(')
  while (!tokens.skip(')')) {
    if (positional.length + named.length > 0 || spread !== undefined) tokens.take(',')
    if (tokens.skip(')')) break
    const [name, equals] = [tokens.peek(), tokens.peek(1)]
    if (tokens.skip('**')) spread = parseExpression(tokens)
    else if (tokens.skip('*')) positional.push({ value: parseExpression(tokens), spread: true })
    else if (name?.kind === 'name' && equals?.kind === 'operator' && equals.text === '=') {
      tokens.next()
      tokens.next()
      named.push({ name: name.text, value: parseExpression(tokens) })
    } else {
      if (named.length > 0) throw tokens.error('an argument without a name follows one with a name')
      positional.push({ value: parseExpression(tokens), spread: false })
    }
  }
  return { positional, named, spread }
}

function parseChoice(tokens: Tokens): Expression {
  let value = parseOr(tokens)
  while (tokens.skipName('if')) {
    const test = parseOr(tokens)
    value = {
      kind: 'choice',
      test,
      chosen: value,
      otherwise: tokens.skipName('else') ? parseExpression(tokens) : undefined,
    }
  }
  return value
}

function parseOr(tokens: Tokens): Expression {
  let left = parseAnd(tokens)
  while (tokens.skipName('or')) left = { kind: 'or', left, right: parseAnd(tokens) }
  return left
}

function parseAnd(tokens: Tokens): Expression {
  let left = parseNot(tokens)
  while (tokens.skipName('and')) left = { kind: 'and', left, right: parseNot(tokens) }
  return left
}

function parseNot(tokens: Tokens): Expression {
  if (!tokens.isName('not') || tokens.isName('in', 1)) return parseComparison(tokens)
  tokens.next()
  return { kind: 'not', of: tokens.deeper(() => parseNot(tokens)) }
}

const comparisons: readonly Comparison[] = ['==', '!=', '<=', '>=', '<', '>']

function parseComparison(tokens: Tokens): Expression {
  const first = parseSum(tokens)
  const rest: [Comparison, Expression][] = []
  for (;;) {
    const operator = comparisons.find((each) => tokens.is(each))
    if (operator !== undefined) {
      tokens.next()
      rest.push([operator, parseSum(tokens)])
    } else if (tokens.skipName('in')) rest.push(['in', parseSum(tokens)])
    else if (tokens.isName('not') && tokens.isName('in', 1)) {
      tokens.next()
      tokens.next()
      rest.push(['not in', parseSum(tokens)])
    } else break
  }
  return rest.length === 0 ? first : { kind: 'compare', first, rest }
}

/** Parses left-associative operators of one precedence. */
const chain = (operators: readonly Arithmetic[], operand: (tokens: Tokens) => Expression) => (tokens: Tokens) => {
  let left = operand(tokens)
  for (;;) {
    const operator = operators.find((each) => tokens.is(each))
    if (operator === undefined) return left
    tokens.next()
    left = { kind: 'binary', operator, left, right: operand(tokens) }
  }
}
const parsePower = chain(['**'], (tokens) => parseUnary(tokens, true))
const parseProduct = chain(['*', '/', '//', '%'], parsePower)
const parseConcat = chain(['~'], parseProduct)
const parseSum = chain(['+', '-'], parseConcat)

function parseUnary(tokens: Tokens, filters: boolean): Expression {
  const sign = (['minus', 'plus'] as const).find((kind) => tokens.skip(kind === 'minus' ? '-' : '+'))
  const value: Expression =
    sign === undefined
      ? parsePostfix(tokens, parsePrimary(tokens))
      : { kind: sign, of: tokens.deeper(() => parseUnary(tokens, false)) }
  return filters ? parseFiltersAndTests(tokens, value) : value
}

function parsePrimary(tokens: Tokens): Expression {
  const token = tokens.next()
  if (token?.kind === 'string') {
    let value = token.text
    while (tokens.at('string')) value += tokens.expect('string').text
    return { kind: 'text', value }
  }
  if (token?.kind === 'number') {
    const float = /^\d+[.eE]/.test(token.text)
    return { kind: 'number', value: float ? Number(token.text) : integerIn(token.text), float }
  }
  if (token?.kind === 'name') {
    const { text: name } = token
    if (/^[Tt]rue$|^[Ff]alse$/.test(name)) return { kind: 'constant', value: name.toLowerCase() === 'true' }
    if (/^[Nn]one$/.test(name)) return { kind: 'constant', value: null }
    return { kind: 'name', name }
  }
  if (token?.kind === 'operator' && token.text === '(') {
    if (tokens.skip(')')) return { kind: 'list', items: [], tuple: true }
    const value = parseTuple(tokens)
    tokens.take(')')
    return value
  }
  if (token?.kind === 'operator' && token.text === '[')
    return { kind: 'list', items: parseSeparated(tokens, ']', () => parseExpression(tokens)), tuple: false }
  if (token?.kind === 'operator' && token.text === '{') {
    const entries = parseSeparated(tokens, '}', (): [Expression, Expression] => {
      const key = parseExpression(tokens)
      tokens.take(':')
      return [key, parseExpression(tokens)]
    })
    return { kind: 'dict', entries }
  }
  throw tokens.error(`unexpected ${token === undefined ? 'end of the template' : JSON.stringify(token.text.trim())}`)
}

function parseSeparated<T>(tokens: Tokens, end: string, parse: () => T): T[] {
  const items: T[] = []
  while (!tokens.skip(end)) {
    if (items.length > 0) tokens.take(',')
    if (tokens.skip(end)) break
    items.push(parse())
  }
  return items
}

function parsePostfix(tokens: Tokens, start: Expression): Expression {
  let value = start
  for (;;) {
    if (tokens.skip('.')) {
      const token = tokens.next()
      if (token?.kind === 'name') value = { kind: 'attribute', of: value, name: token.text }
      else if (token?.kind === 'number')
        value = { kind: 'item', of: value, key: { kind: 'number', value: Number(token.text), float: false } }
      else throw tokens.error('expected a name after the dot')
    } else if (tokens.skip('[')) value = parseSubscript(tokens, value)
    else if (tokens.is('(')) value = { kind: 'call', of: value, args: parseArguments(tokens) }
    else return value
  }
}

function parseSubscript(tokens: Tokens, of: Expression): Expression {
  const parts: (Expression | undefined)[] = []
  let sliced = false
  for (;;) {
    const empty = tokens.is(':') || tokens.is(']')
    parts.push(empty ? undefined : parseExpression(tokens))
    if (!tokens.skip(':')) break
    sliced = true
  }
  tokens.take(']')
  const [key] = parts
  if (sliced && parts.length <= 3) return { kind: 'slice', of, parts }
  if (sliced || key === undefined) throw tokens.error('the text in [ ] is not an index')
  return { kind: 'item', of, key }
}

function parseFiltersAndTests(tokens: Tokens, start: Expression): Expression {
  let value = start
  for (;;) {
    if (tokens.skip('|')) value = { kind: 'filter', of: value, filter: parseNamedCall(tokens) }
    else if (tokens.skipName('is')) value = parseTest(tokens, value)
    else if (tokens.is('(')) value = { kind: 'call', of: value, args: parseArguments(tokens) }
    else return value
  }
}

function parseTest(tokens: Tokens, of: Expression): Expression {
  const negated = tokens.skipName('not')
  const test = parseNamedCall(tokens)
  const next = tokens.peek()
  const keyword = next?.kind === 'name' && ['else', 'or', 'and', 'is', 'in', 'not', 'if'].includes(next.text)
  const begins =
    next !== undefined && (['name', 'string', 'number'].includes(next.kind) || tokens.is('[') || tokens.is('{'))
  if (test.args !== noArguments || keyword || !begins) return { kind: 'test', of, test, negated }
  const value = parsePostfix(tokens, parsePrimary(tokens))
  return { kind: 'test', of, test: { ...test, args: { positional: [{ value, spread: false }], named: [] } }, negated }
}
