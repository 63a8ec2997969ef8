/**
 * A tokenizer: text to ids and back. From simple to complex, each file readable by itself: bytes.ts, characters.ts, bpe.ts.
 *
 * Text is Unicode: a lone surrogate (half a character, which UTF-8 cannot hold) is encoded as U+FFFD. Special tokens in a text are found
 * only if `special` allows it, so that no document can forge the end of a text or a turn of a chat.
 */

import { AddedFinder, type AddedToken, type Place, plainAdded } from './added.ts'
import type { BpeModel } from './bpe/bpe.ts'
import type { Decoder, TextStream } from './decode/decoder.ts'
import { Ids } from './ids.ts'
import type { Lost } from './lost.ts'
import {
  byteDecoder,
  decodeBytes,
  type KnownIds,
  knownIds,
  tokenBytes,
  tokenText,
  type Vocabulary,
} from './vocabulary.ts'

/** The model of a tokenizer: with the vocabulary, everything that tokenizer.json needs. */
export type TokenizerModel =
  | { readonly type: 'bytes' }
  | {
      readonly type: 'characters'
      /** The characters of ids 0, 1, … */
      readonly characters: readonly string[]
      /** The special token for unknown characters; without it, unknown characters are an error. */
      readonly unknown?: string | undefined
    }
  | BpeModel
  /** Models that are read from files only, and written as they were read. */
  | { readonly type: 'unigram' | 'word_piece' | 'words' }

export interface EncodeOptions {
  /** The special tokens to find in the text; default none. */
  readonly special?: 'all' | readonly string[]
  /** Whether to add the ids that the tokenizer puts around every text; default false. */
  readonly wrap?: boolean
}

