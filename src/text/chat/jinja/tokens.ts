/** The tokens of a template, for a parser that consumes them in order. */

import type { Token, TokenKind } from './lexer.ts'
import { JinjaError } from './limits.ts'

/** The deepest nesting of expressions. */
const maxDepth = 200

export class Tokens {
  readonly #tokens: readonly Token[]
  #at = 0
  #depth = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get line(): number {
    return (this.#tokens[this.#at] ?? this.#tokens.at(-1))?.line ?? 1
  }

  error(problem: string): JinjaError {
    return new JinjaError(`line ${this.line}: ${problem}`)
  }

  next(): Token | undefined {
    return this.#tokens[this.#at++]
  }

  peek(ahead = 0): Token | undefined {
    return this.#tokens[this.#at + ahead]
  }

  at(kind: TokenKind): boolean {
    return this.peek()?.kind === kind
  }

  /** Whether the next token is this operator. */
  is(operator: string): boolean {
    const token = this.peek()
    return token?.kind === 'operator' && token.text === operator
  }

  isName(name: string, ahead = 0): boolean {
    const token = this.peek(ahead)
    return token?.kind === 'name' && token.text === name
  }

  skip(operator: string): boolean {
    const found = this.is(operator)
    if (found) this.#at++
    return found
  }

  skipName(name: string): boolean {
    const found = this.isName(name)
    if (found) this.#at++
    return found
  }

  take(operator: string): void {
    if (!this.skip(operator)) throw this.error(`expected '${operator}', found ${this.#found()}`)
  }

  takeName(name: string): void {
    if (!this.skipName(name)) throw this.error(`expected '${name}', found ${this.#found()}`)
  }

  expect(kind: TokenKind): Token {
    const token = this.peek()
    if (token?.kind !== kind)
      throw this.error(`expected ${kind === 'name' ? 'a name' : `the ${kind}`}, found ${this.#found()}`)
    this.#at++
    return token
  }

  /** Parses one level deeper. */
  deeper<T>(parse: () => T): T {
    if (++this.#depth > maxDepth) throw this.error(`expressions nest more than ${maxDepth} deep`)
    try {
      return parse()
    } finally {
      this.#depth--
    }
  }

  #found(): string {
    const token = this.peek()
    return token === undefined ? 'the end of the template' : JSON.stringify(token.text.trim())
  }
}
