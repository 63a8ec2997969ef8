/** Reads the file of a SentencePiece model: a ModelProto of https://github.com/google/sentencepiece/blob/master/src/sentencepiece_model.proto. */

import { StageError } from '../../core/failure.ts'

/** The kinds of pieces, by their numbers in the file. */
export const pieceTypes = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const

export interface Piece {
  readonly text: string
  readonly score: number
  readonly type: number
}

export interface SentencePieceModel {
  readonly pieces: readonly Piece[]
  readonly type: 'unigram' | 'bpe' | 'word' | 'char'
  readonly byteFallback: boolean
  /** Whether the mark of a blank stands after a word. */
  readonly suffix: boolean
  /** The trie of replacements; empty if there are none. */
  readonly charsmap: Uint8Array
  readonly addDummyPrefix: boolean
  readonly removeExtraWhitespaces: boolean
  readonly escapeWhitespaces: boolean
}

/** The models by their numbers in the file. */
const modelTypes = [undefined, 'unigram', 'bpe', 'word', 'char'] as const

/** Reads the bytes of a `.model` file. Throws a StageError `damaged-tokenizer` if they are no such file. */
export function readSentencePiece(bytes: Uint8Array): SentencePieceModel {
  const pieces: Piece[] = []
  let trainer: Fields = new Map()
  let normalizer: Fields = new Map()
  for (const [field, value] of fieldsOf(bytes)) {
    if (field === 1) pieces.push(pieceOf(bytesIn(value)))
    else if (field === 2) trainer = new Map(fieldsOf(bytesIn(value)))
    else if (field === 3) normalizer = new Map(fieldsOf(bytesIn(value)))
  }
  if (pieces.length === 0) throw damaged('it has no pieces')
  const type = modelTypes[Number(trainer.get(3) ?? 1)]
  if (type === undefined) throw damaged(`its model is of the type ${String(trainer.get(3))}`)
  const isSet = (fields: Fields, field: number, byDefault: boolean) => Number(fields.get(field) ?? byDefault) !== 0
  const charsmap = normalizer.get(2)
  return {
    pieces,
    type,
    byteFallback: isSet(trainer, 35, false),
    suffix: isSet(trainer, 24, false),
    charsmap: charsmap === undefined ? new Uint8Array() : bytesIn(charsmap),
    addDummyPrefix: isSet(normalizer, 3, true),
    removeExtraWhitespaces: isSet(normalizer, 4, true),
    escapeWhitespaces: isSet(normalizer, 5, true),
  }
}

/** A field of a message: a number, four bytes as a number, or bytes. */
type Value = number | Uint8Array

type Fields = ReadonlyMap<number, Value>

function pieceOf(bytes: Uint8Array): Piece {
  const fields = new Map(fieldsOf(bytes))
  const text = fields.get(1)
  const score = fields.get(2) ?? 0
  if (text === undefined || typeof score !== 'number') throw damaged('a piece has no text')
  return {
    text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytesIn(text)),
    score,
    type: Number(fields.get(3) ?? 1),
  }
}

function bytesIn(value: Value): Uint8Array {
  if (typeof value === 'number') throw damaged('a field has another type')
  return value
}

/** The fields of a message in order, in the wire format of Protocol Buffers. */
function fieldsOf(bytes: Uint8Array): [number, Value][] {
  const found: [number, Value][] = []
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  /** Numbers of up to 53 bits; the sign of negative numbers is lost, which no field that is read has. */
  const varint = (): number => {
    let value = 0
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = bytes[at++]
      if (byte === undefined) break
      value += (byte & 127) * 2 ** shift
      if (byte < 128) return value
    }
    throw damaged('it ends within a number')
  }
  while (at < bytes.length) {
    const tag = varint()
    const [field, wire] = [Math.floor(tag / 8), tag % 8]
    const length = wire === 0 ? 0 : wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? varint() : -1
    if (length < 0) throw damaged('it has a field of an unknown type')
    if (wire === 0) {
      found.push([field, varint()])
      continue
    }
    if (at + length > bytes.length) throw damaged('it ends within a field')
    if (wire === 5) found.push([field, view.getFloat32(at, true)])
    else if (wire === 2) found.push([field, bytes.subarray(at, at + length)])
    at += length
  }
  return found
}

function damaged(why: string): StageError {
  return new StageError(
    'damaged-tokenizer',
    `this is not a whole SentencePiece model: ${why}`,
    'Get the file again. A tokenizer.model of OpenAI or Llama 3 is of another kind: use its tokenizer.json.',
  )
}
