/** The items of a completion list. */

import {
  type CompletionItem,
  CompletionItemKind,
  InsertTextFormat,
  type MarkupContent,
  MarkupKind,
} from 'vscode-languageserver'
import type { StageKind } from '../../core/kind/kind.ts'
import type { SettingSchema } from '../../core/kind/setting.ts'
import type { Callable, CallableParameter } from '../callables.ts'
import { type SymbolSort, sortInWords } from '../names/symbol.ts'
import type { NameInReach } from './scope.ts'

export interface ItemOptions {
  /** Whether the editor fills in snippets. */
  readonly snippets: boolean
  /** Whether the editor has the commands of VS Code that show the next list. */
  readonly editorCommands?: boolean
}

/** Groups of items in their order in the list. */
export type Rank = 'first' | 'fitting' | 'usual' | 'last'

const ranks: Readonly<Record<Rank, string>> = { first: '0', fitting: '1', usual: '2', last: '3' }

export function ranked(item: CompletionItem, rank: Rank): CompletionItem {
  return { ...item, sortText: `${ranks[rank]}${item.sortText ?? item.label}` }
}

export function markdown(value: string): MarkupContent {
  return { kind: MarkupKind.Markdown, value }
}

const kindOfSort: Readonly<Record<SymbolSort, CompletionItemKind>> = {
  data: CompletionItemKind.Variable,
  tokenizer: CompletionItemKind.Variable,
  model: CompletionItemKind.Variable,
  stage: CompletionItemKind.Variable,
  param: CompletionItemKind.Property,
  let: CompletionItemKind.Constant,
  function: CompletionItemKind.Function,
  filter: CompletionItemKind.Function,
  op: CompletionItemKind.Function,
  block: CompletionItemKind.Function,
  architecture: CompletionItemKind.Class,
  custom: CompletionItemKind.Function,
  lost: CompletionItemKind.Variable,
  parameter: CompletionItemKind.Variable,
  variable: CompletionItemKind.Variable,
  local: CompletionItemKind.Variable,
}

/** A name that the program binds. */
export function nameItem({ name, sort, symbol }: NameInReach, detail?: string): CompletionItem {
  const doc = symbol?.doc
  return {
    label: name,
    kind: kindOfSort[sort],
    detail: detail ?? sortInWords[sort],
    ...(doc === undefined ? {} : { documentation: markdown(doc) }),
  }
}

/** Something that can be called; the cursor ends between its parentheses, or behind them if it takes nothing. */
export function callItem(
  callable: Callable,
  piped: boolean,
  { snippets }: ItemOptions,
  kind: CompletionItemKind,
): CompletionItem {
  const { name, doc, parameters } = callable
  const takesNothing = parameters.length <= (piped ? 1 : 0)
  const text = takesNothing ? `${name}()` : snippets ? `${name}($0)` : `${name}(`
  return {
    label: name,
    kind,
    insertText: text,
    insertTextFormat: snippets && !takesNothing ? InsertTextFormat.Snippet : InsertTextFormat.PlainText,
    ...(doc === undefined ? {} : { documentation: markdown(doc) }),
    ...(takesNothing
      ? {}
      : { command: { title: 'Show the parameters', command: 'editor.action.triggerParameterHints' } }),
  }
}

export function kindItem(kind: StageKind, callable: Callable, piped: boolean, options: ItemOptions): CompletionItem {
  const item = callItem(callable, piped, options, CompletionItemKind.Function)
  return { ...item, detail: 'stage kind', data: { kind: kind.name } }
}

/** The name of an argument. `withColon`: whether the colon is still to be written. */
export function parameterItem(
  { name, label, doc, isRequired, schema }: CallableParameter,
  withColon: boolean,
): CompletionItem {
  return {
    label: name,
    kind: CompletionItemKind.Property,
    detail: label.slice(name.length + 2),
    insertText: withColon ? `${name}: ` : name,
    ...(isRequired ? { labelDetails: { description: 'required' } } : {}),
    ...(doc === undefined ? {} : { documentation: markdown(doc) }),
    // The choices of the setting are offered at once.
    ...(withColon && schema !== undefined && (schema.enum ?? schema.calls) !== undefined
      ? { command: { title: 'Show the choices', command: 'editor.action.triggerSuggest' } }
      : {}),
  }
}

/** The words that a setting takes. */
export function choiceItems({ enum: words = [], description, default: usual }: SettingSchema): CompletionItem[] {
  return words.map((label) => ({
    label,
    kind: CompletionItemKind.EnumMember,
    ...(label === usual ? { detail: 'default' } : {}),
    documentation: markdown(description),
  }))
}

export function wordItem(label: string, kind: CompletionItemKind, detail?: string, doc?: string): CompletionItem {
  return {
    label,
    kind,
    ...(detail === undefined ? {} : { detail }),
    ...(doc === undefined ? {} : { documentation: markdown(doc) }),
  }
}

export function snippetItem(label: string, detail: string, snippet: string, { snippets }: ItemOptions): CompletionItem {
  return {
    label,
    kind: CompletionItemKind.Keyword,
    detail,
    ...(snippets ? { insertText: snippet, insertTextFormat: InsertTextFormat.Snippet } : { insertText: `${label} ` }),
  }
}
