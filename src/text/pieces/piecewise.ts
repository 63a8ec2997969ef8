/**
 * Pre-tokenizers in general: steps that cut texts, change texts, or write them in GPT-2's byte alphabet, in any order. The steps of most
 * tokenizers are in an order for which there is faster code (see `Splitter`).
 */

import type { Place } from '../added.ts'
import { toAlphabet } from '../bpe/byte-alphabet.ts'
import { regexStep } from '../split/regex.ts'
import { removed, type SplitStep } from '../split/steps.ts'
import type { Normalize } from '../tokenizer.ts'
import { scriptEnds } from './scripts.ts'

export type PreStep =
  | { readonly type: 'split'; readonly split: SplitStep }
  | { readonly type: 'change'; readonly change: Normalize }
  | { readonly type: 'scripts' }
  | { readonly type: 'bytes' }

/** Cuts a text at `place` into pieces. */
export type PiecesOf = (text: string, place: Place) => readonly string[]

interface Piece {
  readonly text: string
  readonly place: Place
}

export function piecesBy(steps: readonly PreStep[]): PiecesOf {
  const functions = steps.map(stepFunction)
  return (text, place) => {
    let pieces: readonly Piece[] = [{ text, place }]
    for (const step of functions) pieces = step(pieces)
    return pieces.map((piece) => piece.text)
  }
}

const utf8 = new TextEncoder()

function stepFunction(step: PreStep): (pieces: readonly Piece[]) => readonly Piece[] {
  switch (step.type) {
    case 'change':
      return (pieces) => pieces.map(({ text, place }) => ({ text: step.change(text, place), place }))
    case 'bytes':
      return (pieces) => pieces.map(({ text, place }) => ({ text: toAlphabet(utf8.encode(text)), place }))
    case 'scripts':
      return (pieces) => pieces.flatMap((piece) => cut(piece, scriptEnds(piece.text)))
    case 'split': {
      const endsOf = regexStep(step.split)
      return (pieces) => pieces.flatMap((piece) => cut(piece, endsOf(piece.text)))
    }
  }
}

function cut({ text, place }: Piece, ends: readonly number[]): Piece[] {
  const pieces: Piece[] = []
  let start = 0
  for (const marked of ends) {
    const end = marked >= removed ? marked - removed : marked
    // Only the piece at the start of a text has its place; the others follow another piece, or white space that was removed.
    if (marked < removed && end > start)
      pieces.push({ text: text.slice(start, end), place: start === 0 ? place : 'between' })
    start = end
  }
  return pieces
}
