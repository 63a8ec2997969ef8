/**
 * Reads the symbols of a piece before any merge: one for each byte (GPT-2), or one for each character, with bytes for characters without
 * a token (SentencePiece with byte fallback).
 */

import { type Lost, lose } from '../lost.ts'
import { widthOf } from '../split/classes.ts'
import { tokenBytes, type Vocabulary } from '../vocabulary.ts'

/** The symbols of a vocabulary of characters. */
export interface CharacterSymbols {
  /** The id of each character, by code point. */
  readonly ids: ReadonlyMap<number, number>
  /** The ids of characters by their position in a piece, if they depend on it; instead of `ids`. */
  readonly positions?: CharacterPositions | undefined
  /** The id of each byte, for characters without an id; −1 for a byte without an id. */
  readonly bytes?: Int32Array | undefined
  /** Whether several unknown characters in a row become one unknown token. */
  readonly fuseUnknown: boolean
}

/** The ids of characters, by code point, for vocabularies that mark the parts of words (`##b`, `b</w>`). */
export interface CharacterPositions {
  /** A character that is the whole piece, the first, the last, or between others. */
  readonly only: ReadonlyMap<number, number>
  readonly first: ReadonlyMap<number, number>
  readonly last: ReadonlyMap<number, number>
  readonly inner: ReadonlyMap<number, number>
}

export interface Symbols {
  /** The symbols that `read` wrote. The array is replaced when it grows. */
  readonly data: Int32Array
  /** Whether every byte of every text has a symbol. */
  readonly complete: boolean
  /** Reads the symbols of `bytes[start, end)` into `data`, and returns their number. Bytes without a symbol are left out. */
  read(bytes: Uint8Array, start: number, end: number): number
  /** Counts those of the first `length` bytes that have no symbol and will be left out. */
  missing(bytes: Uint8Array, length: number, lost: Lost | undefined): void
}

/** Symbols of which each stands for a byte. */
export function byteSymbols(vocabulary: Vocabulary, unknown: number | undefined): Symbols {
  const ids = idsOfBytes(vocabulary)
  const complete = !ids.includes(-1)
  if (unknown !== undefined) for (let byte = 0; byte < 256; byte++) if (ids[byte] === -1) ids[byte] = unknown
  let data = new Int32Array(64)
  return {
    complete: complete || unknown !== undefined,
    get data() {
      return data
    },
    read(bytes, start, end) {
      const length = end - start
      if (length > data.length) data = new Int32Array(2 * length)
      if (complete) {
        for (let i = 0; i < length; i++) data[i] = ids[bytes[start + i]!]!
        return length
      }
      let count = 0
      for (let at = start; at < end; at++) {
        const id = ids[bytes[at]!]!
        if (id !== -1) data[count++] = id
      }
      return count
    },
    missing(bytes, length, lost) {
      const missed = new Set<number>()
      let count = 0
      for (let at = 0; at < length; at++) {
        if (ids[bytes[at]!] !== -1) continue
        missed.add(bytes[at]!)
        count++
      }
      if (count > 0) lose(lost, missed, count)
    },
  }
}

/** The id of each byte; −1 for a byte without a token. Ordinary tokens take precedence over special ones. */
function idsOfBytes(vocabulary: Vocabulary): Int32Array {
  const ids = new Int32Array(256).fill(-1)
  const special = new Set(vocabulary.special.values())
  for (const wanted of [true, false]) {
    for (let id = vocabulary.size - 1; id >= 0; id--) {
      const token = tokenBytes(vocabulary, id)
      if (token.length === 1 && special.has(id) === wanted) ids[token[0]!] = id
    }
  }
  return ids
}

/** Symbols of which each stands for a character, or for one byte of a character without an id. */
export function characterSymbols(of: CharacterSymbols, unknown: number | undefined): Symbols {
  const { ids, positions, bytes: byteIds, fuseUnknown } = of
  const idAt = (bytes: Uint8Array, at: number, isFirst: boolean, isLast: boolean): number | undefined => {
    const known =
      positions === undefined
        ? ids
        : isFirst
          ? isLast
            ? positions.only
            : positions.first
          : isLast
            ? positions.last
            : positions.inner
    return known.get(pointAt(bytes, at))
  }
  let data = new Int32Array(64)
  const hasBytes = (bytes: Uint8Array, from: number, to: number): boolean => {
    if (byteIds === undefined) return false
    for (let at = from; at < to; at++) if (byteIds[bytes[at]!]! < 0) return false
    return true
  }
  return {
    complete: unknown !== undefined || (byteIds !== undefined && !byteIds.includes(-1)),
    get data() {
      return data
    },
    read(bytes, start, end) {
      if (end - start > data.length) data = new Int32Array(2 * (end - start))
      let count = 0
      // An unknown token is written before the next character with a token, as in Hugging Face's library: bytes overtake it.
      let isPending = false
      for (let at = start; at < end; ) {
        const next = at + widthOf(bytes[at]!)
        const id = idAt(bytes, at, at === start, next === end)
        if (id !== undefined) {
          if (isPending) data[count++] = unknown!
          isPending = false
          data[count++] = id
        } else if (hasBytes(bytes, at, next)) for (let i = at; i < next; i++) data[count++] = byteIds![bytes[i]!]!
        else if (unknown !== undefined) {
          if (isPending && !fuseUnknown) data[count++] = unknown
          isPending = true
        }
        at = next
      }
      if (isPending) data[count++] = unknown!
      return count
    },
    missing(bytes, length, lost) {
      const missed = new Set<number>()
      let count = 0
      for (let at = 0; at < length; ) {
        const next = at + widthOf(bytes[at]!)
        if (idAt(bytes, at, at === 0, next === length) === undefined && !hasBytes(bytes, at, next)) {
          for (let i = at; i < next; i++) missed.add(bytes[i]!)
          count += next - at
        }
        at = next
      }
      if (count > 0) lose(lost, missed, count)
    },
  }
}

/** The code point of the character at `at` in valid UTF-8. */
function pointAt(bytes: Uint8Array, at: number): number {
  const lead = bytes[at]!
  if (lead < 0x80) return lead
  const second = bytes[at + 1]! & 0x3f
  if (lead < 0xe0) return ((lead & 0x1f) << 6) | second
  const third = bytes[at + 2]! & 0x3f
  if (lead < 0xf0) return ((lead & 0x0f) << 12) | (second << 6) | third
  return ((lead & 0x07) << 18) | (second << 12) | (third << 6) | (bytes[at + 3]! & 0x3f)
}
