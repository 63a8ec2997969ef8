/** Renames a name in all files of the project. What cannot be renamed is refused with the reason. */

import { ErrorCodes, type Range, ResponseError, type TextEdit, type WorkspaceEdit } from 'vscode-languageserver'
import { isKeyword } from '../../../grammar/tokens.ts'
import { elementAt, type NameSymbol, type Occurrence, sortInWords } from '../names/symbol.ts'
import { rangeOf } from '../places.ts'
import type { Workspace } from '../workspace.ts'
import { occurrenceAt, placesOf } from './definition.ts'

/** The piece of the text that a rename at an offset changes. Throws the reason if the name cannot be renamed. */
export function renamedRange(
  workspace: Workspace,
  path: string,
  offset: number,
): { readonly range: Range; readonly placeholder: string } {
  const { span, symbol } = renamable(workspace, path, offset)
  return { range: rangeOf(workspace.document(path)!, span), placeholder: symbol.name }
}

/** The edits that rename the name at an offset. Throws the reason if the name cannot be renamed, or not to `to`. */
export function rename(workspace: Workspace, path: string, offset: number, to: string): WorkspaceEdit {
  const { symbol } = renamable(workspace, path, offset)
  if (!/^[A-Za-z_]\w*$/.test(to)) throw refusal(`\`${to}\` is not a name: names consist of letters, digits and \`_\`.`)
  if (isKeyword(to)) throw refusal(`\`${to}\` is a word of the language, so nothing can have this name.`)
  const places = placesOf(workspace, symbol)
  for (const file of places.keys()) {
    const other = conflict(workspace, file, symbol, to)
    if (other !== undefined)
      throw refusal(`\`${to}\` is ${withArticle(sortInWords[other.sort])} of ${workspace.nameOf(file)} already.`)
  }
  const changes: Record<string, TextEdit[]> = {}
  for (const [file, occurrences] of places) {
    const document = workspace.document(file)
    if (document === undefined) continue
    changes[workspace.uri(file)] = distinct(occurrences).map(({ span }) => ({
      range: rangeOf(document, span),
      newText: to,
    }))
  }
  return { changes }
}

function renamable(workspace: Workspace, path: string, offset: number): Occurrence {
  const occurrence = occurrenceAt(workspace, path, offset)
  if (occurrence === undefined) throw refusal(whyNot(workspace, path, offset))
  const { symbol } = occurrence
  if (symbol.span.file.startsWith('std:'))
    throw refusal(
      `\`${symbol.name}\` belongs to a standard module of llmpipe. Import it with \`as\` to give it another name.`,
    )
  if (symbol.sort === 'custom')
    throw refusal(`\`${symbol.name}\` is exported by a file of code. Rename it there, or import it with \`as\`.`)
  if (symbol.sort === 'lost') throw refusal(`The import of \`${symbol.name}\` failed, so its declaration is unknown.`)
  return occurrence
}

function whyNot(workspace: Workspace, path: string, offset: number): string {
  const word = elementAt(workspace.names(path)?.words ?? [], offset)
  switch (word?.sort) {
    case 'kind':
      return `\`${word.name}\` is a stage kind of llmpipe.`
    case 'primitive':
      return `\`${word.name}\` is a part of the language of architectures.`
    case 'metric':
      return `\`${word.name}\` is a metric of documents.`
    case 'group':
    case 'choice':
      return `\`${word.name}\` is a value that a setting of llmpipe knows.`
    case 'type':
      return `\`${word.name}\` is a type of parameters.`
    case 'setting':
      return `\`${word.name}\` is a setting of \`${word.of}\`.`
    case undefined:
      return 'There is no name here.'
  }
}

/** A symbol that has the name `to` where the renamed one is in reach. */
function conflict(workspace: Workspace, file: string, { span, reach }: NameSymbol, to: string): NameSymbol | undefined {
  const names = workspace.names(file)
  const inReach = (other: NameSymbol) =>
    other.name === to && (file !== span.file || (other.reach.start < reach.end && reach.start < other.reach.end))
  const imported = names?.scope.get(to)
  return names?.symbols.find(inReach) ?? (imported !== undefined && inReach(imported) ? imported : undefined)
}

/** Each place once: a name in an import is both the use of the other module's symbol and bound here. */
function distinct(occurrences: readonly Occurrence[]): Occurrence[] {
  return occurrences.filter(({ span }, i) => occurrences.findIndex((each) => each.span.start === span.start) === i)
}

function withArticle(words: string): string {
  if (words === 'data') return words
  return `${/^[aeiou]/.test(words) ? 'an' : 'a'} ${words}`
}

function refusal(reason: string): ResponseError<void> {
  return new ResponseError(ErrorCodes.InvalidRequest, reason)
}
