/** Made by scripts/messages.mjs from sweeps.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

/** E0701: `{what}` cannot stand in {where}. */
export function notInAFor(span: Span, words: { readonly what: string; readonly where: string; readonly way: string }, more: More = {}): Diagnostic {
  return { code: 'E0701', severity: 'error', message: `\`${words.what}\` cannot stand in ${words.where}.`, span, label: 'not here', help: `${words.way}`, ...more }
}

/** E0702: A `for` goes over a list, a range of whole numbers, or `zip(…)` of lists, not over {got}. */
export function notValues(span: Span, words: { readonly got: string; readonly way: string }, more: More = {}): Diagnostic {
  return { code: 'E0702', severity: 'error', message: `A \`for\` goes over a list, a range of whole numbers, or \`zip(…)\` of lists, not over ${words.got}.`, span, label: `${words.got}`, help: `${words.way}`, ...more }
}

/** E0703: A `for` takes numbers, texts, truth values and groups of values, not {got}. */
export function notALoopValue(span: Span, words: { readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0703', severity: 'error', message: `A \`for\` takes numbers, texts, truth values and groups of values, not ${words.got}.`, span, label: `${words.got}`, help: 'Use the variable where it is needed: `optimizer: adamw(lr: lr)`.', ...more }
}

/** E0704: {names} would be {value} twice. */
export function repeatedValue(span: Span, words: { readonly names: string; readonly value: string }, more: More = {}): Diagnostic {
  return { code: 'E0704', severity: 'error', message: `${words.names} would be ${words.value} twice.`, span, label: 'again here', help: 'Remove one of them.', ...more }
}

/** E0705: The lists of `zip` have {first} and {other} values. */
export function zipLengths(span: Span, words: { readonly first: string; readonly other: string }, more: More = {}): Diagnostic {
  return { code: 'E0705', severity: 'error', message: `The lists of \`zip\` have ${words.first} and ${words.other} values.`, span, label: `${words.other} values`, help: '`zip` combines the first values of all lists, then the second values, and so on. For all combinations, write `for a in …, b in …`.', ...more }
}

/** E0706: {message} */
export function zipNames(span: Span, words: { readonly message: string }, more: More = {}): Diagnostic {
  return { code: 'E0706', severity: 'error', message: `${words.message}`, span, label: 'one name for each list', ...more }
}

/** E0707: `{name}` has {count} variants, and one is expected here. */
export function severalVariants(span: Span, words: { readonly name: string; readonly count: string; readonly way: string }, more: More = {}): Diagnostic {
  return { code: 'E0707', severity: 'error', message: `\`${words.name}\` has ${words.count} variants, and one is expected here.`, span, label: `${words.count} variants`, help: `${words.way}`, ...more }
}

/** E0708: `{name}` has no variant with {got}. */
export function noVariant(span: Span, words: { readonly name: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0708', severity: 'error', message: `\`${words.name}\` has no variant with ${words.got}.`, span, label: 'no such variant', ...more }
}

/** E0709: `{name}` has no variants to select from. */
export function notVariants(span: Span, words: { readonly name: string; readonly way: string }, more: More = {}): Diagnostic {
  return { code: 'E0709', severity: 'error', message: `\`${words.name}\` has no variants to select from.`, span, label: 'no variants', help: `${words.way}`, ...more }
}

/** E0710: The `for` makes more than {most} variants. */
export function tooManyVariants(span: Span, words: { readonly most: string }, more: More = {}): Diagnostic {
  return { code: 'E0710', severity: 'error', message: `The \`for\` makes more than ${words.most} variants.`, span, label: 'too many', help: 'Take fewer values, or take some together with `zip(…)`.', ...more }
}

/** W0711: Nothing in the `for` uses `{name}`. */
export function unusedVariable(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'W0711', severity: 'warning', message: `Nothing in the \`for\` uses \`${words.name}\`.`, span, label: 'unused', help: 'Use it, or remove it: declarations that do not depend on it are made once.', ...more }
}
