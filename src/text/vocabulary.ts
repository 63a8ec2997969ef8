/** A vocabulary: the bytes of each id, and the special ids. Decoding needs nothing else. */

import { type Decoder, noSuchId } from './decode/decoder.ts'

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
  return { size, bytes, ends, special: inOrder, endOfText }
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
  if (!(id >= 0 && id < vocabulary.size)) throw noSuchId(id, vocabulary.size)
  return vocabulary.bytes.subarray(id === 0 ? 0 : vocabulary.ends[id - 1]!, vocabulary.ends[id]!)
}

/** The bytes of a sequence of tokens. */
export function decodeBytes(vocabulary: Vocabulary, ids: ArrayLike<number>): Uint8Array {
  const { bytes, ends, size } = vocabulary
  let total = 0
  for (let i = 0; i < ids.length; i++) {
    const id = ids[i]!
    if (!(id >= 0 && id < size)) throw noSuchId(id, size)
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

/** The text of one token, independent of the tokens before it. */
export function tokenText(vocabulary: Vocabulary, id: number): string {
  return fromUtf8.decode(tokenBytes(vocabulary, id))
}

/** The decoder of tokens that are bytes of UTF-8. Bytes that are not UTF-8 become U+FFFD, as in other libraries. */
export function byteDecoder(vocabulary: Vocabulary): Decoder {
  return {
    decode: (ids) => fromUtf8.decode(decodeBytes(vocabulary, ids)),
    stream() {
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      return {
        push: (id) => decoder.decode(tokenBytes(vocabulary, id), { stream: true }),
        end: () => decoder.decode(),
      }
    },
  }
}
