/** Made by scripts/messages.mjs from syntax.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

/** E0101: `{text}` is not part of the language. */
export function unexpectedCharacter(span: Span, words: { readonly text: string }, more: More = {}): Diagnostic {
  return { code: 'E0101', severity: 'error', message: `\`${words.text}\` is not part of the language.`, span, label: 'nothing in the language begins with this', help: 'Remove it; text goes between double quotes.', ...more }
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
  return { code: 'E0105', severity: 'error', message: `\`${words.escape}\` is not an escape.`, span, label: 'unknown escape', help: 'Escapes are \\n, \\t, \\r, \\", \\\\, \\{, \\} and \\u{…}; in a raw string, r"…", a backslash stands for itself.', ...more }
}

/** E0106: `{suffix}` is not a known suffix of a number. */
export function unknownSuffix(span: Span, words: { readonly suffix: string }, more: More = {}): Diagnostic {
  return { code: 'E0106', severity: 'error', message: `\`${words.suffix}\` is not a known suffix of a number.`, span, label: 'unknown suffix', help: 'Suffixes are % (fraction), k M B T (counts), KiB MiB GiB (bytes) and ms s min h d (time).', ...more }
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
  return { code: 'E0109', severity: 'error', message: `Expected a declaration, found ${words.found}.`, span, label: 'no declaration begins with this', help: 'A declaration begins with use, param, let, data, tokenizer, model, stage, filter, op, block, expect, export or for.', ...more }
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
  return { code: 'E0112', severity: 'error', message: `\`${words.name}\` has no value.`, span, label: 'expected a value after the colon', help: `Write the value after \`${words.name}:\`, or remove the line to use the default.`, ...more }
}

/** E0113: An entry of a block needs a name. */
export function unnamedInBlock(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0113', severity: 'error', message: 'An entry of a block needs a name.', span, label: 'expected `name: value`', help: 'Write `name: value`, or put it between the parentheses.', ...more }
}

/** E0114: Comparisons and ranges do not chain. */
export function chainedComparison(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0114', severity: 'error', message: 'Comparisons and ranges do not chain.', span, label: 'the second', help: 'Join two comparisons with `and`, or write a range: `x in 1..5`.', ...more }
}

/** E0115: The right side of a pipe must be a call. */
export function pipeIntoNoCall(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0115', severity: 'error', message: 'The right side of a pipe must be a call.', span, label: 'expected a call', help: 'Write the call with its parentheses: `|> f(…)`.', ...more }
}

/** E0116: The file is not UTF-8 text from here on. */
export function otherEncoding(span: Span, more: More = {}): Diagnostic {
  return { code: 'E0116', severity: 'error', message: 'The file is not UTF-8 text from here on.', span, label: 'a byte that is not UTF-8', help: 'Save the file as UTF-8. If the sign U+FFFD itself is meant, write it by its number, `\\u{…}`, in a text.', ...more }
}

