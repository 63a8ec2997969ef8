/**
 * BPE: patterns split a text into pieces, and the symbols of each piece (bytes or characters) are merged by rank (Sennrich et al. 2016; on
 * bytes: Radford et al. 2019). Pieces repeat, and so their tokens are cached.
 */

import type { AddedToken, Place } from '../added.ts'
import type { Decoder } from '../decode/decoder.ts'
import { Ids } from '../ids.ts'
import type { Lost } from '../lost.ts'
import type { PiecesOf } from '../pieces/piecewise.ts'
import { removed, type SplitStep, splitterOf } from '../split/splitter.ts'
import { makeTokenizer, type Normalize, type Tokenizer, type TokenizerSource, type Wrap } from '../tokenizer.ts'
import { tokenBytes, type Vocabulary } from '../vocabulary.ts'
import { Merger, type Merges } from './merge.ts'
import { PieceCache } from './piece-cache.ts'
import { Pieces } from './pieces.ts'
import { byteSymbols, type CharacterSymbols, characterSymbols } from './symbols.ts'

export interface BpeModel {
  readonly type: 'bpe'
  /** The steps that split a text into pieces, in order; without steps, a text is one piece. */
  readonly split: readonly SplitStep[]
  /** The merges, by rank. */
  readonly merges: Merges
  /** Whether a piece that equals a token becomes that token even if merging would not lead to it (Llama 3). */
  readonly ignoreMerges: boolean
  /** The ids of characters, if pieces consist of characters (SentencePiece) and not of bytes. */
  readonly characters?: CharacterSymbols | undefined
  /** The id for bytes without a token; without it, these bytes are left out. */
  readonly unknown?: number | undefined
}

/** The properties of a BPE tokenizer besides its model, as files have them. */
export interface BpeOptions {
  readonly normalize?: Normalize | undefined
  /** Changes each text between added tokens, after normalizing and before splitting. */
  readonly prepare?: Normalize | undefined
  /** Cuts each text between added tokens into pieces, instead of `prepare` and the splits of the model. */
  readonly pieces?: PiecesOf | undefined
  /** The decoder; default: the bytes of the tokens as UTF-8. */
  readonly decoder?: Decoder | undefined
  /** The tokens of whole pieces, if these are not the tokens with the bytes of the piece. */
  readonly whole?: ReadonlyMap<string, number> | undefined
  readonly added?: readonly AddedToken[]
  /** The added tokens that the model itself lacks: with `ignoreMerges`, a piece never becomes one of them. */
  readonly outside?: ReadonlySet<number>
  readonly bos?: number | undefined
  readonly pad?: number | undefined
  readonly wrap?: Wrap
  readonly source?: TokenizerSource | undefined
  readonly notes?: readonly string[]
}

/** The longest piece that is cached, in bytes: longer pieces rarely repeat. */
const maxCachedBytes = 64

export function bpeTokenizer(model: BpeModel, vocabulary: Vocabulary, options: BpeOptions = {}): Tokenizer {
  const split = splitterOf(model.split)
  const merger = new Merger(model.merges)
  const symbols =
    model.characters === undefined
      ? byteSymbols(vocabulary, model.unknown)
      : characterSymbols(model.characters, model.unknown)
  const whole = model.ignoreMerges ? wholeTokens(vocabulary, options) : undefined
  const cache = new PieceCache()
  const ends = new Ids()
  let bytes = new Uint8Array(0)
  const utf8 = new TextEncoder()

  const encodePiece = (start: number, end: number, into: Ids): void => {
    const token = whole?.find(bytes, start, end)
    if (token !== undefined) {
      into.push(token)
      return
    }
    const count = symbols.read(bytes, start, end)
    merger.merge(symbols.data, count, into)
  }

  const write = (text: string, lost: Lost | undefined): number => {
    if (bytes.length < 3 * text.length) bytes = new Uint8Array(3 * text.length)
    const length = utf8.encodeInto(text, bytes).written
    if (!symbols.complete) symbols.missing(bytes, length, lost)
    return length
  }
  const { pieces } = options
  const encodePieces = (text: string, into: Ids, place: Place, lost: Lost | undefined): void => {
    for (const piece of pieces!(text, place)) {
      const length = write(piece, lost)
      if (length > maxCachedBytes) encodePiece(0, length, into)
      else if (length > 0) cache.encode(bytes, 0, length, into, encodePiece)
    }
  }
  const encodePlain = (piece: string, into: Ids, place: Place, lost: Lost | undefined): void => {
    const text = options.prepare === undefined ? piece : options.prepare(piece, place)
    const length = write(text, lost)
    ends.clear()
    split(text, bytes, length, ends)
    let start = 0
    for (let i = 0; i < ends.length; i++) {
      let end = ends.data[i]!
      if (end >= removed) end -= removed
      else if (end - start > maxCachedBytes) encodePiece(start, end, into)
      else cache.encode(bytes, start, end, into, encodePiece)
      start = end
    }
  }
  const { normalize, added, bos, pad, wrap, source, decoder, notes } = options
  return makeTokenizer({
    model,
    vocabulary,
    encodePlain: pieces === undefined ? encodePlain : encodePieces,
    unknown: model.unknown,
    normalize,
    bos,
    pad,
    source,
    ...(added && { added }),
    ...(decoder && { decoder }),
    ...(notes && { notes }),
    ...(wrap && { wrap }),
  })
}

/** The ordinary tokens of the model by their bytes, or by the pieces in `whole`. */
function wholeTokens(vocabulary: Vocabulary, { whole: texts, outside }: BpeOptions) {
  const pieces = new Pieces()
  const ids: number[] = []
  const special = new Set(vocabulary.special.values())
  const add = (token: Uint8Array, id: number) => {
    if (outside?.has(id)) return
    if (token.length > 0 && !special.has(id) && pieces.intern(token, 0, token.length) === ids.length) ids.push(id)
  }
  if (texts === undefined) for (let id = 0; id < vocabulary.size; id++) add(tokenBytes(vocabulary, id), id)
  else for (const [text, id] of texts) add(new TextEncoder().encode(text), id)
  return {
    find(bytes: Uint8Array, start: number, end: number): number | undefined {
      const piece = pieces.find(bytes, start, end)
      return piece === -1 ? undefined : ids[piece]
    },
  }
}
