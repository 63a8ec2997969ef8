/** Tables of text: columns as wide as their cells, numbers to the right. */

import { cutLine, fitTo, type Line, type Segment, seg, type Tone, width } from './line.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  readonly tone?: Tone
  /** The maximum width of the column. */
  readonly most?: number
}

/** Header and rows, cut to `columns` if given; infinity cuts nothing, not even columns with a maximum. A table without titles has no header. */
export function table(heads: readonly Column[], rows: readonly (readonly string[])[], columns?: number): Line[] {
  const widths = heads.map((head, i) => {
    const widest = Math.max(width(head.title), ...rows.map((r) => width(r[i] ?? '')))
    return columns === Number.POSITIVE_INFINITY ? widest : Math.min(widest, head.most ?? widest)
  })
  const line = (cells: readonly string[], tone: (i: number) => Tone | undefined): Line => {
    const segments: Segment[] = []
    for (const [i, head] of heads.entries()) {
      if (i > 0) segments.push(seg('  '))
      segments.push(seg(fitTo(cells[i] ?? '', widths[i]!, head.align), tone(i)))
    }
    return columns === undefined ? segments : cutLine(segments, columns)
  }
  const body = rows.map((cells) => line(cells, (i) => heads[i]!.tone))
  if (heads.every((head) => head.title === '')) return body
  const header = line(
    heads.map((h) => h.title),
    () => 'dim',
  )
  return [header, ...body]
}
