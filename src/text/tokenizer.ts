/**
 * A tokenizer: text to ids and back. The ladder, each rung readable alone: bytes.ts, characters.ts, bpe.ts.
 *
 * Text is Unicode: a lone surrogate (half a character, which UTF-8 cannot hold) is encoded as U+FFFD. Special tokens are
 * recognised in text only where `special` asks for it, so that no document can forge the end of a text or a turn of a chat.
 */

import { AddedFinder, type AddedToken, type Place, plainAdded } from './added.ts'
import type { BpeModel } from './bpe/bpe.ts'
import { Ids } from './ids.ts'
import type { Lost } from './lost.ts'
import {
  decode,
  decodeBytes,
  type KnownIds,
  knownIds,
  StreamingDecoder,
  tokenBytes,
  tokenText,
  type Vocabulary,
} from './vocabulary.ts'

/** What a tokenizer is made of besides its vocabulary: what tokenizer.json is written from. */
export type TokenizerModel =
  | { readonly type: 'bytes' }
  | {
      readonly type: 'characters'
      /** The characters of ids 0, 1, … */
      readonly characters: readonly string[]
      /** The special token that stands for characters it does not know; without it they are an error. */
      readonly unknown?: string | undefined
    }
  | BpeModel

export interface EncodeOptions {
  /** Special tokens to recognise where the text spells them out; default none. */
  readonly special?: 'all' | readonly string[]
  /** Whether the ids that the tokenizer puts around every text are added; default false. */
  readonly wrap?: boolean
}

/** The ids put around every text: what Hugging Face calls a post-processor. */
export interface Wrap {
  readonly before: readonly number[]
  readonly after: readonly number[]
}

/** The files that a tokenizer was read from, byte for byte: written again as they are. */
export interface TokenizerSource {
  readonly tokenizer: string
  readonly config?: string | undefined
}

export interface Tokenizer {
  readonly model: TokenizerModel
  readonly vocabulary: Vocabulary
  /** How many ids there are; the rows of a model's embedding. */
  readonly size: number
  /** The ids that stand for something: a padded vocabulary has more. */
  readonly known: KnownIds
  readonly special: ReadonlyMap<string, number>
  /** All added tokens in the order of their ids, the special ones too. */
  readonly added: readonly AddedToken[]
  /** The token that ends a document: `eos_token` of its configuration. */
  readonly endOfText: number | undefined
  /** `bos_token` and `pad_token` of its configuration. */
  readonly bos: number | undefined
  readonly pad: number | undefined
  /** The token that stands for what has none. */
  readonly unknown: number | undefined
  readonly wrap: Wrap
  /** `undefined` for a tokenizer that was made here. */
  readonly source: TokenizerSource | undefined
  encode(text: string, options?: EncodeOptions): Uint32Array
  /**
   * Appends the ids of a text that stands at `place` (default: it is a whole text); special tokens spelt out in it are ordinary
   * text. What the vocabulary has no token for is left out and counted in `lost`; without that it is a StageError `unknown-bytes`.
   */
  encodeInto(text: string, into: Ids, lost?: Lost, place?: Place): void
  /** The text of the ids, special tokens spelt out. */
  decode(ids: ArrayLike<number>): string
  decodeBytes(ids: ArrayLike<number>): Uint8Array
  /** A decoder for tokens that come one at a time. */
  stream(): StreamingDecoder
  /** The bytes of one token. */
  tokenBytes(id: number): Uint8Array
  /** One token as text to show; undefined for an id that stands for nothing. */
  idToToken(id: number): string | undefined
}

/** Changes a text that stands at `place`. */
export type Normalize = (text: string, place: Place) => string

export interface TokenizerParts {
  readonly model: TokenizerModel
  readonly vocabulary: Vocabulary
  /** Appends the ids of a piece of normalized text without added tokens. */
  readonly encodePlain: (piece: string, into: Ids, place: Place, lost: Lost | undefined) => void
  /** What is done to the text between added tokens; default nothing. */
  readonly normalize?: Normalize | undefined
  /** Default: the special tokens of the vocabulary, without rules of their own. */
  readonly added?: readonly AddedToken[]
  readonly bos?: number | undefined
  readonly pad?: number | undefined
  readonly unknown?: number | undefined
  readonly wrap?: Wrap
  readonly source?: TokenizerSource | undefined
}

/** A tokenizer from its parts. */
export function makeTokenizer(parts: TokenizerParts): Tokenizer {
  const { model, vocabulary } = parts
  const added = parts.added ?? [...vocabulary.special].map(([content, id]) => plainAdded(content, id, true))
  const encodeText = textEncoder(parts, added)
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
    encodeInto: (text, into, lost, place = 'start') => encodeText(text, into, none, lost, place),
    encode(text, options = {}) {
      scratch.clear()
      const wanted = options.special === 'all' ? vocabulary.special.keys() : (options.special ?? [])
      if (options.wrap) for (const id of wrap.before) scratch.push(id)
      encodeText(text, scratch, new Set(wanted), undefined, 'start')
      if (options.wrap) for (const id of wrap.after) scratch.push(id)
      return scratch.slice()
    },
    decode: (ids) => decode(vocabulary, ids),
    decodeBytes: (ids) => decodeBytes(vocabulary, ids),
    stream: () => new StreamingDecoder(vocabulary),
    tokenBytes: (id) => tokenBytes(vocabulary, id),
    idToToken(id) {
      if (!(id >= 0 && id < vocabulary.size) || tokenBytes(vocabulary, id).length === 0) return undefined
      return tokenText(vocabulary, id)
    },
  }
}

type EncodeText = (text: string, into: Ids, wanted: ReadonlySet<string>, lost: Lost | undefined, place: Place) => void

/**
 * How a whole text is encoded, in the order of Hugging Face's library: the added tokens of the text as it is, normalizing what
 * lies between them, the added tokens of that, and then the model.
 */
function textEncoder({ encodePlain, normalize }: TokenizerParts, added: readonly AddedToken[]): EncodeText {
  const asItIs = new AddedFinder(added.filter(({ normalized }) => !normalized))
  const normalized = new AddedFinder(
    added.filter((token) => token.normalized),
    normalize && ((content) => normalize(content, 'between')),
  )
  // Where all added tokens are special and none is wanted, there is nothing to look for.
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
