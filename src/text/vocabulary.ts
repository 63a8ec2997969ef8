/** A vocabulary: the bytes of each id, and the special ids. Decoding needs nothing else. */

import { StageError } from '../core/failure.ts'

export interface Vocabulary {
  /** The number of ids, with special tokens and with ids that have no token (unused rows). */
  readonly size: number
  /** The bytes of all tokens, one after the other. */
  readonly bytes: Uint8Array
  /** The end of each id's bytes, which is the start of the next id's bytes. */
  readonly ends: Uint32Array
  /** Special tokens by their text, in the order of their ids. */
  readonly special: ReadonlyMap<string, number>
  /** The special token after each document, if there is one. */
  readonly endOfText: number | undefined
  /** Whether decoding removes one blank at the beginning of a text, which tokenizers like SentencePiece's add. */
  readonly stripsBlank: boolean
}

/** The ids that have a token. */
export interface KnownIds {
  /** No id from here on has a token. */
  readonly end: number
  /** The ids below `end` without a token. */
  readonly holes: readonly number[]
}

const utf8 = new TextEncoder()
// `ignoreBOM` keeps byte order marks in the text, so that decode(encode(x)) is x.
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * Makes a vocabulary of `tokens` (the bytes of ids 0, 1, …; `undefined` for an id without a token), with special tokens at the given ids
 * and `size` ids in all.
 */
export function makeVocabulary(
  tokens: readonly (Uint8Array | undefined)[],
  special: ReadonlyMap<string, number> = new Map(),
  options: {
    readonly endOfText?: string | undefined
    readonly size?: number | undefined
    readonly stripsBlank?: boolean
  } = {},
): Vocabulary {
  const all: (Uint8Array | undefined)[] = [...tokens]
  for (const [text, id] of special) all[id] = utf8.encode(text)
  const size = Math.max(options.size ?? 0, all.length)
  const ends = new Uint32Array(size)
  let total = 0
  for (let id = 0; id < size; id++) {
    total += all[id]?.length ?? 0
    ends[id] = total
  }
  const bytes = new Uint8Array(total)
  let at = 0
  for (const token of all) {
    if (token === undefined) continue
    bytes.set(token, at)
    at += token.length
  }
  const inOrder = new Map([...special].sort((a, b) => a[1] - b[1]))
  const endOfText = options.endOfText === undefined ? undefined : special.get(options.endOfText)
  return { size, bytes, ends, special: inOrder, endOfText, stripsBlank: options.stripsBlank ?? false }
}

/** The ids of a vocabulary that have a token: those that a model may generate. */
export function knownIds({ size, ends }: Vocabulary): KnownIds {
  let end = size
  while (end > 0 && ends[end - 1] === (end === 1 ? 0 : ends[end - 2])) end--
  const holes: number[] = []
  for (let id = 0; id < end; id++) if (ends[id] === (id === 0 ? 0 : ends[id - 1])) holes.push(id)
  return { end, holes }
}

/** The bytes of one token; empty for an id without a token. */
export function tokenBytes(vocabulary: Vocabulary, id: number): Uint8Array {
  if (!(id >= 0 && id < vocabulary.size)) throw noSuchId(vocabulary, id)
  return vocabulary.bytes.subarray(id === 0 ? 0 : vocabulary.ends[id - 1]!, vocabulary.ends[id]!)
}

/** The bytes of a sequence of tokens. */
export function decodeBytes(vocabulary: Vocabulary, ids: ArrayLike<number>): Uint8Array {
  const { bytes, ends, size } = vocabulary
  let total = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    if (!(id >= 0 && id < size)) throw noSuchId(vocabulary, id)
    total += ends[id]! - (id === 0 ? 0 : ends[id - 1]!)
  }
  const out = new Uint8Array(total)
  let at = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    for (let from = id === 0 ? 0 : ends[id - 1]!; from < ends[id]!; from++) out[at++] = bytes[from]!
  }
  return out
}

/** The text of a sequence of tokens. Bytes that are not UTF-8 become U+FFFD, as in other libraries. */
export function decode(vocabulary: Vocabulary, ids: ArrayLike<number>): string {
  const text = fromUtf8.decode(decodeBytes(vocabulary, ids))
  return vocabulary.stripsBlank && text.startsWith(' ') ? text.slice(1) : text
}

/** The text of one token, independent of the tokens before it. */
export function tokenText(vocabulary: Vocabulary, id: number): string {
  return fromUtf8.decode(tokenBytes(vocabulary, id))
}

/** Decodes tokens one at a time. Returns a character that spans several tokens once it is complete. */
export class StreamingDecoder {
  readonly #vocabulary: Vocabulary
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary
  }

  /** Adds a token, and returns the text that is complete now; `''` in the middle of a character. */
  push(id: number): string {
    return this.#decoder.decode(tokenBytes(this.#vocabulary, id), { stream: true })
  }

  /** Ends the stream. Returns U+FFFD if a character is incomplete, otherwise `''`. */
  end(): string {
    return this.#decoder.decode()
  }
}

function noSuchId(vocabulary: Vocabulary, id: number): StageError {
  return new StageError(
    'no-such-token',
    `there is no token ${id}: this tokenizer has the ids 0 to ${vocabulary.size - 1}`,
    'The tokens were made with another tokenizer.',
  )
}
