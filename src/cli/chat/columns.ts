/** Shows growing texts side by side in a terminal. */

import { type Line, seg, width, wrap } from '../../view/line.ts'

/** The separator between columns. */
const rail = ' │ '

/** Texts side by side as rows, `columns` wide in total. */
export function sideBySide(texts: readonly string[], columns: number): Line[] {
  const each = Math.max(8, Math.floor((columns - rail.length * (texts.length - 1)) / texts.length))
  const wrapped = texts.map((text) => text.split('\n').flatMap((line) => wrap(line, each)))
  const height = Math.max(0, ...wrapped.map(({ length }) => length))
  return Array.from({ length: height }, (_, row) =>
    wrapped.flatMap((lines, i) => {
      const text = lines[row] ?? ''
      const isLast = i === wrapped.length - 1
      const padded = isLast ? text : text + ' '.repeat(Math.max(0, each - width(text)))
      return [...(i === 0 ? [] : [seg(rail, 'dim')]), seg(padded)]
    }),
  )
}

/** Redraws rows that change only at their end: unchanged rows above are not drawn again. */
export class Growing {
  readonly #write: (text: string) => void
  readonly #paint: (line: Line) => string
  #shown: string[] = []

  constructor(write: (text: string) => void, paint: (line: Line) => string) {
    this.#write = write
    this.#paint = paint
  }

  show(lines: readonly Line[]): void {
    const rows = lines.map((line) => this.#paint(line))
    let same = 0
    while (same < this.#shown.length && this.#shown[same] === rows[same]) same++
    const back = this.#shown.length - same
    if (back > 0) this.#write(`\u001b[${back}A\u001b[0J`)
    for (const row of rows.slice(same)) this.#write(`${row}\n`)
    this.#shown = rows
  }
}
