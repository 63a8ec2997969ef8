/**
 * The canonical form of a program, for `llmpipe fmt`. The form keeps the author's comments, single blank lines, and the choice whether
 * a chain of pipes, a block or a list is on one line or on several.
 */

import { parse } from '../../../grammar/parse.ts'
import type { Program } from '../../../grammar/syntax.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { syntaxDiagnostic } from '../messages/syntax.ts'
import { Comments } from './comments.ts'
import { Printer } from './printer.ts'

export interface Formatted {
  /** Absent if the text has syntax errors. */
  readonly text?: string
  readonly diagnostics: readonly Diagnostic[]
}

/** Formats the text of a file. Formatting the result again changes nothing. */
export function format(source: string, file = 'program.llmpipe'): Formatted {
  let text = source.replaceAll('\r\n', '\n')
  for (let round = 0; round < maxRounds; round++) {
    const { program, problems } = parse(file, text)
    if (problems.length > 0) return { diagnostics: problems.map(syntaxDiagnostic) }
    const formatted = formatProgram(program, text)
    if (formatted === text) break
    text = formatted
  }
  return { text, diagnostics: [] }
}

/**
 * A comment in the middle of a line is moved, and the rest may then fit on one line. Formatting is repeated until nothing changes, at
 * most this often.
 */
const maxRounds = 6

/** The canonical text of a tree that was parsed from `text` (empty for a tree without a source). */
export function formatProgram(program: Program, text: string): string {
  const printer = new Printer(text, new Comments(program.comments, text))
  return printer.program(program)
}
