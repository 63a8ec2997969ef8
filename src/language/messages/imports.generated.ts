/** Made by scripts/messages.mjs from imports.md: edit that. */

import type { Span } from '../../../grammar/span.ts'
import type { Diagnostic } from '../../core/diagnostic.ts'
import type { More } from './more.ts'

/** E0601: There is no file `{path}`. */
export function moduleNotFound(span: Span, words: { readonly path: string }, more: More = {}): Diagnostic {
  return { code: 'E0601', severity: 'error', message: `There is no file \`${words.path}\`.`, span, label: 'not found', ...more }
}

/** E0602: `{module}` declares no `{name}`. */
export function notInModule(span: Span, words: { readonly module: string; readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0602', severity: 'error', message: `\`${words.module}\` declares no \`${words.name}\`.`, span, label: 'not declared there', ...more }
}

/** E0603: The files import each other: {chain}. */
export function importCycle(span: Span, words: { readonly chain: string }, more: More = {}): Diagnostic {
  return { code: 'E0603', severity: 'error', message: `The files import each other: ${words.chain}.`, span, label: 'the circle closes here', help: 'Move what both need into a third file.', ...more }
}

/** W0604: `{name}` is imported and never used. */
export function unusedImport(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'W0604', severity: 'warning', message: `\`${words.name}\` is imported and never used.`, span, label: 'unused', help: 'Remove it from the list.', ...more }
}
