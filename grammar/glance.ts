/**
 * The names that a text binds, found without a parser: a shell asks for them at every Tab, and loading the parser takes longer than everything else of
 * the answer. For a text without syntax errors they are those of its syntax tree.
 */

import { scanString } from './strings.ts'

/** The names that a text seems to bind, in their order. Names of tests are left out. */
export interface Glance {
  /** Of `data`, `tokenizer`, `model` and `stage`. */
  readonly bound: readonly string[]
  readonly params: readonly string[]
  /** The files of the modules that the text uses, as it writes them. */
  readonly uses: readonly string[]
}

export function glance(text: string): Glance {
  const bound: string[] = []
  const params: string[] = []
  const uses: string[] = []
  const pieces = piecesOf(text)
  for (let at = 0; at < pieces.length; at++) {
    const { word } = pieces[at]!
    if (word === undefined || pieces[at - 1]?.mark === '.') continue
    if (word === 'test' && pieces[at + 1]?.literal !== undefined && pieces[at + 2]?.mark === '{')
      at = blockEnd(pieces, at + 2)
    else if (word === 'use') uses.push(...(pieces[at + 1]?.literal === undefined ? [] : [pieces[at + 1]!.literal!]))
    else if (word === 'param') params.push(...namesFrom(pieces, at + 1).slice(0, 1))
    else if (binding.has(word)) bound.push(...namesFrom(pieces, at + 1))
  }
  return { bound, params, uses }
}

const binding: ReadonlySet<string> = new Set(['data', 'tokenizer', 'model', 'stage'])

/** A word, the text of a string, or another character. */
interface Piece {
  readonly word?: string
  readonly literal?: string
  readonly mark?: string
}

/** White space and comments, a raw string, a word, a number with its suffix, or another character. */
const piece = /(?:[\s\ufeff]|(?:\/\/|#)[^\n]*)+|(r"(?:\\[^\n]|[^"\\\n])*"?)|([A-Za-z_]\w*)|\d[\w.]*|(==|[\s\S])/gy

function piecesOf(text: string): Piece[] {
  const found: Piece[] = []
  piece.lastIndex = 0
  for (let match = piece.exec(text); match !== null; match = piece.exec(text)) {
    const [, raw, word, mark] = match
    if (mark === '"') {
      const { end, pieces } = scanString(text, match.index)
      found.push({ literal: pieces.map((each) => (each.type === 'text' ? each.text : '')).join('') })
      piece.lastIndex = end
    } else if (raw !== undefined) found.push({ literal: raw })
    else if (word !== undefined) found.push({ word })
    else if (mark !== undefined) found.push({ mark })
  }
  return found
}

/** The names of `a, b = …`; none if something else follows. */
function namesFrom(pieces: readonly Piece[], from: number): string[] {
  const names: string[] = []
  for (let at = from; ; at += 2) {
    const name = pieces[at]?.word
    if (name === undefined) return []
    names.push(name)
    const next = pieces[at + 1]?.mark
    if (next === '=') return names
    if (next !== ',') return []
  }
}

/** The place of the `}` of the `{` at `open`, or that of the last piece. */
function blockEnd(pieces: readonly Piece[], open: number): number {
  let depth = 0
  for (let at = open; at < pieces.length; at++) {
    const { mark } = pieces[at]!
    if (mark === '{') depth++
    else if (mark === '}' && --depth === 0) return at
  }
  return pieces.length - 1
}
