/** Makes a diagnostic of a problem of the grammar. */

import type { Habit, SyntaxProblem } from '../../../grammar/problem.ts'
import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import { habitHelp, type More, pretrainFromWeights } from './more.ts'
import * as say from './syntax.generated.ts'

export function syntaxDiagnostic(problem: SyntaxProblem): Diagnostic {
  const { span } = problem
  switch (problem.problem) {
    case 'unexpected-character':
      return say.unexpectedCharacter(span, { text: problem.text }, quoted(problem.text, problem.more ?? 0))
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
      return say.decimalPoint(span, { text: problem.text, better: problem.better }, replacedBy(problem.better))
    case 'expected': {
      const { expected, found, opened, help } = problem
      const related = opened === undefined ? {} : { related: [{ span: opened, label: 'opened here' }] }
      return say.expected(span, { expected, found }, { ...related, ...(help === undefined ? {} : { help }) })
    }
    case 'not-a-declaration':
      return say.notADeclaration(
        span,
        { found: problem.found },
        /^`[)}\]]`$/.test(problem.found) ? closing : suggested(problem.nearest),
      )
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
      return say.pipeIntoNoCall(span, callHelp(problem))
    case 'not-utf-8':
      return say.otherEncoding(span)
    case 'too-deep':
      return say.tooDeep(span, { most: problem.most.toLocaleString('en') })
    case 'too-long':
      return say.tooLong(span, { most: problem.most.toLocaleString('en') })
    case 'too-many-problems':
      return say.tooManyProblems(span, { most: problem.most.toLocaleString('en') })
    default:
      return habits[problem.problem](span, { written: problem.written, help: problem.help }, fixIn(problem.help))
  }
}

function callHelp({ name, left, takes }: Extract<SyntaxProblem, { problem: 'pipe-into-no-call' }>): More {
  if (name === undefined) return {}
  // Parentheses alone would lead to the next error.
  if (name === 'pretrain' && left === 'weights') return { help: pretrainFromWeights }
  return { help: `Write \`${name}(${takes ? '…' : ''})\`.` }
}

const habits: Readonly<
  Record<Habit, (span: Span, words: { readonly written: string; readonly help: string }, more: More) => Diagnostic>
> = {
  'other-operator': say.otherOperator,
  'other-word': say.otherWord,
  'setting-with-equals': say.settingWithEquals,
  'comparison-with-equals': say.comparisonWithEquals,
  'binding-without-equals': say.bindingWithoutEquals,
  'binding-without-keyword': say.bindingWithoutKeyword,
  'other-import': say.otherImport,
  'method-call': say.methodCall,
  'block-on-its-own-line': say.blockOnItsOwnLine,
  'letters-of-a-name': say.lettersOfAName,
  'invisible-character': say.invisibleCharacter,
  'merge-conflict': say.mergeConflict,
  'other-quotes': say.otherQuotes,
  'no-dictionary': say.noDictionary,
  'other-if': say.otherIf,
  'block-without-braces': say.blockWithoutBraces,
  'other-list': say.otherList,
  'hole-with-a-list': say.holeWithAList,
  'other-number': say.otherNumber,
  'call-without-parentheses': say.callWithoutParentheses,
}

const closing: More = { label: 'nothing is open here', help: 'Remove it, or look for what it was meant to close.' }

function suggested(near: string | undefined): More {
  return near === undefined ? {} : { help: `Did you mean \`${near}\`?`, ...replacedBy(near) }
}

function replacedBy(text: string): More {
  return { fix: { type: 'replace', text } }
}

/** The fix of a habit whose help is nothing but the text to write. */
function fixIn(help: string): More {
  const { fix } = habitHelp(help)
  return fix === undefined ? {} : { fix }
}

/** The help for a stray character that is a quote, a `#` or a semicolon. */
function quoted(text: string, more: number): More {
  if (/^['‘’“”„`]/.test(text)) return { help: 'Text stands between double quotes: "…".' }
  if (text.startsWith('#')) {
    const others =
      more === 0
        ? ''
        : more === 1
          ? ' Another comment here begins with `#`.'
          : ` ${more} other comments here begin with \`#\`.`
    return { help: `A comment begins with \`//\`.${others}` }
  }
  if (text.startsWith(';')) return { help: 'Nothing ends with a semicolon here; remove it.' }
  return {}
}
