/** A copy and the document that stayed, side by side, with the words marked that only one of them has. */

import type { DroppedSample, Twin } from '../core/ledger.ts'
import { cut, type Line, seg, type Tone, textOf, width, widthOfLine } from './line.ts'

/** The most lines of a text, and the least columns in which two texts stand side by side. */
const [maxLines, besides] = [5, 60]

/** The two documents: their ids, and the same passage of both. One text only if the passages are equal. */
export function twinLines({ id }: Pick<DroppedSample, 'id'>, twin: Twin, columns: number): Line[] {
  const isSame = twin.kept === twin.dropped
  const half = columns < besides ? columns : Math.floor((columns - 3) / 2)
  const [kept, dropped] = marked(twin.kept, twin.dropped)
  if (isSame) {
    const ids: Line = [seg('kept ', 'good'), seg(cut(twin.id, half)), seg('  dropped ', 'bad'), seg(cut(id, half))]
    return [ids, ...wrapped(kept, 'good', columns)]
  }
  const left = [[seg('kept ', 'good'), seg(cut(twin.id, half - 5))], ...wrapped(kept, 'good', half)]
  const right = [[seg('dropped ', 'bad'), seg(cut(id, half - 8))], ...wrapped(dropped, 'bad', half)]
  if (half === columns) return [...left, ...right]
  return Array.from({ length: Math.max(left.length, right.length) }, (_, i) => {
    const line = left[i] ?? []
    return [...line, seg(' '.repeat(Math.max(0, half - widthOfLine(line)))), seg(' │ ', 'dim'), ...(right[i] ?? [])]
  })
}

interface Word {
  readonly text: string
  /** Whether the other text lacks it at this place. */
  readonly isOwn: boolean
}

/** The words of two texts; those outside of their longest common subsequence are marked. */
function marked(a: string, b: string): [Word[], Word[]] {
  const [left, right] = [a, b].map((text) => text.trim().split(/\s+/)) as [string[], string[]]
  // common[i][j]: the length of the longest common subsequence of left from i on and right from j on.
  const common = Array.from({ length: left.length + 1 }, () => new Uint16Array(right.length + 1))
  for (let i = left.length - 1; i >= 0; i--)
    for (let j = right.length - 1; j >= 0; j--)
      common[i]![j] =
        left[i] === right[j] ? common[i + 1]![j + 1]! + 1 : Math.max(common[i + 1]![j]!, common[i]![j + 1]!)
  const [ours, theirs]: [Word[], Word[]] = [[], []]
  let [i, j] = [0, 0]
  while (i < left.length || j < right.length) {
    if (i < left.length && j < right.length && left[i] === right[j]) {
      ours.push({ text: left[i++]!, isOwn: false })
      theirs.push({ text: right[j++]!, isOwn: false })
    } else if (j === right.length || (i < left.length && common[i + 1]![j]! >= common[i]![j + 1]!))
      ours.push({ text: left[i++]!, isOwn: true })
    else theirs.push({ text: right[j++]!, isOwn: true })
  }
  return [ours, theirs]
}

/** Words in lines of at most `columns`, the last of them cut if there are more. */
function wrapped(words: readonly Word[], tone: Tone, columns: number): Line[] {
  const lines: Line[] = []
  let line: Line = []
  for (const { text, isOwn } of words) {
    const word = cut(text, columns)
    const used = widthOfLine(line)
    if (used > 0 && used + 1 + width(word) > columns) {
      lines.push(line)
      line = []
    }
    line = [...line, ...(line.length === 0 ? [] : [seg(' ')]), isOwn ? seg(word, tone) : seg(word, 'dim')]
  }
  lines.push(line)
  if (lines.length <= maxLines) return lines
  const last = textOf(lines[maxLines - 1]!)
  const ended = width(last) < columns ? `${last}…` : cut(last, columns - 1)
  return [...lines.slice(0, maxLines - 1), [seg(ended, 'dim')]]
}
