/** Translates Chevrotain's exceptions into problems: what was expected, what was found, and which bracket is still open. */

import type { IRecognitionException, IToken, TokenType } from 'chevrotain'
import { nearest } from './nearest.ts'
import type { SyntaxProblem } from './problem.ts'
import type { Span } from './span.ts'
import * as t from './tokens.ts'

/** The part that each rule expects, as a message names it. */
const wanted: Readonly<Record<string, string>> = {
  use: 'a module: `std.clean` or a path in quotes',
  stdPath: 'the name of a module',
  statement: 'a statement',
  stated: 'a type, such as `count`, or a shape',
  architecture: '`(` of its parameters, or `=`',
  value: '`param` or `let`',
  declaredName: 'a name',
  binding: 'a name',
  forClause: 'a variable',
}

/** The problem that a parser's exception stands for. `tokens`: those that the parser read; `next`: the token behind them. */
export function problemOf(
  error: IRecognitionException,
  file: string,
  text: string,
  tokens: readonly IToken[],
  next?: IToken,
): SyntaxProblem {
  const atEnd = Number.isNaN(error.token.startOffset) && next === undefined
  const token = Number.isNaN(error.token.startOffset) && next !== undefined ? next : error.token
  const span = placeOf(token, file, text, tokens)
  const found = atEnd
    ? 'the end of the file'
    : `\`${token.image.length > 24 ? `${token.image.slice(0, 23)}…` : token.image}\``
  const rule = error.context.ruleStack.at(-1) ?? 'program'
  const expectedToken = error.name === 'MismatchedTokenException' ? expectedOf(error) : undefined

  const unexpected = atEnd ? span : spanOf(file, token)
  if (error.name === 'NotAllInputParsedException' || rule === 'program' || rule === 'declaration') {
    if (token.tokenType === t.RParen || token.tokenType === t.RCurly || token.tokenType === t.RSquare)
      return { problem: 'not-a-declaration', found, span: unexpected }
    const near = nearest(
      token.image,
      t.declarationKeywords.map((keyword) => keyword.PATTERN as string),
    )
    return { problem: 'not-a-declaration', found, ...(near === undefined ? {} : { nearest: near }), span: unexpected }
  }
  const wantsName = expectedToken === t.Identifier || wanted[rule] === 'a name'
  if (wantsName && t.isKeyword(token.image)) {
    return { problem: 'keyword-as-name', keyword: token.image, span: spanOf(file, token) }
  }
  const opened = expectedToken && closers.has(expectedToken) ? openedBefore(token, tokens, file) : undefined
  const expected = expectedToken ? nameOf(expectedToken) : (wanted[rule] ?? 'a value')
  return { problem: 'expected', expected, found, span, ...(opened ? { opened } : {}) }
}

const closers: ReadonlySet<TokenType> = new Set([t.RParen, t.RCurly, t.RSquare])
const openers: ReadonlySet<TokenType> = new Set([t.LParen, t.LCurly, t.LSquare])

/** The token type that the parser expected: its error messages consist of the name alone (see parser-base.ts). */
function expectedOf(error: IRecognitionException): TokenType | undefined {
  return t.tokens.find((token) => token.name === error.message)
}

function nameOf(type: TokenType): string {
  if (type === t.Identifier) return 'a name'
  if (type === t.AnyName) return 'a name'
  return type.LABEL ?? `\`${type.name}\``
}

/** The innermost bracket that is open at a token. */
function openedBefore(token: IToken, tokens: readonly IToken[], file: string): Span | undefined {
  let depth = 0
  const before = tokens.indexOf(token)
  for (let i = (before === -1 ? tokens.length : before) - 1; i >= 0; i--) {
    const at = tokens[i] as IToken
    if (closers.has(at.tokenType)) depth++
    else if (openers.has(at.tokenType)) {
      if (depth === 0) return spanOf(file, at)
      depth--
    }
  }
  return undefined
}

function spanOf(file: string, token: IToken): Span {
  return { file, start: token.startOffset, end: token.startOffset + Math.max(1, token.image.length) }
}

/** The place of something missing: the token found instead, or the end of the line on which the missing part belongs. */
function placeOf(token: IToken, file: string, text: string, tokens: readonly IToken[]): Span {
  const atEnd = Number.isNaN(token.startOffset)
  const index = tokens.indexOf(token)
  const before = index === -1 ? tokens.at(-1) : tokens[index - 1]
  if (!atEnd && (before === undefined || before.endLine === token.startLine)) return spanOf(file, token)
  const at = before?.endOffset === undefined ? text.length : before.endOffset + 1
  return { file, start: at, end: at + 1 }
}
