/** Parses templates: the grammar of jinja2 with loop controls and `{% generation %}`, as in transformers. */

import { parseExpression, parseFilters, parseParameters, parseTarget, parseTuple } from './expressions.ts'
import { tokensOf } from './lexer.ts'
import type { Branch, Expression, Statement, Target } from './node.ts'
import { Tokens } from './tokens.ts'

/** The statements of a template. Throws a JinjaError that names the line. */
export function parseTemplate(template: string): readonly Statement[] {
  const tokens = new Tokens(tokensOf(template))
  const { body } = parseUntil(tokens, [])
  return body
}

/** Parses statements up to one of these tags and consumes its name; without tags, up to the end of the template. */
function parseUntil(
  tokens: Tokens,
  ends: readonly string[],
  from = tokens.line,
): { readonly body: Statement[]; readonly end: string } {
  const body: Statement[] = []
  for (;;) {
    const token = tokens.next()
    if (token === undefined) {
      if (ends.length === 0) return { body, end: '' }
      throw tokens.error(`{% ${ends.at(-1)} %} is missing for what begins on line ${from}`)
    }
    const { line } = token
    if (token.kind === 'data') body.push({ kind: 'text', value: token.text, line })
    else if (token.kind === 'output') {
      body.push({ kind: 'output', value: parseTuple(tokens), line })
      tokens.expect('output end')
    } else {
      const name = tokens.expect('name').text
      if (ends.includes(name)) return { body, end: name }
      body.push(parseStatement(tokens, name, line))
    }
  }
}

/** Parses the body of a tag up to `{% end… %}`. */
function parseBody(tokens: Tokens, end: string): Statement[] {
  const { line } = tokens
  tokens.expect('block end')
  const { body } = parseUntil(tokens, [end], line)
  tokens.expect('block end')
  return body
}

function parseStatement(tokens: Tokens, name: string, line: number): Statement {
  switch (name) {
    case 'if':
      return parseIf(tokens, line)
    case 'for':
      return parseFor(tokens, line)
    case 'set':
      return parseSet(tokens, line)
    case 'macro': {
      const macro = tokens.expect('name').text
      return {
        kind: 'macro',
        name: macro,
        parameters: parseParameters(tokens),
        body: parseBody(tokens, 'endmacro'),
        line,
      }
    }
    case 'call': {
      const parameters = tokens.is('(') ? parseParameters(tokens) : []
      const call = parseExpression(tokens)
      if (call.kind !== 'call') throw tokens.error('{% call %} needs a call')
      return { kind: 'call-block', call, parameters, body: parseBody(tokens, 'endcall'), line }
    }
    case 'filter':
      return { kind: 'filter-block', filters: parseFilters(tokens), body: parseBody(tokens, 'endfilter'), line }
    case 'with': {
      const values: [Target, Expression][] = []
      while (!tokens.at('block end')) {
        if (values.length > 0) tokens.take(',')
        const target = parseTarget(tokens)
        tokens.take('=')
        values.push([target, parseExpression(tokens)])
      }
      return { kind: 'with', values, body: parseBody(tokens, 'endwith'), line }
    }
    case 'generation':
      return { kind: 'generation', body: parseBody(tokens, 'endgeneration'), line }
    case 'break':
    case 'continue':
      tokens.expect('block end')
      return { kind: name, line }
    default:
      throw tokens.error(`there is no tag {% ${name} %}`)
  }
}

function parseIf(tokens: Tokens, line: number): Statement {
  const branches: Branch[] = []
  for (;;) {
    const test = parseTuple(tokens, { conditional: false })
    tokens.expect('block end')
    const { body, end } = parseUntil(tokens, ['elif', 'else', 'endif'], line)
    branches.push({ test, body })
    if (end === 'elif') continue
    const otherwise = end === 'else' ? parseBody(tokens, 'endif') : []
    if (end === 'endif') tokens.expect('block end')
    return { kind: 'if', branches, otherwise, line }
  }
}

function parseFor(tokens: Tokens, line: number): Statement {
  const target = parseTarget(tokens)
  tokens.takeName('in')
  const of = parseTuple(tokens, { conditional: false })
  const where = tokens.skipName('if') ? parseExpression(tokens) : undefined
  const recursive = tokens.skipName('recursive')
  tokens.expect('block end')
  const { body, end } = parseUntil(tokens, ['else', 'endfor'], line)
  const otherwise = end === 'else' ? parseBody(tokens, 'endfor') : []
  if (end === 'endfor') tokens.expect('block end')
  return { kind: 'for', target, of, where, recursive, body, otherwise, line }
}

function parseSet(tokens: Tokens, line: number): Statement {
  const target = parseTarget(tokens)
  if (tokens.skip('=')) {
    const value = parseTuple(tokens)
    tokens.expect('block end')
    return { kind: 'set', target, value, line }
  }
  const filters = tokens.skip('|') ? parseFilters(tokens) : []
  return { kind: 'set-block', target, filters, body: parseBody(tokens, 'endset'), line }
}
