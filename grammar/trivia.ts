/** White space and comments between tokens: finds changes of a text that only move what the text declares. */

import { scanString } from './strings.ts'

/** A piece that two texts share, without the white space and comments in it: its offset in each, and its length. */
export interface CommonPiece {
  readonly before: number
  readonly now: number
  readonly length: number
}

/**
 * The pieces that two texts share, if the lexer makes the same tokens and the parser the same tree of both: they differ only between
 * pieces, and each gap keeps its line end or the lack of one. `undefined` for any other change. `before` has to be a text without
 * syntax errors.
 */
export function commonPieces(before: string, now: string): CommonPiece[] | undefined {
  const pieces: CommonPiece[] = []
  let [a, b] = [gapEnd(before, 0), gapEnd(now, 0)]
  while (a < before.length && b < now.length) {
    const [endA, endB] = [pieceEnd(before, a), pieceEnd(now, b)]
    if (before.slice(a, endA) !== now.slice(b, endB)) return undefined
    pieces.push({ before: a, now: b, length: endA - a })
    const [nextA, nextB] = [gapEnd(before, endA), gapEnd(now, endB)]
    const isLast = nextA === before.length && nextB === now.length
    if (!isLast && endsLine(before.slice(endA, nextA)) !== endsLine(now.slice(endB, nextB))) return undefined
    a = nextA
    b = nextB
  }
  return a === before.length && b === now.length ? pieces : undefined
}

/** A text on one line: without comments, and with one blank for all white space between two tokens. */
export function onOneLine(text: string): string {
  const pieces: string[] = []
  for (let at = gapEnd(text, 0); at < text.length; ) {
    const end = pieceEnd(text, at)
    pieces.push(text.slice(at, end))
    at = gapEnd(text, end)
  }
  return pieces.join(' ')
}

const gap = /(?:[ \t\r\n\u00a0\ufeff]+|\/\/[^\n]*)*/y
/** As in the lexer, unless `r` is the last letter of a longer word. */
const rawString = /(?<!\w)r"(?:\\[^\n]|[^"\\\n])*"?/y
/** Characters that begin neither a string nor a gap. */
const plain = /(?:[^ \t\r\n\u00a0\ufeff"/r]|r(?!")|\/(?!\/))+/y

function gapEnd(text: string, at: number): number {
  return matchEnd(gap, text, at)
}

function pieceEnd(text: string, start: number): number {
  let at = start
  for (;;) {
    const from = at
    at = matchEnd(plain, text, at)
    if (text[at] === '"') at = scanString(text, at).end
    else if (text[at] === 'r') {
      const end = matchEnd(rawString, text, at)
      // Or `r` ends a word, and a string follows.
      at = end === at ? at + 1 : end
    }
    if (at === from) return at
  }
}

function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : at
}

function endsLine(text: string): boolean {
  return /[\r\n]/.test(text)
}
