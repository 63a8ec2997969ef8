/** The base of the parser: spans, problems, and the leaves of the tree. */

import {
  defaultParserErrorProvider,
  EmbeddedActionsParser,
  type IToken,
  type ParserMethod,
  type TokenType,
} from 'chevrotain'
import { LazyLookahead } from './lookahead.ts'
import { readNumber } from './numbers.ts'
import type { SyntaxProblem } from './problem.ts'
import type { Span } from './span.ts'
import { scanString } from './strings.ts'
import type { Expression, Identifier, StringLiteral } from './syntax.ts'
import * as t from './tokens.ts'

export type Rule<T> = ParserMethod<[], T>

/** Parses the hole of a string, between two offsets of the whole text. */
export type ParseHole = (outer: ParserBase, start: number, end: number) => Expression

export interface ParserOptions {
  /** Looks for ambiguities in the grammar, which takes long: for tests. */
  readonly validate?: true
}

/** The greatest depth of expressions, and of declarations that hold others. */
export const maxDepth = 64

/** Thrown to stop the parser at something that is nested too deeply; parse.ts reports it. */
export class TooDeep extends Error {
  readonly span: Span
  readonly most: number

  constructor(span: Span, most: number) {
    super('too deep')
    this.span = span
    this.most = most
  }
}

export class ParserBase extends EmbeddedActionsParser {
  file = ''
  text = ''
  problems: SyntaxProblem[] = []
  /** How many expressions enclose the current place. Holes of strings continue the count of the string. */
  depth = 0
  /** Above 0 while a `{` belongs to an `if` or a `repeat`, and does not begin a trailing block. */
  protected withoutBlock = 0
  readonly #parseHole: ParseHole

  constructor(parseHole: ParseHole, options: ParserOptions = {}) {
    super(t.tokens, {
      maxLookahead: 2,
      lookaheadStrategy: new LazyLookahead(2),
      nodeLocationTracking: 'none',
      skipValidations: options.validate !== true,
      // errors.ts writes the messages, and needs the expected token only.
      errorMessageProvider: {
        ...defaultParserErrorProvider,
        buildMismatchTokenMessage: ({ expected }) => expected.name,
      },
    })
    this.#parseHole = parseHole
  }

  /** Resets the parser for a text and its tokens. */
  start(file: string, text: string, input: IToken[], depth = 0): void {
    this.file = file
    this.text = text
    this.problems = []
    this.withoutBlock = 0
    this.depth = depth
    this.input = input
  }

  /** Enters one more level, until `leave`. An error ends the parse, so nobody resets the depth then. */
  protected enter(): void {
    this.depth++
    if (this.depth > maxDepth) throw new TooDeep(this.spanOf(this.LA(1)), maxDepth)
  }

  protected leave(): void {
    this.depth--
  }

  protected identifier(token: IToken): Identifier {
    return { type: 'identifier', name: token.image, span: this.spanOf(token) }
  }

  protected number(token: IToken): Expression {
    const span = this.spanOf(token)
    const text = token.image
    const read = readNumber(text)
    if ('unit' in read) return { type: 'number', value: read.value, unit: read.unit, text, span }
    if ('badPoint' in read) {
      this.report({ problem: 'decimal-point', text, better: read.better, span })
      return { type: 'number', value: read.value, unit: 'none', text, span }
    }
    const suffix = read.unknownSuffix
    const near = read.nearest === undefined ? {} : { nearest: read.nearest }
    this.report({ problem: 'unknown-suffix', suffix, ...near, span: { ...span, start: span.end - suffix.length } })
    return { type: 'missing', span }
  }

  protected string(token: IToken): StringLiteral {
    const { file } = this
    const span = this.spanOf(token)
    const parts: StringLiteral['parts'][number][] = []
    if (token.image === '') return { type: 'string', parts, raw: false, text: '""', span }
    if (token.image.startsWith("'")) {
      this.report({ problem: 'unexpected-character', text: "'", span: { ...span, end: span.start + 1 } })
      return { type: 'string', parts, raw: false, text: token.image, span }
    }
    const scanned = scanString(this.text, span.start)
    if (!scanned.closed) this.report({ problem: 'unterminated-string', span })
    else if (scanned.openHole !== undefined)
      this.report({ problem: 'unterminated-hole', span: { file, start: scanned.openHole, end: scanned.openHole + 1 } })
    for (const at of scanned.badEscapes)
      this.report({
        problem: 'unknown-escape',
        escape: this.text.slice(at, at + 2),
        span: { file, start: at, end: at + 2 },
      })
    for (const piece of scanned.pieces) {
      if (piece.type === 'text') parts.push(piece)
      else if (this.text.slice(piece.start, piece.end).trim() === '')
        this.report({ problem: 'empty-hole', span: { file, start: piece.start - 1, end: piece.end + 1 } })
      else parts.push({ type: 'hole', value: this.#parseHole(this, piece.start, piece.end) })
    }
    return { type: 'string', parts, raw: false, text: token.image, span }
  }

  protected rawString(token: IToken): StringLiteral {
    const span = this.spanOf(token)
    const closed = token.image.length > 2 && token.image.endsWith('"')
    if (!closed) this.report({ problem: 'unterminated-string', span })
    const text = token.image.slice(2, closed ? -1 : undefined)
    return { type: 'string', parts: text === '' ? [] : [{ type: 'text', text }], raw: true, text: token.image, span }
  }

  /** The text of a string that cannot have holes, such as the path of an import. */
  protected plainText(token: IToken): string {
    const literal = this.string(token)
    return literal.parts.map((part) => (part.type === 'text' ? part.text : '')).join('')
  }

  protected report(problem: SyntaxProblem): void {
    this.problems.push(problem)
  }

  protected onSameLine(): boolean {
    return this.LA(0).endLine === this.LA(1).startLine
  }

  protected atNamedEntry(): boolean {
    return isAnyName(this.LA(1).tokenType) && this.LA(2).tokenType === t.Colon
  }

  /** Whether the next token begins a declaration. If so, brackets that are still open were never closed. */
  protected atDeclaration(): boolean {
    if (this.LA(1).tokenType === t.Test) return this.LA(2).tokenType === t.Text
    return t.declarationKeywords.includes(this.LA(1).tokenType) && this.LA(2).tokenType !== t.Colon
  }

  /** The offset of the next token. */
  protected from(): number {
    const next = this.LA(1)
    return Number.isNaN(next.startOffset) ? this.text.length : next.startOffset
  }

  /** The span from an offset to the end of the last token. */
  protected since(start: number): Span {
    const last = this.LA(0).endOffset
    const end = last === undefined || Number.isNaN(last) ? start : last + 1
    return { file: this.file, start: Math.min(start, end), end }
  }

  protected spanOf(token: IToken): Span {
    // A token that error recovery inserted has no place; its span is behind the last real token.
    if (Number.isNaN(token.startOffset)) return this.missing().span
    return { file: this.file, start: token.startOffset, end: token.startOffset + token.image.length }
  }

  protected missing(): Expression {
    const last = this.LA(0).endOffset
    const at = last === undefined || Number.isNaN(last) ? 0 : last + 1
    return { type: 'missing', span: { file: this.file, start: at, end: at } }
  }
}

export function isAnyName(type: TokenType): boolean {
  return type === t.Identifier || type.CATEGORIES?.includes(t.AnyName) === true
}