/** The ids around every text; Hugging Face calls this a post-processor. */
export interface Wrap {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** The files of a tokenizer that was read, byte for byte, to write them back unchanged. */
export interface TokenizerSource {
  readonly tokenizer: string
  readonly config?: string | undefined
}

export interface Tokenizer {
  readonly model: TokenizerModel
  readonly vocabulary: Vocabulary
  /** The number of ids, and of rows of a model's embedding. */
  readonly size: number
  /** The ids that have a token. A padded vocabulary has more ids than tokens. */
  readonly known: KnownIds
  readonly special: ReadonlyMap<string, number>
  /** All added tokens, special ones included, in the order of their ids. */
  readonly added: readonly AddedToken[]
  /** The token that ends a document: `eos_token` of its configuration. */
  readonly endOfText: number | undefined
  /** `bos_token` and `pad_token` of its configuration. */
  readonly bos: number | undefined
  readonly pad: number | undefined
  /** The token for text that has no token. */
  readonly unknown: number | undefined
  readonly wrap: Wrap
  /** The files that the tokenizer was read from; `undefined` if llmpipe made it. */
  readonly source: TokenizerSource | undefined
  encode(text: string, options?: EncodeOptions): Uint32Array
  /**
   * Appends the ids of a text at `place` (default: a whole text). Special tokens in it are ordinary text. Bytes without a token are left
   * out and counted in `lost`; without `lost` they are a StageError `unknown-bytes`.
   */
  encodeInto(text: string, into: Ids, lost?: Lost, place?: Place): void
  /** The settings of its files that are not applied, as sentences for people. */
  readonly notes: readonly string[]
  /** The text of ids. Special tokens are written out. */
  decode(ids: ArrayLike<number>): string
  /** The bytes of ids, each by itself: `decode` without what depends on neighbors. */
  decodeBytes(ids: ArrayLike<number>): Uint8Array
  /** A decoder that receives tokens one at a time. Its texts together are the text of `decode`. */
  stream(): TextStream
  /** The bytes of one token. */
  tokenBytes(id: number): Uint8Array
  /** A token as text for people; `undefined` for an id without a token. */
  idToToken(id: number): string | undefined
}

/** Changes a text at `place`. */
export type Normalize = (text: string, place: Place) => string

export interface TokenizerParts {
  readonly model: TokenizerModel
  readonly vocabulary: Vocabulary
  /** Appends the ids of a piece of normalized text that has no added tokens. */
  readonly encodePlain: (piece: string, into: Ids, place: Place, lost: Lost | undefined) => void
  /** Normalizes the text between added tokens; default: no change. */
  readonly normalize?: Normalize | undefined
  /** The decoder; default: the bytes of the tokens as UTF-8. */
  readonly decoder?: Decoder | undefined
  readonly notes?: readonly string[]
  /** The added tokens; default: the special tokens of the vocabulary, without rules. */
  readonly added?: readonly AddedToken[]
  readonly bos?: number | undefined
  readonly pad?: number | undefined
  readonly unknown?: number | undefined
  readonly wrap?: Wrap
  readonly source?: TokenizerSource | undefined
}

/** Makes a tokenizer of its parts. */
export function makeTokenizer(parts: TokenizerParts): Tokenizer {
  const { model, vocabulary } = parts
  const added = parts.added ?? [...vocabulary.special].map(([content, id]) => plainAdded(content, id, true))
  const encodeText = textEncoder(parts, added)
  const decoder = parts.decoder ?? byteDecoder(vocabulary)
  const wrap = parts.wrap ?? { before: [], after: [] }
  const none: ReadonlySet<string> = new Set()
  const scratch = new Ids()
  return {
    model,
    vocabulary,
    size: vocabulary.size,
    known: knownIds(vocabulary),
    special: vocabulary.special,
    added,
    endOfText: vocabulary.endOfText,
    bos: parts.bos,
    pad: parts.pad,
    unknown: parts.unknown,
    wrap,
    source: parts.source,
    notes: parts.notes ?? [],
    encodeInto: (text, into, lost, place = 'start') => encodeText(text, into, none, lost, place),
    encode(text, options = {}) {
      scratch.clear()
      const wanted = options.special === 'all' ? vocabulary.special.keys() : (options.special ?? [])
      if (options.wrap) for (const id of wrap.before) scratch.push(id)
      encodeText(text, scratch, new Set(wanted), undefined, 'start')
      if (options.wrap) for (const id of wrap.after) scratch.push(id)
      return scratch.slice()
    },
    decode: decoder.decode,
    decodeBytes: (ids) => decodeBytes(vocabulary, ids),
    stream: decoder.stream,
    tokenBytes: (id) => tokenBytes(vocabulary, id),
    idToToken(id) {
      if (!(id >= 0 && id < vocabulary.size) || tokenBytes(vocabulary, id).length === 0) return undefined
      return tokenText(vocabulary, id)
    },
  }
}

type EncodeText = (text: string, into: Ids, wanted: ReadonlySet<string>, lost: Lost | undefined, place: Place) => void

/**
 * Makes the encoder of whole texts. The order is that of Hugging Face's library: find added tokens in the original text, normalize the
 * texts between them, find added tokens in the normalized texts, and then apply the model.
 */
function textEncoder({ encodePlain, normalize }: TokenizerParts, added: readonly AddedToken[]): EncodeText {
  const asItIs = new AddedFinder(added.filter(({ normalized }) => !normalized))
  const normalized = new AddedFinder(
    added.filter((token) => token.normalized),
    normalize && ((content) => normalize(content, 'between')),
  )
  // If all added tokens are special and the caller wants none of them, no search is needed.
  const alwaysSeeks = added.some(({ special }) => !special)
  return (text, into, wanted, lost, place) => {
    if (!alwaysSeeks && wanted.size === 0) {
      const plain = normalize === undefined ? text : normalize(text, place)
      if (plain !== '') encodePlain(plain, into, place, lost)
      return
    }
    const isWanted = ({ special, content }: AddedToken) => !special || wanted.has(content)
    const token = ({ id }: AddedToken) => into.push(id)
    const inPiece = { token, text: (piece: string, here: Place) => encodePlain(piece, into, here, lost) }
    const inText = {
      token,
      text(piece: string, here: Place) {
        const plain = normalize === undefined ? piece : normalize(piece, here)
        normalized.find(plain, isWanted, inPiece, plain, here)
      },
    }
    asItIs.find(text, isWanted, inText, text, place)
  }
}
