/** Offsets of the compiler, and the positions and ranges of the protocol: lines and UTF-16 columns from 0. */

import type { Location, Position, Range } from 'vscode-languageserver'
import { TextDocument } from 'vscode-languageserver-textdocument'
import type { Span } from '../../grammar/span.ts'

/** The range of a piece of a text. */
export function rangeOf(document: TextDocument, { start, end }: Pick<Span, 'start' | 'end'>): Range {
  return { start: document.positionAt(start), end: document.positionAt(Math.max(start, end)) }
}

/** The whole of a text. */
export function wholeRange(document: TextDocument): Range {
  return rangeOf(document, { start: 0, end: document.getText().length })
}

/** Whether an offset is in a span or directly behind it, where the cursor of an editor touches a name. */
export function touches({ start, end }: Pick<Span, 'start' | 'end'>, offset: number): boolean {
  return start <= offset && offset <= end
}

export function isBefore(a: Position, b: Position): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character)
}

/** A document for a text that no editor has open. */
export function closedDocument(uri: string, text: string): TextDocument {
  return TextDocument.create(uri, 'llmpipe', 0, text)
}

export function locationIn(document: TextDocument, span: Pick<Span, 'start' | 'end'>): Location {
  return { uri: document.uri, range: rangeOf(document, span) }
}
