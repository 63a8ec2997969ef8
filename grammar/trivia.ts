/** White space and comments between tokens: which change of a text is no change but of places. */

import { scanString } from './strings.ts'

/** What two texts have in common, without white space and comments inside: where it begins in each, and its characters. */
export interface CommonPiece {
  readonly before: number
  readonly now: number
  readonly length: number
}

/**
 * The pieces of two texts, if the lexer makes the same tokens of both and the parser the same tree: they differ only in what stands between
 * pieces, and there is something between them in both, with an end of line or without one as before. Nothing for any other change.
 *
 * `before` has to be a text without syntax errors.
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

/** A text on one line: without comments, and with a blank for whatever white space there is between tokens. */
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
/** As the lexer has them, but where `r` is the end of a longer word. */
const rawString = /(?<!\w)r"(?:\\[^\n]|[^"\\\n])*"?/y
/** Characters that neither begin a string nor a gap. */
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
      // Or it is the end of a word, with a string of its own behind it.
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
