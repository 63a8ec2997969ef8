/** Formats a file as `llmpipe fmt` does. Only lines that differ are replaced, so that the cursor and marks of the editor stay. */

import type { TextEdit } from 'vscode-languageserver'
import { format } from '../../language/format/format.ts'
import { rangeOf } from '../places.ts'
import type { Workspace } from '../workspace.ts'

/** The edits that format a file; none if it has syntax errors or is formatted already. */
export function formatting(workspace: Workspace, path: string): TextEdit[] {
  const document = workspace.document(path)
  if (document === undefined) return []
  const before = document.getText()
  const { text } = format(before, path)
  if (text === undefined) return []
  const after = before.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text
  if (after === before) return []
  return hunks(before, after).map(({ start, end, text: newText }) => ({
    range: rangeOf(document, { start, end }),
    newText,
  }))
}

interface Hunk {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** How far below a line its counterpart is looked for. */
const maxAway = 40

/** The pieces of lines in which two texts differ. */
function hunks(before: string, after: string): Hunk[] {
  const [a, b] = [linesOf(before), linesOf(after)]
  const found: Hunk[] = []
  let [i, j, offset] = [0, 0, 0]
  while (i < a.length || j < b.length) {
    if (a[i] === b[j]) {
      offset += a[i]?.length ?? 0
      i++
      j++
      continue
    }
    const [toI, toJ] = nextCommon(a, b, i, j)
    const removed = a.slice(i, toI).join('')
    found.push({ start: offset, end: offset + removed.length, text: b.slice(j, toJ).join('') })
    offset += removed.length
    i = toI
    j = toJ
  }
  return found
}

/** The nearest two lines below that are equal; the ends of both texts if there are none. */
function nextCommon(a: readonly string[], b: readonly string[], i: number, j: number): readonly [number, number] {
  for (let away = 1; away <= maxAway * 2; away++)
    for (let down = Math.max(0, away - maxAway); down <= Math.min(away, maxAway); down++) {
      const [at, other] = [i + down, j + away - down]
      if (a[at] !== undefined && a[at] === b[other]) return [at, other]
    }
  return [a.length, b.length]
}

/** The lines of a text with their line ends. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? []
}
