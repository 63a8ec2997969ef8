/** A vocabulary: which bytes each id stands for, and which ids are special. Decoding is this and nothing else. */

import { StageError } from '../core/failure.ts'

export interface Vocabulary {
  /** How many ids there are: special tokens and ids that stand for nothing (rows never used) included. */
  readonly size: number
  /** The bytes of all tokens, one after the other. */
  readonly bytes: Uint8Array
  /** Where the bytes of each id end; they begin where those of the id before end. */
  readonly ends: Uint32Array
  /** Special tokens by their text, in the order of their ids. */
  readonly special: ReadonlyMap<string, number>
  /** The special token that stands after each document, if there is one. */
  readonly endOfText: number | undefined
  /** Whether one blank at the beginning of a text is not part of it: tokenizers like SentencePiece's put one there. */
  readonly stripsBlank: boolean
}

/** The ids that stand for something. */
export interface KnownIds {
  /** All ids from here on stand for nothing. */
  readonly end: number
  /** The ids below `end` that stand for nothing. */
  readonly holes: readonly number[]
}

const utf8 = new TextEncoder()
// `ignoreBOM` keeps a byte order mark in the text; without it decode(encode(x)) would lose one.
const fromUtf8 = new TextDecoder('utf-8', { ignoreBOM: true })

/**
 * A vocabulary of `tokens` (the bytes of ids 0, 1, …; undefined where an id stands for nothing), with special tokens at
 * the given ids and `size` ids in all.
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

/** The ids of a vocabulary that stand for something: those that a model may write. */
export function knownIds({ size, ends }: Vocabulary): KnownIds {
  let end = size
  while (end > 0 && ends[end - 1] === (end === 1 ? 0 : ends[end - 2])) end--
  const holes: number[] = []
  for (let id = 0; id < end; id++) if (ends[id] === (id === 0 ? 0 : ends[id - 1])) holes.push(id)
  return { end, holes }
}

/** The bytes of one token; empty for an id that stands for nothing. */
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

/** The text of a sequence of tokens; bytes that are not UTF-8 become U+FFFD, as in every other tokenizer library. */
export function decode(vocabulary: Vocabulary, ids: ArrayLike<number>): string {
  const text = fromUtf8.decode(decodeBytes(vocabulary, ids))
  return vocabulary.stripsBlank && text.startsWith(' ') ? text.slice(1) : text
}

/** The text of one token, whatever stands before it. */
export function tokenText(vocabulary: Vocabulary, id: number): string {
  return fromUtf8.decode(tokenBytes(vocabulary, id))
}

/** Decodes tokens as they come: a character whose bytes are spread over tokens is given once it is whole. */
export class StreamingDecoder {
  readonly #vocabulary: Vocabulary
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  constructor(vocabulary: Vocabulary) {
    this.#vocabulary = vocabulary
  }

  /** The text that is certain once this token is known; often empty in the middle of a character. */
  push(id: number): string {
    return this.#decoder.decode(tokenBytes(this.#vocabulary, id), { stream: true })
  }

  /** What is left at the end: U+FFFD where a character was never finished. */
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
