/** Made by scripts/messages.mjs from syntax.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

/** E0101: `{text}` is not part of the language. */
export function unexpectedCharacter(span: Span, words: { readonly text: string }, more: More = {}): Diagnostic {
  return { code: 'E0101', severity: 'error', message: `\`${words.text}\` is not part of the language.`, span, label: 'no word or sign begins so', help: 'Remove it; text goes between double quotes.', ...more }
}

/** E0102: This string has no closing quote. */
export function unterminatedString(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0102', severity: 'error', message: 'This string has no closing quote.', span, label: 'the string begins here', help: 'Close it with `"` on the same line; a line break inside is written `\\n`.', ...more }
}

/** E0103: Nothing closes this hole. */
export function unterminatedHole(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0103', severity: 'error', message: 'Nothing closes this hole.', span, label: 'the hole begins here', help: 'Close it with `}`, or write `\\{` for a brace that is meant as text.', ...more }
}

/** E0104: This hole names nothing. */
export function emptyHole(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0104', severity: 'error', message: 'This hole names nothing.', span, label: 'expected a name or a value', help: 'Name a field or a value, or write `\\{\\}` for braces that are meant as text.', ...more }
}

/** E0105: `{escape}` is not an escape. */
export function unknownEscape(span: Span, words: { readonly escape: string }, more: More = {}): Diagnostic {
  return { code: 'E0105', severity: 'error', message: `\`${words.escape}\` is not an escape.`, span, label: 'means nothing', help: 'Known are \\n, \\t, \\r, \\", \\\\, \\{, \\} and \\u{…}; in a raw string, r"…", a backslash is itself.', ...more }
}

/** E0106: `{suffix}` is not a known suffix of a number. */
export function unknownSuffix(span: Span, words: { readonly suffix: string }, more: More = {}): Diagnostic {
  return { code: 'E0106', severity: 'error', message: `\`${words.suffix}\` is not a known suffix of a number.`, span, label: 'unknown suffix', help: 'Known are % (fraction), k M B T (counts), KiB MiB GiB (bytes) and ms s min h d (time).', ...more }
}

/** E0107: A decimal has a digit on each side of its point. */
export function decimalPoint(span: Span, words: { readonly text: string; readonly better: string }, more: More = {}): Diagnostic {
  return { code: 'E0107', severity: 'error', message: 'A decimal has a digit on each side of its point.', span, label: `\`${words.text}\``, help: `Write \`${words.better}\`.`, ...more }
}

/** E0108: Expected {expected}, found {found}. */
export function expected(span: Span, words: { readonly expected: string; readonly found: string }, more: More = {}): Diagnostic {
  return { code: 'E0108', severity: 'error', message: `Expected ${words.expected}, found ${words.found}.`, span, label: `expected ${words.expected}`, ...more }
}

/** E0109: Expected a declaration, found {found}. */
export function notADeclaration(span: Span, words: { readonly found: string }, more: More = {}): Diagnostic {
  return { code: 'E0109', severity: 'error', message: `Expected a declaration, found ${words.found}.`, span, label: 'no declaration begins so', help: 'A declaration begins with use, param, let, data, tokenizer, model, stage, filter, op, block, expect, export or for.', ...more }
}

/** E0110: `{keyword}` is a word of the language and cannot be a name. */
export function keywordAsName(span: Span, words: { readonly keyword: string }, more: More = {}): Diagnostic {
  return { code: 'E0110', severity: 'error', message: `\`${words.keyword}\` is a word of the language and cannot be a name.`, span, label: 'expected a name', help: 'Choose another name.', ...more }
}

/** E0111: A comma is missing here. */
export function missingComma(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0111', severity: 'error', message: 'A comma is missing here.', span, label: 'expected `,` before this', help: 'Separate them with a comma; only named entries may be separated by a line break alone.', ...more }
}

/** E0112: `{name}` has no value. */
export function missingValue(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0112', severity: 'error', message: `\`${words.name}\` has no value.`, span, label: 'expected a value after the colon', help: `Write the value after \`${words.name}:\`, or leave the line out to take the default.`, ...more }
}

/** E0113: An entry of a block needs a name. */
export function unnamedInBlock(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0113', severity: 'error', message: 'An entry of a block needs a name.', span, label: 'expected `name: value`', help: 'Write `name: value`, or put it between the parentheses.', ...more }
}

/** E0114: Comparisons and ranges do not chain. */
export function chainedComparison(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0114', severity: 'error', message: 'Comparisons and ranges do not chain.', span, label: 'the second', help: 'Join two comparisons with `and`, or write a range: `x in 1..5`.', ...more }
}

/** E0115: A pipe leads into a call. */
export function pipeIntoNoCall(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0115', severity: 'error', message: 'A pipe leads into a call.', span, label: 'expected a call', help: 'Write the call with its parentheses: `|> f(…)`.', ...more }
}
