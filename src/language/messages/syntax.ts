/** A problem of the grammar as a diagnostic. */

import type { SyntaxProblem } from '../../../grammar/problem.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { unreachable } from '../../core/unreachable.ts'
import type { More } from './more.ts'
import * as say from './syntax.generated.ts'

export function syntaxDiagnostic(problem: SyntaxProblem): Diagnostic {
  const { span } = problem
  switch (problem.problem) {
    case 'unexpected-character':
      return say.unexpectedCharacter(span, { text: problem.text }, quoted(problem.text))
    case 'unterminated-string':
      return say.unterminatedString(span)
    case 'unterminated-hole':
      return say.unterminatedHole(span)
    case 'empty-hole':
      return say.emptyHole(span)
    case 'unknown-escape':
      return say.unknownEscape(span, { escape: problem.escape })
    case 'unknown-suffix':
      return say.unknownSuffix(span, { suffix: problem.suffix }, suggested(problem.nearest))
    case 'decimal-point':
      return say.decimalPoint(span, { text: problem.text, better: problem.better })
    case 'expected': {
      const { expected, found, opened } = problem
      const related = opened === undefined ? {} : { related: [{ span: opened, label: 'opened here' }] }
      return say.expected(span, { expected, found }, related)
    }
    case 'not-a-declaration':
      return say.notADeclaration(span, { found: problem.found }, suggested(problem.nearest))
    case 'keyword-as-name':
      return say.keywordAsName(span, { keyword: problem.keyword })
    case 'missing-comma':
      return say.missingComma(span)
    case 'missing-value':
      return say.missingValue(span, { name: problem.name })
    case 'unnamed-in-block':
      return say.unnamedInBlock(span)
    case 'chained-comparison':
      return say.chainedComparison(span, { related: [{ span: problem.first, label: 'the first' }] })
    case 'pipe-into-no-call':
      return say.pipeIntoNoCall(span, problem.name === undefined ? {} : { help: `Write \`${problem.name}()\`.` })
    default:
      return unreachable(problem)
  }
}

function suggested(near: string | undefined): More {
  return near === undefined ? {} : { help: `Did you mean \`${near}\`?` }
}

/** Quotes of other languages are the likeliest stray characters, and have an answer of their own. */
function quoted(text: string): More {
  if (/^['‘’“”„`]/.test(text)) return { help: 'Text stands between double quotes: "…".' }
  if (text.startsWith('#')) return { help: 'A comment begins with `//`.' }
  if (text.startsWith(';')) return { help: 'Nothing ends with a semicolon here; remove it.' }
  return {}
}
