/**
 * Patterns over texts. RE2JS takes time in proportion to the length of a text, whatever the pattern and the text; JavaScript's own patterns may take
 * years for `(a+)+$`.
 */

import { RE2JS } from 're2js'
import { StageError } from '../../core/failure.ts'

/** Tests whether a pattern matches a part of a text. */
export function matcher(pattern: string): (text: string) => boolean {
  const compiled = compilePattern(pattern)
  return (text) => compiled.test(text)
}

/** Counts the matches of a pattern that do not overlap. */
export function counter(pattern: string): (text: string) => number {
  const compiled = compilePattern(pattern)
  return (text) => {
    const found = compiled.matcher(text)
    let count = 0
    while (found.find()) count++
    return count
  }
}

function compilePattern(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern)
  } catch (error) {
    throw new StageError(
      'wrong-pattern',
      `the pattern r"${pattern}" cannot be read: ${(error as Error).message}`,
      'Patterns are those of RE2 (github.com/google/re2/wiki/Syntax).',
    )
  }
}
