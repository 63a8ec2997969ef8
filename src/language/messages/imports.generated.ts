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

/** E0605: `{path}` is code of this project, and this version of it is not trusted yet. */
export function notTrusted(span: Span, words: { readonly path: string }, more: More = {}): Diagnostic {
  return { code: 'E0605', severity: 'error', message: `\`${words.path}\` is code of this project, and this version of it is not trusted yet.`, span, label: 'not executed', ...more }
}

/** E0606: {message} */
export function wrongCode(span: Span, words: { readonly message: string }, more: More = {}): Diagnostic {
  return { code: 'E0606', severity: 'error', message: `${words.message}`, span, ...more }
}

/** E0607: `{path}` could not be loaded: {reason} */
export function codeFailed(span: Span, words: { readonly path: string; readonly reason: string }, more: More = {}): Diagnostic {
  return { code: 'E0607', severity: 'error', message: `\`${words.path}\` could not be loaded: ${words.reason}`, span, label: 'failed', ...more }
}

/** E0608: `{name}` of `{path}` is not a stage. */
export function notAStage(span: Span, words: { readonly name: string; readonly path: string }, more: More = {}): Diagnostic {
  return { code: 'E0608', severity: 'error', message: `\`${words.name}\` of \`${words.path}\` is not a stage.`, span, label: 'not a stage', help: 'Stages are made by `defineStage(…)` or `defineStep(…)` of "llmpipe", and exported.', ...more }
}

/** E0609: The stage `{name}` of `{path}` has a wrong definition: {problem} */
export function wrongStage(span: Span, words: { readonly name: string; readonly path: string; readonly problem: string }, more: More = {}): Diagnostic {
  return { code: 'E0609', severity: 'error', message: `The stage \`${words.name}\` of \`${words.path}\` has a wrong definition: ${words.problem}`, span, label: 'wrong definition', ...more }
}

/** E0610: `{name}` is the name of a built-in stage kind. */
export function nameOfAKind(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0610', severity: 'error', message: `\`${words.name}\` is the name of a built-in stage kind.`, span, label: 'taken', help: 'Export it under another name.', ...more }
}

/** E0611: The package `{name}` is not installed. */
export function packageNotInstalled(span: Span, words: { readonly name: string }, more: More = {}): Diagnostic {
  return { code: 'E0611', severity: 'error', message: `The package \`${words.name}\` is not installed.`, span, label: 'no such package', ...more }
}

/** E0612: `{path}` names no file of a package. */
export function outsideOfPackage(span: Span, words: { readonly path: string }, more: More = {}): Diagnostic {
  return { code: 'E0612', severity: 'error', message: `\`${words.path}\` names no file of a package.`, span, label: 'not inside of a package', help: 'Write the name of the package and the path of the file in it: `use "npm:recipes/clean" { … }`.', ...more }
}

/** E0613: The package `{name}` is not locked: {reason}. */
export function packageNotLocked(span: Span, words: { readonly name: string; readonly reason: string }, more: More = {}): Diagnostic {
  return { code: 'E0613', severity: 'error', message: `The package \`${words.name}\` is not locked: ${words.reason}.`, span, label: 'not locked', ...more }
}

/** E0614: The package `{name}` does not export `{path}`. */
export function notExported(span: Span, words: { readonly name: string; readonly path: string }, more: More = {}): Diagnostic {
  return { code: 'E0614', severity: 'error', message: `The package \`${words.name}\` does not export \`${words.path}\`.`, span, label: 'not exported', help: 'Name a path that `exports` in its package.json has, and that is a file of the language.', ...more }
}
