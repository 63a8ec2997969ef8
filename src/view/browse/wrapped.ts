/** A text in lines for reading: broken at blanks, with the indentation of its lines. */

import { wrap } from '../line.ts'

/** The longest text that is broken into lines, in UTF-16 units. */
const longest = 400_000

/** The lines of the last text, since every frame asks for the same ones. */
let last: { readonly text: string; readonly columns: number; readonly lines: readonly string[] } | undefined

/** The lines of a text in `columns`. Of a longer text than anybody reads, the beginning. */
export function wrapped(text: string, columns: number): readonly string[] {
  if (last?.text === text && last.columns === columns) return last.lines
  const shown = text.slice(0, longest)
  const lines = shown.split(/\r?\n/).flatMap((line) => {
    const indent = (/^[ \t]*/.exec(line)?.[0] ?? '').replaceAll('\t', '    ')
    if (indent.length === 0 || indent.length > columns / 2) return wrap(line, columns)
    return wrap(line.trimStart(), columns - indent.length).map((each) => indent + each)
  })
  if (text.length > longest) lines.push(`… ${text.length - longest} more characters`)
  last = { text, columns, lines }
  return lines
}
