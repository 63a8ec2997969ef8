/** One attempt of the parser at some tokens: what it made of them, or where it could not go on. */

import type { IRecognitionException, IToken } from 'chevrotain'
import { LlmpipeParser } from './parser.ts'
import { type ParseHole, TooDeep } from './parser-base.ts'
import type { SyntaxProblem } from './problem.ts'

/** Where the parser stopped: at an exception of its own, or where something stands too deep. */
export type Failure = IRecognitionException | TooDeep

export interface Attempt<T> {
  readonly value: T | undefined
  /** What was found wrong on the way without ending it. */
  readonly problems: readonly SyntaxProblem[]
  readonly failure: Failure | undefined
}

let parseHole: ParseHole

/** Hands in how the holes of strings are parsed, by parsers like this one. */
export function readHolesBy(parse: ParseHole): void {
  parseHole = parse
}

// Parsers that are not at work: the hole of a string is parsed by another one than the text around it.
const idle: LlmpipeParser[] = []

/** Reads tokens by a rule of the grammar. `depth`: how deep they stand in other expressions. */
export function attempt<T>(
  file: string,
  text: string,
  tokens: IToken[],
  depth: number,
  read: (parser: LlmpipeParser) => T | undefined,
): Attempt<T> {
  const parser = idle.pop() ?? new LlmpipeParser((outer, start, end) => parseHole(outer, start, end))
  try {
    parser.start(file, text, tokens, depth)
    const value = read(parser)
    return { value, problems: parser.problems, failure: parser.errors[0] }
  } catch (error) {
    if (error instanceof TooDeep) return { value: undefined, problems: parser.problems, failure: error }
    throw error
  } finally {
    idle.push(parser)
  }
}
