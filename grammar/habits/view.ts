/** A piece of a text that cannot be read, as recognizers see it. */

import type { IToken, TokenType } from 'chevrotain'
import type { Habit, SyntaxProblem } from '../problem.ts'
import type { Span } from '../span.ts'
import * as t from '../tokens.ts'

export interface Unread {
  readonly file: string
  readonly text: string
  readonly tokens: readonly IToken[]
  /** The index of the token where the parser failed; the number of tokens if it failed at the end. */
  readonly failedAt: number
  /** The piece is a declaration, begins like no declaration, or is the hole of a string. */
  readonly place: 'declaration' | 'junk' | 'hole'
  /** The token behind the piece. */
  readonly next?: IToken | undefined
}

const openers: ReadonlySet<TokenType> = new Set([t.LParen, t.LCurly, t.LSquare])
const closers: ReadonlySet<TokenType> = new Set([t.RParen, t.RCurly, t.RSquare])

export class View {
  readonly text: string
  readonly tokens: readonly IToken[]
  readonly failedAt: number
  readonly place: Unread['place']
  readonly #file: string
  /** For each token, the index of the bracket that is open there; -1 if there is none. */
  readonly #open: readonly number[]

  constructor({ file, text, tokens, failedAt, place }: Unread) {
    this.#file = file
    this.text = text
    this.tokens = tokens
    this.failedAt = failedAt
    this.place = place
    const open: number[] = []
    const stack: number[] = []
    for (const [i, token] of tokens.entries()) {
      if (closers.has(token.tokenType)) stack.pop()
      open.push(stack.at(-1) ?? -1)
      if (openers.has(token.tokenType)) stack.push(i)
    }
    this.#open = open
  }

  is(at: number, ...types: readonly TokenType[]): boolean {
    const type = this.tokens[at]?.tokenType
    return type !== undefined && types.includes(type)
  }

  /** The text of a token; empty beyond the last token. */
  image(at: number): string {
    return this.tokens[at]?.image ?? ''
  }

  /** Whether a token is a name, or a keyword that could name a setting. */
  isWord(at: number): boolean {
    return /^[A-Za-z_]\w*$/.test(this.image(at))
  }

  /** Whether a token can be the last of a value. */
  endsValue(at: number): boolean {
    return this.is(at, t.Identifier, t.NumberText, t.Text, t.RawText, t.True, t.False, t.RParen, t.RSquare, t.RCurly)
  }

  /** Whether a token can be the first of a value. Signs and brackets do not count. */
  beginsValue(at: number): boolean {
    return this.is(at, t.Identifier, t.NumberText, t.Text, t.RawText, t.True, t.False)
  }

  /** Whether a token is directly followed by the next. */
  touches(at: number): boolean {
    const token = this.tokens[at]
    const next = this.tokens[at + 1]
    return token !== undefined && next !== undefined && token.startOffset + token.image.length === next.startOffset
  }

  /** Whether a token is the first on its line. */
  isFirst(at: number): boolean {
    return at === 0 || this.tokens[at - 1]?.endLine !== this.tokens[at]?.startLine
  }

  /** The index of the bracket that encloses a token; -1 if there is none. */
  openAt(at: number): number {
    return this.#open[at] ?? -1
  }

  /** Whether the text has `sign` at a token. */
  has(at: number, sign: string): boolean {
    const token = this.tokens[at]
    return token !== undefined && this.text.startsWith(sign, token.startOffset)
  }

  /** The source text from one token to another. */
  source(from: number, to = from): string {
    const span = this.span(from, to)
    return this.text.slice(span.start, span.end)
  }

  span(from: number, to = from): Span {
    const start = this.tokens[from]?.startOffset ?? this.text.length
    const last = this.tokens[to] ?? this.tokens[from]
    return { file: this.#file, start, end: last === undefined ? start : last.startOffset + last.image.length }
  }

  /** The index of the last token on the line of a token. */
  endOfLine(at: number): number {
    let end = at
    while (end + 1 < this.tokens.length && !this.isFirst(end + 1)) end++
    return end
  }

  found(problem: Habit, help: string, from: number, to = from): SyntaxProblem {
    return { problem, written: short(this.source(from, to)), help, span: this.span(from, to) }
  }
}

/** Recognizes a habit that begins at a token; `undefined` if there is none. */
export type Recognizer = (view: View, at: number) => SyntaxProblem | undefined

/** A piece of the source, shortened for a message. */
export function short(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 40 ? `${line.slice(0, 39)}…` : line
}
