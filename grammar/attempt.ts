/** One attempt of the parser at a list of tokens: the value it read, or the place where it stopped. */

import type { IRecognitionException, IToken } from 'chevrotain'
import { LlmpipeParser } from './parser.ts'
import { type ParseHole, TooDeep } from './parser-base.ts'
import type { SyntaxProblem } from './problem.ts'

/** Why the parser stopped: an exception of its own, or something that is nested too deeply. */
export type Failure = IRecognitionException | TooDeep

export interface Attempt<T> {
  readonly value: T | undefined
  /** Problems that did not stop the parser. */
  readonly problems: readonly SyntaxProblem[]
  readonly failure: Failure | undefined
}

let parseHole: ParseHole

/** Sets the function that parses the holes of strings. It uses parsers like this one, hence the circle. */
export function readHolesBy(parse: ParseHole): void {
  parseHole = parse
}

// Parsers that are not in use. The hole of a string needs another parser than the text around it.
const idle: LlmpipeParser[] = []

/** Reads tokens by a rule of the grammar. `depth`: how many expressions enclose the tokens. */
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
