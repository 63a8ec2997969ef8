/** Tokenizers whose pre-tokenizer cuts a text into pieces, of which a model gives the ids. */

import { Ids } from '../ids.ts'
import type { Lost } from '../lost.ts'
import type { TokenizerParts } from '../tokenizer.ts'
import type { PieceModel } from './model.ts'
import type { PiecesOf } from './piecewise.ts'

/** The longest piece that is cached, in UTF-16 units, and the largest number of cached pieces. */
const maxCached = 64
const cachedPieces = 1 << 16

const surrogates = /\p{Surrogate}/gu

/** The function that encodes a text without added tokens. The ids of pieces are cached, because pieces repeat. */
export function encodePieces(pieces: PiecesOf, model: PieceModel): TokenizerParts['encodePlain'] {
  const cache = new Map<string, Uint32Array>()
  const scratch = new Ids()
  const encodePiece = (piece: string, into: Ids, lost: Lost | undefined): void => {
    const known = cache.get(piece)
    if (known !== undefined) {
      into.reserve(known.length)
      into.data.set(known, into.length)
      into.length += known.length
      return
    }
    const before = lost?.count
    scratch.clear()
    model(piece, scratch, lost)
    for (let i = 0; i < scratch.length; i++) into.push(scratch.data[i]!)
    // A piece that lost bytes is encoded again, so that they are counted again.
    if (piece.length > maxCached || lost?.count !== before) return
    if (cache.size >= cachedPieces) cache.clear()
    cache.set(piece, scratch.slice())
  }
  return (text, into, place, lost) => {
    for (const piece of pieces(text.replace(surrogates, '\ufffd'), place))
      if (piece !== '') encodePiece(piece, into, lost)
  }
}
