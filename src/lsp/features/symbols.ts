/** The outline of a file, and the search for names in all files of the project. */

import { type DocumentSymbol, SymbolKind, type WorkspaceSymbol } from 'vscode-languageserver'
import type { TextDocument } from 'vscode-languageserver-textdocument'
import type { Declaration } from '../../../grammar/syntax.ts'
import { namesOf } from '../../language/1-resolve/module.ts'
import type { SymbolSort } from '../names/symbol.ts'
import { rangeOf } from '../places.ts'
import type { Workspace } from '../workspace.ts'

const kinds: Readonly<Record<SymbolSort, SymbolKind>> = {
  data: SymbolKind.Array,
  tokenizer: SymbolKind.Object,
  model: SymbolKind.Object,
  stage: SymbolKind.Event,
  param: SymbolKind.Property,
  let: SymbolKind.Constant,
  function: SymbolKind.Function,
  filter: SymbolKind.Function,
  op: SymbolKind.Function,
  block: SymbolKind.Function,
  architecture: SymbolKind.Class,
  custom: SymbolKind.Function,
  lost: SymbolKind.Variable,
  parameter: SymbolKind.Variable,
  variable: SymbolKind.Variable,
  local: SymbolKind.Variable,
}

/** The declarations of a file; those in the body of a `for` are below it. */
export function documentSymbols(workspace: Workspace, path: string): DocumentSymbol[] {
  const document = workspace.document(path)
  const program = workspace.parsed(path)?.program
  if (document === undefined || program === undefined) return []
  return program.declarations.flatMap((declaration) => symbolsOf(declaration, document))
}

function symbolsOf(declaration: Declaration, document: TextDocument): DocumentSymbol[] {
  const range = rangeOf(document, declaration.span)
  const text = (span: { readonly start: number; readonly end: number }) =>
    document.getText().slice(span.start, span.end).replace(/\s+/g, ' ')
  switch (declaration.type) {
    case 'use':
      return []
    case 'expect':
    case 'export': {
      const shown = declaration.type === 'expect' ? declaration.test : declaration.value
      const selectionRange = rangeOf(document, shown.span)
      const name = `${declaration.type} ${text(shown.span)}`
      return [
        { name: name.length > 80 ? `${name.slice(0, 79)}…` : name, kind: SymbolKind.Boolean, range, selectionRange },
      ]
    }
    case 'for': {
      const names = declaration.clauses.flatMap((clause) => clause.names)
      const first = names[0]
      if (first === undefined) return declaration.body.flatMap((each) => symbolsOf(each, document))
      return [
        {
          name: `for ${names.map(({ name }) => name).join(', ')}`,
          kind: SymbolKind.Namespace,
          range,
          selectionRange: rangeOf(document, first.span),
          children: declaration.body.flatMap((each) => symbolsOf(each, document)),
        },
      ]
    }
    case 'test':
      return [
        {
          name: `test ${declaration.name.text}`,
          kind: SymbolKind.Namespace,
          range,
          selectionRange: rangeOf(document, declaration.name.span),
          children: declaration.body.flatMap((each) => symbolsOf(each, document)),
        },
      ]
    case 'if': {
      const [first] = declaration.branches
      if (first === undefined) return []
      const { condition } = first
      return [
        {
          name: `if ${text(condition.span)}`,
          kind: SymbolKind.Namespace,
          range,
          selectionRange: rangeOf(document, condition.span),
          children: declaration.branches.flatMap(({ body }) => body.flatMap((each) => symbolsOf(each, document))),
        },
      ]
    }
    default: {
      const sort = declaration.type === 'binding' ? declaration.keyword : declaration.type
      const kind = declaration.type === 'model' ? SymbolKind.Class : kinds[sort]
      return namesOf(declaration)
        .filter(({ name }) => name !== '')
        .map(({ name, span }) => ({ name, detail: sort, kind, range, selectionRange: rangeOf(document, span) }))
    }
  }
}

/** How many names a search returns at most. */
const maxFound = 500

/** The names in all files of the project that contain the letters of a query in their order. */
export function workspaceSymbols(workspace: Workspace, query: string): WorkspaceSymbol[] {
  const found: WorkspaceSymbol[] = []
  for (const file of workspace.projectFiles()) {
    const document = workspace.document(file)
    for (const { name, sort, span } of workspace.names(file)?.declared.values() ?? []) {
      if (document === undefined || !hasLetters(name, query)) continue
      const location = { uri: document.uri, range: rangeOf(document, span) }
      found.push({ name, kind: kinds[sort], location, containerName: workspace.nameOf(file) })
      if (found.length >= maxFound) return found
    }
  }
  return found
}

function hasLetters(name: string, query: string): boolean {
  let at = 0
  for (const letter of query.toLowerCase()) {
    at = name.toLowerCase().indexOf(letter, at) + 1
    if (at === 0) return false
  }
  return true
}
