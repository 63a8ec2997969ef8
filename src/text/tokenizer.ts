/**
 * A tokenizer: text to ids and back. The ladder, each rung readable alone: bytes.ts, characters.ts, bpe.ts.
 *
 * Text is Unicode: a lone surrogate (half a character, which UTF-8 cannot hold) is encoded as U+FFFD. Special tokens are
 * recognised in text only where `special` asks for it, so that no document can forge the end of a text or a turn of a chat.
 */

import type { BpeModel } from './bpe.ts'
import { Ids } from './ids.ts'
import { decode, decodeBytes, StreamingDecoder, tokenBytes, type Vocabulary } from './vocabulary.ts'

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
}

export interface Tokenizer {
  readonly model: TokenizerModel
  readonly vocabulary: Vocabulary
  /** How many ids there are; the rows of a model's embedding. */
  readonly size: number
  readonly special: ReadonlyMap<string, number>
  readonly endOfText: number | undefined
  encode(text: string, options?: EncodeOptions): Uint32Array
  /** Appends the ids of a text; special tokens spelt out in it are ordinary text. */
  encodeInto(text: string, into: Ids): void
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

/** A tokenizer from its parts. */
export function makeTokenizer(
  model: TokenizerModel,
  vocabulary: Vocabulary,
  encodeInto: (text: string, into: Ids) => void,
): Tokenizer {
  const scratch = new Ids()
  return {
    model,
    vocabulary,
    size: vocabulary.size,
    special: vocabulary.special,
    endOfText: vocabulary.endOfText,
    encodeInto,
    encode(text, options = {}) {
      scratch.clear()
      const wanted = options.special === 'all' ? [...vocabulary.special.keys()] : (options.special ?? [])
      if (wanted.length === 0) encodeInto(text, scratch)
      else encodeWithSpecial(text, wanted, vocabulary.special, encodeInto, scratch)
      return scratch.slice()
    },
    decode: (ids) => decode(vocabulary, ids),
    decodeBytes: (ids) => decodeBytes(vocabulary, ids),
    stream: () => new StreamingDecoder(vocabulary),
    tokenBytes: (id) => tokenBytes(vocabulary, id),
    idToToken(id) {
      if (!(id >= 0 && id < vocabulary.size) || tokenBytes(vocabulary, id).length === 0) return undefined
      return decode(vocabulary, [id])
    },
  }
}

/** Encodes what lies between special tokens by `encodeInto`: the leftmost token first, of several that begin at one place the longest. */
export function encodeWithSpecial(
  text: string,
  wanted: readonly string[],
  special: ReadonlyMap<string, number>,
  encodeInto: (text: string, into: Ids) => void,
  into: Ids,
): void {
  const known = wanted.filter((token) => special.has(token)).sort((a, b) => b.length - a.length)
  let done = 0
  if (known.length > 0) {
    const pattern = new RegExp(known.map((token) => token.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'), 'g')
    for (const match of text.matchAll(pattern)) {
      if (match.index > done) encodeInto(text.slice(done, match.index), into)
      into.push(special.get(match[0])!)
      done = match.index + match[0].length
    }
  }
  if (done < text.length) encodeInto(text.slice(done), into)
}
