/** Draws the Markdown of a reference on a terminal: headings stand out, code is indented, paragraphs are wrapped. */

import { type Line, seg, wrap } from '../../view/line.ts'

/** The widest paragraph that is easy to read. */
const widest = 100

/** The lines of a page. */
export function markdownLines(markdown: string, columns: number): Line[] {
  const wide = Math.max(20, Math.min(columns, widest))
  const lines: Line[] = []
  for (const block of blocksOf(markdown)) {
    if (lines.length > 0) lines.push([])
    lines.push(...linesOf(block, wide))
  }
  return lines
}

/** The parts of a page that blank lines separate; those in a fence do not. */
function blocksOf(markdown: string): string[] {
  return markdown.match(/^```[^\n]*\n[\s\S]*?^```$|^.+(?:\n(?!```).+)*/gm) ?? []
}

function linesOf(block: string, wide: number): Line[] {
  if (block.startsWith('```'))
    return block
      .split('\n')
      .slice(1, -1)
      .map((line) => [seg(`  ${line}`, 'accent')])
  const [, marks, title = ''] = /^(#+) (.*)$/.exec(block) ?? []
  if (marks !== undefined) return [[seg(marks.length === 1 ? title.toUpperCase() : title, 'bold')]]
  if (/^[-*] /.test(block)) return block.split('\n').flatMap((item) => listItem(item, wide))
  // A table keeps its lines, and so does text that is drawn.
  if (/^[|\s]{2}|^\|/.test(block)) return block.split('\n').map((line) => [seg(line)])
  return wrap(block.replaceAll('\n', ' '), wide).map((line) => [seg(line)])
}

function listItem(item: string, wide: number): Line[] {
  return wrap(item.replace(/^[-*] /, ''), wide - 4).map((line, i) => [seg(i === 0 ? '  · ' : '    ', 'dim'), seg(line)])
}
