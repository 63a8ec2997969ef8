/** Go to definition, and the places where a name is used. */

import { dirname, isAbsolute, join } from 'node:path/posix'
import type { DocumentHighlight, Location } from 'vscode-languageserver'
import { DocumentHighlightKind } from 'vscode-languageserver'
import type { Program } from '../../../grammar/syntax.ts'
import { targetOf } from '../../language/1-resolve/target.ts'
import { elementAt, isSame, type NameSymbol, type Occurrence } from '../names/symbol.ts'
import { locationIn, rangeOf, touches } from '../places.ts'
import type { Workspace } from '../workspace.ts'

/** The name that the cursor touches; `undefined` if it touches none. */
export function occurrenceAt(workspace: Workspace, path: string, offset: number): Occurrence | undefined {
  const occurrences = workspace.names(path)?.occurrences ?? []
  return elementAt(occurrences, offset)
}

/** Where the name at an offset is declared, or the file that a path in an import or a setting names. */
export function definitionAt(workspace: Workspace, path: string, offset: number): Location[] {
  const occurrence = occurrenceAt(workspace, path, offset)
  if (occurrence === undefined) return fileAt(workspace, path, offset)
  const { span } = occurrence.symbol.original ?? occurrence.symbol
  const document = workspace.document(span.file)
  if (document === undefined) return []
  // From a custom stage, to the file of its code.
  const isOwn = occurrence.symbol.sort === 'custom'
  return isOwn ? importedFile(workspace, path, span.start) : [locationIn(document, span)]
}

/** The file that the path at an offset names, in an import or in a text. */
function fileAt(workspace: Workspace, path: string, offset: number): Location[] {
  const program = workspace.parsed(path)?.program
  if (program === undefined) return []
  const use = usesIn(program).find(({ source }) => touches(source.span, offset))
  if (use !== undefined) return importedFile(workspace, path, offset)
  const text = workspace.read(path) ?? ''
  const line = text.slice(text.lastIndexOf('\n', offset - 1) + 1).split('\n', 1)[0] ?? ''
  const column = offset - (text.lastIndexOf('\n', offset - 1) + 1)
  for (const { 0: whole, 1: inside = '', index } of line.matchAll(/"([^"{}*?\\]+)"/g)) {
    if (column < index || column > index + whole.length) continue
    const file = isAbsolute(inside) ? inside : join(dirname(path), inside)
    if (workspace.services.exists(file)) return [{ uri: workspace.uri(file), range: beginning }]
  }
  return []
}

const beginning = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }

/** The file of the import around an offset. */
function importedFile(workspace: Workspace, path: string, offset: number): Location[] {
  const program = workspace.parsed(path)?.program
  const use = program && usesIn(program).find(({ span }) => touches(span, offset))
  const target = use && targetOf(path, use.source, (at) => workspace.read(at))
  if (target === undefined || workspace.read(target) === undefined) return []
  return [{ uri: workspace.uri(target), range: beginning }]
}

function usesIn({ declarations }: Program) {
  return declarations.filter((each) => each.type === 'use')
}

/** Every place in the files of the project that refers to a symbol, by file. */
export function placesOf(workspace: Workspace, symbol: NameSymbol): Map<string, Occurrence[]> {
  const found = new Map<string, Occurrence[]>()
  const files = isLocal(symbol) ? [symbol.span.file] : [symbol.span.file, ...workspace.projectFiles()]
  for (const file of new Set(files)) {
    const own = workspace.names(file)?.occurrences.filter((each) => isSame(each.symbol, symbol)) ?? []
    if (own.length > 0) found.set(file, own)
  }
  return found
}

/** Whether no other file can refer to a symbol. Parameters are named in calls of other files. */
function isLocal({ sort }: NameSymbol): boolean {
  return sort === 'local' || sort === 'variable'
}

export function referencesAt(
  workspace: Workspace,
  path: string,
  offset: number,
  includeDeclaration: boolean,
): Location[] {
  const occurrence = occurrenceAt(workspace, path, offset)
  if (occurrence === undefined) return []
  return [...placesOf(workspace, occurrence.symbol)].flatMap(([file, places]) => {
    const document = workspace.document(file)
    if (document === undefined) return []
    const shown = includeDeclaration ? places : places.filter(({ role }) => role !== 'definition')
    return shown.map(({ span }) => locationIn(document, span))
  })
}

/** The places in one file that refer to the name at an offset. */
export function highlightsAt(workspace: Workspace, path: string, offset: number): DocumentHighlight[] {
  const occurrence = occurrenceAt(workspace, path, offset)
  const document = workspace.document(path)
  if (occurrence === undefined || document === undefined) return []
  const places = workspace.names(path)?.occurrences.filter((each) => isSame(each.symbol, occurrence.symbol)) ?? []
  return places.map(({ span, role }) => ({
    range: rangeOf(document, span),
    kind: role === 'definition' ? DocumentHighlightKind.Write : DocumentHighlightKind.Read,
  }))
}
