/** Made by scripts/messages.mjs from models.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

/** E0501: `{name}` is {what}, not a model. */
export function notAnArchitecture(span: Span, words: { readonly name: string; readonly what: string }, more: More = {}): Diagnostic {
  return { code: 'E0501', severity: 'error', message: `\`${words.name}\` is ${words.what}, not a model.`, span, label: `${words.what}`, help: 'Declare one with `model net(…) \\{ … \\}`, or import one: `use std.models \\{ llama \\}`.', ...more }
}

/** E0502: `{name}` of an architecture is a number, a text or a truth value, not {got}. */
export function wrongArgument(span: Span, words: { readonly name: string; readonly got: string }, more: More = {}): Diagnostic {
  return { code: 'E0502', severity: 'error', message: `\`${words.name}\` of an architecture is a number, a text or a truth value, not ${words.got}.`, span, label: `${words.got}`, ...more }
}