/** E0117: This is nested too deeply, or too long a chain: more than {most}. */
export function tooDeep(span: Span, words: { readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0117', severity: 'error', message: `This is nested too deeply, or too long a chain: more than ${words.most}.`, span, label: 'too deep from here on', help: 'Bind a part of it to a name, with `let` or `op`, and use the name.', ...more }
}

/** E0118: The file is longer than {most} characters. */
export function tooLong(span: Span, words: { readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0118', severity: 'error', message: `The file is longer than ${words.most} characters.`, span, label: 'its end', help: 'A program names data and does not hold it: read it from files.', ...more }
}

/** E0119: The file has more than {most} errors; the rest of it is not read. */
export function tooManyProblems(span: Span, words: { readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0119', severity: 'error', message: `The file has more than ${words.most} errors; the rest of it is not read.`, span, label: 'not read from here on', help: 'Correct the first errors: others may follow from them. Is this a program of llmpipe?', ...more }
}

/** E0120: `{written}` is not a sign of the language. */
export function otherOperator(span: Span, words: { readonly written: string; readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0120', severity: 'error', message: `\`${words.written}\` is not a sign of the language.`, span, label: 'not a sign of the language', help: `${words.help}`, ...more }
}

/** E0121: `{written}` is not a word of the language. */
export function otherWord(span: Span, words: { readonly written: string; readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0121', severity: 'error', message: `\`${words.written}\` is not a word of the language.`, span, label: 'no declaration begins with this', help: `${words.help}`, ...more }
}

/** E0122: A setting is given with `:`, not with `=`. */
export function settingWithEquals(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0122', severity: 'error', message: 'A setting is given with `:`, not with `=`.', span, label: 'expected `:`', help: `${words.help}`, ...more }
}

/** E0123: Two values are compared with `==`, not with `=`. */
export function comparisonWithEquals(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0123', severity: 'error', message: 'Two values are compared with `==`, not with `=`.', span, label: 'expected `==`', help: `${words.help}`, ...more }
}

/** E0124: A declaration binds its name with `=`. */
export function bindingWithoutEquals(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0124', severity: 'error', message: 'A declaration binds its name with `=`.', span, label: 'expected `=`', help: `${words.help}`, ...more }
}

/** E0125: A declaration begins with the keyword for what it binds. */
export function bindingWithoutKeyword(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0125', severity: 'error', message: 'A declaration begins with the keyword for what it binds.', span, label: 'no keyword before it', help: `${words.help}`, ...more }
}

/** E0126: An import names a module and, in braces, the names to import. */
export function otherImport(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0126', severity: 'error', message: 'An import names a module and, in braces, the names to import.', span, label: 'not the form of an import', help: `${words.help}`, ...more }
}

/** E0127: Values have no methods: `{written}(…)` calls nothing. */
export function methodCall(span: Span, words: { readonly written: string; readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0127', severity: 'error', message: `Values have no methods: \`${words.written}(…)\` calls nothing.`, span, label: 'not a method', help: `${words.help}`, ...more }
}

/** E0128: The block of a call begins on the line of the call. */
export function blockOnItsOwnLine(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0128', severity: 'error', message: 'The block of a call begins on the line of the call.', span, label: 'belongs to nothing here', help: `${words.help}`, ...more }
}

/** E0129: `{written}` cannot be a name. */
export function lettersOfAName(span: Span, words: { readonly written: string; readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0129', severity: 'error', message: `\`${words.written}\` cannot be a name.`, span, label: 'not a name', help: `${words.help}`, ...more }
}

/** E0130: There is an invisible character, {written}, here. */
export function invisibleCharacter(span: Span, words: { readonly written: string; readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0130', severity: 'error', message: `There is an invisible character, ${words.written}, here.`, span, label: 'cannot be seen', help: `${words.help}`, ...more }
}

/** E0131: A merge conflict was left here. */
export function mergeConflict(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0131', severity: 'error', message: 'A merge conflict was left here.', span, label: 'two versions', help: `${words.help}`, ...more }
}

/** E0132: Text stands between double quotes, on one line. */
export function otherQuotes(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0132', severity: 'error', message: 'Text stands between double quotes, on one line.', span, label: 'not a text of the language', help: `${words.help}`, ...more }
}

/** E0133: A value in braces means nothing here. */
export function noDictionary(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0133', severity: 'error', message: 'A value in braces means nothing here.', span, label: 'not a value', help: `${words.help}`, ...more }
}

/** E0134: This is not the form of an `if`. */
export function otherIf(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0134', severity: 'error', message: 'This is not the form of an `if`.', span, label: 'not the form of an `if`', help: `${words.help}`, ...more }
}

/** E0135: A block stands between braces. */
export function blockWithoutBraces(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0135', severity: 'error', message: 'A block stands between braces.', span, label: 'expected another form', help: `${words.help}`, ...more }
}

/** E0136: This is not the form of a list. */
export function otherList(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0136', severity: 'error', message: 'This is not the form of a list.', span, label: 'not a list', help: `${words.help}`, ...more }
}

/** E0137: A hole of a text holds one value. */
export function holeWithAList(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0137', severity: 'error', message: 'A hole of a text holds one value.', span, label: 'expected the end of the hole', help: `${words.help}`, ...more }
}

/** E0138: `{written}` is not how a number is written. */
export function otherNumber(span: Span, words: { readonly written: string; readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0138', severity: 'error', message: `\`${words.written}\` is not how a number is written.`, span, label: 'not one number', help: `${words.help}`, ...more }
}

/** E0139: A call has parentheses. */
export function callWithoutParentheses(span: Span, words: { readonly help: string }, more: More = {}): Diagnostic {
  return { code: 'E0139', severity: 'error', message: 'A call has parentheses.', span, label: 'expected `(`', help: `${words.help}`, ...more }
}
