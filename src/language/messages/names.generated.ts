/** Made by scripts/messages.mjs from names.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

/** E0201: Nothing is called `{name}` here. */
export function unknownName(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0201', severity: 'error', message: `Nothing is called \`${words.name}\` here.`, span, label: 'unknown name', ...more }
}

/** E0202: There is no operation `{name}`. */
export function unknownCall(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0202', severity: 'error', message: `There is no operation \`${words.name}\`.`, span, label: 'unknown operation', ...more }
}

/** E0203: `{name}` is declared twice. */
export function duplicateName(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0203', severity: 'error', message: `\`${words.name}\` is declared twice.`, span, label: 'declared again here', help: 'Rename one of them; an import can be renamed with `as`.', ...more }
}

/** E0204: `{name}` is {what} where it is used, so a binding cannot have this name. */
export function shadowedName(span: Span, words: { readonly name: string; readonly what: string }, more: More = {}): Diagnostic {
  return { code: 'E0204', severity: 'error', message: `\`${words.name}\` is ${words.what} where it is used, so a binding cannot have this name.`, span, label: 'would be hidden', help: 'Rename it.', ...more }
}

/** E0205: `{name}` is {what} and cannot be called. */
export function notCallable(span: Span, words: { readonly name: string; readonly what: string }, more: More = {}): Diagnostic {
  return { code: 'E0205', severity: 'error', message: `\`${words.name}\` is ${words.what} and cannot be called.`, span, label: 'not an operation', ...more }
}

/** E0206: The program has no parameter `{name}`. */
export function unknownParam(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0206', severity: 'error', message: `The program has no parameter \`${words.name}\`.`, span, label: 'its parameters are declared by `param`', ...more }
}

/** E0207: The value given for `{name}`, `{text}`, is {problem}. */
export function wrongParam(span: Span, words: { readonly name: string; readonly text: string; readonly problem: string }, more: More = {}): Diagnostic {
  return { code: 'E0207', severity: 'error', message: `The value given for \`${words.name}\`, \`${words.text}\`, is ${words.problem}.`, span, label: 'declared here', help: 'Give a value of the same kind as its default, as you would write it in the file.', ...more }
}

/** E0208: There is no `{member}` of {object}. */
export function unknownMember(span: Span, words: { readonly member: string; readonly object: string }, more: More = {}): Diagnostic {
  return { code: 'E0208', severity: 'error', message: `There is no \`${words.member}\` of ${words.object}.`, span, label: 'unknown member', ...more }
}

/** E0209: `{name}` is defined by itself: {chain}. */
export function cyclicDefinition(span: Span, words: { readonly name: string; readonly chain: string }, more: More = {}): Diagnostic {
  return { code: 'E0209', severity: 'error', message: `\`${words.name}\` is defined by itself: ${words.chain}.`, span, label: 'the circle closes here', help: 'Break the circle: one of them has to do without the others.', ...more }
}

/** E0210: There is no document metric `{name}`. */
export function unknownMetric(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0210', severity: 'error', message: `There is no document metric \`${words.name}\`.`, span, label: 'unknown metric', ...more }
}

/** E0211: `{name}` is {what}, not a value. */
export function notAValue(span: Span, words: { readonly name: string; readonly what: string; readonly way: string }, more: More = {}): Diagnostic {
  return { code: 'E0211', severity: 'error', message: `\`${words.name}\` is ${words.what}, not a value.`, span, label: 'used as a value', help: `${words.way}`, ...more }
}

/** W0212: `{name}` is never used. */
export function unusedName(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'W0212', severity: 'warning', message: `\`${words.name}\` is never used.`, span, label: 'unused', help: 'Remove it.', ...more }
}

/** E0213: `{name}` is not declared here, because the condition of its `if` does not hold. */
export function notDeclared(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0213', severity: 'error', message: `\`${words.name}\` is not declared here, because the condition of its \`if\` does not hold.`, span, label: 'not declared', help: 'Use it inside the `if`, or declare it in an `else` too.', ...more }
}
