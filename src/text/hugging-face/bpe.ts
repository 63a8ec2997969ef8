/** Reads a BPE model: of bytes in GPT-2's alphabet, by faster code, or of any characters. */

import { bpeTokenizer } from '../bpe/bpe.ts'
import { fromAlphabet } from '../bpe/byte-alphabet.ts'
import type { CharacterPositions, CharacterSymbols } from '../bpe/symbols.ts'
import { bytesTokenizer } from '../bytes.ts'
import { piecesBy } from '../pieces/piecewise.ts'
import { byteName } from '../pieces/unigram.ts'
import type { Tokenizer } from '../tokenizer.ts'
import { makeVocabulary } from '../vocabulary.ts'
import { decoderOf, isByteLevelOnly } from './decoder.ts'
import { decoded, isPlain, type ReadFile, spelled, unknownOf } from './file.ts'
import type { PreTokenizer } from './pre-tokenizer.ts'
import { boolean, damaged, show, unsupported } from './problem.ts'
import { mergesOf } from './vocab.ts'

export function bpeFrom(read: ReadFile): Tokenizer {
  const { model, pre } = read
  if (model.dropout) throw unsupported('its BPE model sets dropout, which makes the ids of a text random')
  const { fast } = pre
  const bytes = fast?.bytes && !isMarked(read) && isByteLevelOnly(read.decoder) ? bytesFrom(read, fast) : undefined
  return bytes ?? textFrom(read)
}

const utf8 = new TextEncoder()

/** Whether the tokens mark their place in a word. */
function isMarked({ model }: ReadFile): boolean {
  return Boolean(model.continuing_subword_prefix) || Boolean(model.end_of_word_suffix)
}

/** Reads BPE of bytes. Returns `undefined` for a model that treats bytes without a token in a special way. */
function bytesFrom(read: ReadFile, fast: PreTokenizer): Tokenizer | undefined {
  const { model, vocab, special, size, options } = read
  const tokens: (Uint8Array | undefined)[] = []
  for (const token of options.added) {
    const text = spelled(token, options)
    // A normalizer may have written the token in the alphabet.
    tokens[token.id] = (text === token.content ? undefined : fromAlphabet(text)) ?? utf8.encode(text)
  }
  let inOrder = true
  let single = 0
  for (const [text, id] of vocab) {
    if (tokens[id] !== undefined) continue
    // No text has a token with other characters. As in other libraries, it stands for itself.
    const bytes = fromAlphabet(text) ?? utf8.encode(text)
    tokens[id] = bytes
    if (bytes.length === 1) single++
    inOrder &&= bytes.length === 1 && bytes[0] === id
  }
  const inVocabulary = new Set(vocab.values())
  const outside = new Set(options.added.flatMap(({ id }) => (inVocabulary.has(id) ? [] : [id])))
  const unknown = unknownOf(model.unk_token, vocab)
  const special_ = model.byte_fallback === true || (model.fuse_unk === true && unknown !== undefined)
  if (special_ && single < 256) return undefined
  const merges = mergesOf(model.merges, vocab)
  const ours = inOrder && tokens.length === 256 + options.added.length && options.added.every(({ id }) => id >= 256)
  if (ours && merges.left.length === 0 && fast.split.length === 0 && isPlain(options, read.pre))
    return bytesTokenizer(special, size, options.source, options.notes)
  return bpeTokenizer(
    { type: 'bpe', split: fast.split, merges, ignoreMerges: model.ignore_merges === true, unknown },
    makeVocabulary(tokens, special.ids, { endOfText: special.endOfText, size }),
    { ...options, prepare: fast.prepare, outside },
  )
}

/** Reads BPE of characters. */
function textFrom(read: ReadFile): Tokenizer {
  const { model, vocab, pre, options } = read
  const { vocabulary, decoder } = decoded(read, decoderOf(read.decoder))
  const prefix = markOf(model.continuing_subword_prefix, 'continuing_subword_prefix')
  const fast = isMarked(read) || pre.bytes ? undefined : pre.fast
  return bpeTokenizer(
    {
      type: 'bpe',
      split: fast?.split ?? [],
      merges: mergesOf(model.merges, vocab, prefix.length),
      ignoreMerges: model.ignore_merges === true,
      characters: symbolsOf(read),
      unknown: unknownOf(model.unk_token, vocab),
    },
    vocabulary,
    { ...options, decoder, whole: vocab, ...(fast ? { prepare: fast.prepare } : { pieces: piecesBy(pre.steps) }) },
  )
}

function symbolsOf(read: ReadFile): CharacterSymbols {
  const { model, vocab, special } = read
  // No character of a text becomes a special token.
  const ordinary = new Map([...vocab].filter(([text]) => !special.ids.has(text)))
  const prefix = markOf(model.continuing_subword_prefix, 'continuing_subword_prefix')
  const suffix = markOf(model.end_of_word_suffix, 'end_of_word_suffix')
  const fallsBack = boolean(model, 'byte_fallback', false, 'model')
  if (fallsBack && isMarked(read))
    throw unsupported('its BPE model sets byte_fallback together with marks of the parts of words')
  const fuseUnknown = boolean(model, 'fuse_unk', false, 'model')
  if (isMarked(read)) return { ids: new Map(), positions: positionsOf(ordinary, prefix, suffix), fuseUnknown }
  const bytes = fallsBack ? Int32Array.from({ length: 256 }, (_, byte) => vocab.get(byteName(byte)) ?? -1) : undefined
  return { ids: charactersOf(ordinary, '', ''), bytes, fuseUnknown }
}

function positionsOf(vocab: ReadonlyMap<string, number>, prefix: string, suffix: string): CharacterPositions {
  return {
    only: charactersOf(vocab, '', suffix),
    first: charactersOf(vocab, '', ''),
    inner: charactersOf(vocab, prefix, ''),
    last: charactersOf(vocab, prefix, suffix),
  }
}

/** The ids of tokens that are one character between two marks, by code point. */
function charactersOf(vocab: ReadonlyMap<string, number>, prefix: string, suffix: string): Map<number, number> {
  const ids = new Map<number, number>()
  for (const [text, id] of vocab) {
    if (!text.startsWith(prefix) || !text.endsWith(suffix)) continue
    const inner = text.slice(prefix.length, text.length - suffix.length)
    const point = inner.codePointAt(0)
    if (point !== undefined && inner.length === (point > 0xffff ? 2 : 1)) ids.set(point, id)
  }
  return ids
}

function markOf(json: unknown, name: string): string {
  if (json === undefined || json === null) return ''
  if (typeof json === 'string') return json
  throw damaged(`its model.${name} is ${show(json as never)}, not a text`)
}
