/** Pieces of a file that an editor can fold: declarations, blocks, lists, groups of comments, and the imports. */

import { type FoldingRange, FoldingRangeKind } from 'vscode-languageserver'
import { tokenize } from '../../../grammar/parse.ts'
import type { Workspace } from '../workspace.ts'

const closers: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}' }

export function foldingRanges(workspace: Workspace, path: string): FoldingRange[] {
  const document = workspace.document(path)
  const program = workspace.parsed(path)?.program
  if (document === undefined || program === undefined) return []
  const lineOf = (offset: number) => document.positionAt(offset).line
  const ranges: FoldingRange[] = []
  const add = (startLine: number, endLine: number, kind?: FoldingRangeKind) => {
    if (endLine > startLine) ranges.push({ startLine, endLine, ...(kind === undefined ? {} : { kind }) })
  }
  const { tokens, comments } = tokenize(path, document.getText(), 0)
  const open: { readonly image: string; readonly line: number }[] = []
  for (const { image, startOffset } of tokens) {
    if (image in closers) open.push({ image, line: lineOf(startOffset) })
    else if (Object.values(closers).includes(image)) {
      const from = open.pop()
      // The line of the closing bracket stays visible.
      if (from !== undefined && closers[from.image] === image) add(from.line, lineOf(startOffset) - 1)
    }
  }
  // A declaration that is a chain of pipes has no bracket to fold at.
  for (const { span, type } of program.declarations) if (type !== 'use') add(lineOf(span.start), lineOf(span.end))
  const uses = program.declarations.filter(({ type }) => type === 'use')
  const [first, last] = [uses[0], uses.at(-1)]
  if (first !== undefined && last !== undefined)
    add(lineOf(first.span.start), lineOf(last.span.end), FoldingRangeKind.Imports)
  let from: number | undefined
  for (const [index, { span }] of comments.entries()) {
    const line = lineOf(span.start)
    const next = comments[index + 1]
    from ??= line
    if (next !== undefined && lineOf(next.span.start) === line + 1) continue
    add(from, line, FoldingRangeKind.Comment)
    from = undefined
  }
  return distinct(ranges)
}

/** One range for each first line, the longest: editors show one only. */
function distinct(ranges: readonly FoldingRange[]): FoldingRange[] {
  const longest = new Map<number, FoldingRange>()
  for (const range of ranges) {
    const known = longest.get(range.startLine)
    if (known === undefined || known.endLine < range.endLine) longest.set(range.startLine, range)
  }
  return [...longest.values()].sort((a, b) => a.startLine - b.startLine)
}
