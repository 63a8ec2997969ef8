/** Completion at the beginning of a declaration. */

import type { CompletionItem } from 'vscode-languageserver'
import { type ItemOptions, snippetItem } from './items.ts'

const declarations: readonly (readonly [keyword: string, detail: string, snippet: string])[] = [
  ['data', 'documents, tokens and other data', 'data $1 = $0'],
  ['tokenizer', 'a tokenizer', 'tokenizer $1 = $0'],
  ['model', 'a model of an architecture', 'model $1 = $0'],
  ['stage', 'a training or an evaluation', 'stage $1 = $0'],
  ['let', 'a value', 'let $1 = $0'],
  ['param', 'a value that -p replaces', 'param $1 = $0'],
  ['use', 'imports', 'use $0'],
  ['op', 'an operation made of others', 'op $1($2) = $2\n  |> $0'],
  ['filter', 'rules for documents', 'filter $1() {\n  $0\n}'],
  ['block', 'a function of tensors', 'block $1(x: [batch, time, dim]) {\n  $0\n}'],
  ['expect', 'a test of metrics', 'expect $0'],
  ['export', 'copies results to a folder', 'export $1 to "$0"'],
  ['for', 'declarations for each value', 'for $1 in [$2] {\n  $0\n}'],
  ['test', 'a test of recipes', 'test "$1" {\n  expect $0\n}'],
  ['if', 'declarations if a condition holds', 'if $1 {\n  $0\n}'],
]

export function declarationItems(options: ItemOptions): CompletionItem[] {
  return declarations.map(([keyword, detail, snippet]) => snippetItem(keyword, detail, snippet, options))
}
