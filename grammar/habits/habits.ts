/**
 * Recognizes habits of other languages and common slips in a text that cannot be read. The first one before the place where the parser
 * failed gives the message, which says what to write instead.
 */

import type { SyntaxProblem } from '../problem.ts'
import * as calls from './calls.ts'
import * as conditions from './conditions.ts'
import * as declarations from './declarations.ts'
import { numbers } from './numbers.ts'
import { operators } from './operators.ts'
import { strayCharacter } from './stray-help.ts'
import { texts } from './texts.ts'
import { type Recognizer, type Unread, View } from './view.ts'

const recognizers: readonly Recognizer[] = [
  declarations.imports,
  declarations.words,
  declarations.withoutEquals,
  declarations.names,
  declarations.exportOrder,
  conditions.others,
  conditions.indentation,
  calls.dictionary,
  calls.quotedName,
  calls.methodCall,
  calls.blockOnItsOwnLine,
  calls.comprehension,
  calls.tuple,
  texts,
  numbers,
  operators,
  calls.equals,
  calls.withoutParentheses,
  declarations.withoutKeyword,
  strayCharacter,
]

/** The habit that makes a piece unreadable; `undefined` if none is recognized. */
export function habitIn(unread: Unread): SyntaxProblem | undefined {
  const view = new View(unread)
  // The parser fails at a habit, or at most one token before it.
  const last = Math.min(view.failedAt + 1, view.tokens.length - 1)
  for (let at = Math.max(0, last - 2000); at <= last; at++)
    for (const recognize of recognizers) {
      const found = recognize(view, at)
      if (found !== undefined) return found
    }
  return undefined
}
