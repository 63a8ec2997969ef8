/** Models that give the ids of one piece of text at a time. */

import type { Ids } from '../ids.ts'
import { type Lost, lose } from '../lost.ts'

/** Appends the ids of a piece. A piece without ids and without an unknown token is left out and counted in `lost`. */
export type PieceModel = (piece: string, into: Ids, lost: Lost | undefined) => void

const utf8 = new TextEncoder()

/** Appends the unknown token, or counts a text as lost. */
export function unknownText(text: string, unknown: number | undefined, into: Ids, lost: Lost | undefined): void {
  if (unknown !== undefined) {
    into.push(unknown)
    return
  }
  const bytes = utf8.encode(text)
  lose(lost, new Set(bytes), bytes.length)
}

/** Each piece is a token. */
export function wordLevel(vocab: ReadonlyMap<string, number>, unknown: number | undefined): PieceModel {
  return (piece, into, lost) => {
    const id = vocab.get(piece)
    if (id === undefined) unknownText(piece, unknown, into, lost)
    else into.push(id)
  }
}

export interface WordPieceOptions {
  /** The mark of tokens that continue a word. */
  readonly prefix: string
  /** Longer words, in characters, are unknown. */
  readonly longest: number
  readonly unknown: number | undefined
}

/**
 * WordPiece: the longest token from the left, again and again; a word of which a part has no token is unknown as a whole (Schuster &
 * Nakajima 2012; Devlin et al. 2019).
 */
export function wordPiece(
  vocab: ReadonlyMap<string, number>,
  { prefix, longest, unknown }: WordPieceOptions,
): PieceModel {
  // No token is longer, and so no longer part of a word needs to be looked up.
  let longestToken = 0
  for (const token of vocab.keys()) longestToken = Math.max(longestToken, token.length)
  return (piece, into, lost) => {
    const before = into.length
    let start = isLonger(piece, longest) ? -1 : 0
    while (start >= 0 && start < piece.length) {
      const mark = start === 0 ? '' : prefix
      let end = Math.min(piece.length, start + longestToken)
      let id: number | undefined
      for (; end > start; end--) {
        id = vocab.get(mark + piece.slice(start, end))
        if (id !== undefined) break
      }
      if (id === undefined) start = -1
      else {
        into.push(id)
        start = end
      }
    }
    if (start >= 0) return
    into.length = before
    unknownText(piece, unknown, into, lost)
  }
}

/** Whether a text has more than this number of characters. */
function isLonger(text: string, characters: number): boolean {
  if (text.length <= characters) return false
  let count = 0
  for (const _ of text) if (++count > characters) return true
  return false
}
