/** Made by scripts/messages.mjs from models.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

/** E0501: `{name}` is {what}, not a model. */
export function notAnArchitecture(span: Span, words: { readonly name: string; readonly what: string }, more: More = {}): Diagnostic {
  return { code: 'E0501', severity: 'error', message: `\`${words.name}\` is ${words.what}, not a model.`, span, label: `${words.what}`, help: 'Declare one with `model net(…) { … }`, or import one: `use std.models { llama }`.', ...more }
}

/** E0502: `{name}` of an architecture is a number, a text or a truth value, not {got}. */
export function wrongArgument(span: Span, words: { readonly name: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0502', severity: 'error', message: `\`${words.name}\` of an architecture is a number, a text or a truth value, not ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0503: Shapes do not fit: {problem}. */
export function shapesDoNotFit(span: Span, words: { readonly problem: string }, more: More = {}): Diagnostic {
  return { code: 'E0503', severity: 'error', message: `Shapes do not fit: ${words.problem}.`, span, label: 'shapes do not fit', ...more }
}

/** E0504: {what} must be a whole number above 0, and is {got}. */
export function notASize(span: Span, words: { readonly what: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0504', severity: 'error', message: `${words.what} must be a whole number above 0, and is ${words.got}.`, span, label: 'not a size', ...more }
}

/** E0505: {what} is {expected}, not {got}. */
export function wrongValue(span: Span, words: { readonly what: string; readonly expected: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0505', severity: 'error', message: `${words.what} is ${words.expected}, not ${words.got}.`, span, label: `${words.got}`, ...more }
}

/** E0506: `{name}` ends without a value. */
export function noResult(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0506', severity: 'error', message: `\`${words.name}\` ends without a value.`, span, label: 'its last line must be an expression', help: 'The last line of a body is its result, a tensor.', ...more }
}

/** E0507: The result of an architecture is logits [batch, time, {vocab}], and the result of `{name}` is {shape}. */
export function wrongLogits(span: Span, words: { readonly vocab: string; readonly name: string; readonly shape: string }, more: More = {}): Diagnostic {
  return { code: 'E0507', severity: 'error', message: `The result of an architecture is logits [batch, time, ${words.vocab}], and the result of \`${words.name}\` is ${words.shape}.`, span, label: `this is ${words.shape}`, help: 'End with `linear(x, vocab)` or `unembed(x, table)`.', ...more }
}

/** E0508: The architecture `{name}` has no parameter `{parameter}`. */
export function noSuchParameter(span: Span, words: { readonly name: string; readonly parameter: string }, more: More = {}): Diagnostic {
  return { code: 'E0508', severity: 'error', message: `The architecture \`${words.name}\` has no parameter \`${words.parameter}\`.`, span, label: `without \`${words.parameter}\``, help: 'Every architecture takes `vocab`, the number of token ids, and `context`, the longest sequence it is for.', ...more }
}

/** E0509: The block `{name}` calls itself: {chain}. */
export function callsItself(span: Span, words: { readonly name: string; readonly chain: string }, more: More = {}): Diagnostic {
  return { code: 'E0509', severity: 'error', message: `The block \`${words.name}\` calls itself: ${words.chain}.`, span, label: 'calls itself here', help: 'The body of a block is inserted at each call, so a block that calls itself would never end. Use `repeat`.', ...more }
}

/** E0510: With all blocks and `repeat`s written out, the architecture has more than {limit} statements. */
export function tooLarge(span: Span, words: { readonly limit: string }, more: More = {}): Diagnostic {
  return { code: 'E0510', severity: 'error', message: `With all blocks and \`repeat\`s written out, the architecture has more than ${words.limit} statements.`, span, label: 'too large', help: 'Look for a `repeat` with a large count, or blocks that call others several times, and these again.', ...more }
}

/** E0511: {names} names are assigned, and the value is {got}. */
export function wrongParts(span: Span, words: { readonly names: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0511', severity: 'error', message: `${words.names} names are assigned, and the value is ${words.got}.`, span, label: `this is ${words.got}`, help: 'Give a name to each part: `a, b = split(x, 2)`. `_` is a name for a part that nothing uses.', ...more }
}

/** E0520: The logits of `{name}` at a position depend on later tokens: {operation} mixes all positions. */
export function seesTheFuture(span: Span, words: { readonly name: string; readonly operation: string }, more: More = {}): Diagnostic {
  return { code: 'E0520', severity: 'error', message: `The logits of \`${words.name}\` at a position depend on later tokens: ${words.operation} mixes all positions.`, span, label: 'sees later tokens', ...more }
}

/** E0524: `{name}` cannot write text: {operation} needs all earlier tokens. */
export function needsAllTokens(span: Span, words: { readonly name: string; readonly operation: string }, more: More = {}): Diagnostic {
  return { code: 'E0524', severity: 'error', message: `\`${words.name}\` cannot write text: ${words.operation} needs all earlier tokens.`, span, label: 'needs all earlier tokens', help: 'Give `bias` a tensor that depends on keys only by `key_positions()`, computed number by number.', ...more }
}

/** W0521: The weight `{name}` does not affect the logits, and is left out. */
export function unusedWeight(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'W0521', severity: 'warning', message: `The weight \`${words.name}\` does not affect the logits, and is left out.`, span, label: 'unused', help: 'Use what it computes, or remove it.', ...more }
}

/** W0522: Nothing in `{of}` uses `{name}`. */
export function unusedBinding(span: Span, words: { readonly of: string; readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'W0522', severity: 'warning', message: `Nothing in \`${words.of}\` uses \`${words.name}\`.`, span, label: 'never used', help: 'Use it, or remove it.', ...more }
}

/** W0523: Training `{name}` needs about {need} of memory, and this machine has {there}. */
export function moreMemoryThanThereIs(span: Span, words: { readonly name: string; readonly need: string; readonly there: string }, more: More = {}): Diagnostic {
  return { code: 'W0523', severity: 'warning', message: `Training \`${words.name}\` needs about ${words.need} of memory, and this machine has ${words.there}.`, span, label: 'too large for this machine', help: 'Make `batch`, `context` or the model smaller; `accumulate` makes up for a smaller batch.', ...more }
}
