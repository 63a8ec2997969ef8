/** Reads the model of a tokenizer.json: one function for each type. */

import type { Json, JsonObject } from '../../core/values/json.ts'
import { charactersTokenizer } from '../characters.ts'
import { type PieceModel, wordLevel, wordPiece } from '../pieces/model.ts'
import { piecesBy } from '../pieces/piecewise.ts'
import { encodePieces } from '../pieces/tokenizer.ts'
import { unigram } from '../pieces/unigram.ts'
import { makeTokenizer, type Tokenizer, type TokenizerModel } from '../tokenizer.ts'
import { bpeFrom } from './bpe.ts'
import { decoderOf } from './decoder.ts'
import { decoded, isPlain, type ReadFile } from './file.ts'
import { asArray, asText, boolean, damaged, show, unsupported } from './problem.ts'
import { anyCharacter } from './write.ts'

export type ModelType = 'BPE' | 'Unigram' | 'WordLevel' | 'WordPiece'

const models: Readonly<Record<ModelType, (read: ReadFile) => Tokenizer>> = {
  BPE: bpeFrom,
  Unigram: unigramFrom,
  WordLevel: (read) => charactersFrom(read) ?? wordLevelFrom(read),
  WordPiece: wordPieceFrom,
}

/** The type of a model. Old files do not name it. */
export function typeOf(model: JsonObject): ModelType {
  const { type } = model
  if (type === undefined || type === null) {
    if (Array.isArray(model.vocab)) return 'Unigram'
    if (model.merges !== undefined) return 'BPE'
    return model.continuing_subword_prefix === undefined ? 'WordLevel' : 'WordPiece'
  }
  if (typeof type === 'string' && Object.hasOwn(models, type)) return type as ModelType
  throw unsupported(`its model is ${show(type)}`)
}

export function tokenizerFrom(type: ModelType, read: ReadFile): Tokenizer {
  return models[type](read)
}

/** A tokenizer whose model gives the ids of a piece. */
function piecewise(
  read: ReadFile,
  model: TokenizerModel,
  encode: PieceModel,
  unknown: number | undefined,
  tokens?: readonly string[],
): Tokenizer {
  const { added, normalize, bos, pad, wrap, source, notes } = read.options
  return makeTokenizer({
    ...decoded(read, decoderOf(read.decoder), tokens),
    model,
    encodePlain: encodePieces(piecesBy(read.pre.steps), encode),
    added,
    normalize,
    bos,
    pad,
    unknown,
    source,
    ...(wrap && { wrap }),
    ...(notes && { notes }),
  })
}

/** The texts and scores in the vocabulary of a Unigram model, in the order of their ids. */
export function scoredTokens(model: JsonObject): { readonly tokens: string[]; readonly scores: number[] } {
  const tokens: string[] = []
  const scores: number[] = []
  for (const entry of asArray(model.vocab, 'model.vocab')) {
    const [token, score, ...more] = Array.isArray(entry) ? (entry as readonly Json[]) : []
    if (typeof token !== 'string' || typeof score !== 'number' || more.length > 0)
      throw damaged(`its vocabulary has ${show(entry)}, not a token and its score`)
    tokens.push(token)
    scores.push(asRust(score))
  }
  return { tokens, scores }
}

/**
 * The number that Hugging Face's library reads from the digits of a score. Rust's serde_json divides the digits by a power of ten, which
 * is not always the nearest number, and decides between equally likely paths.
 */
function asRust(score: number): number {
  const parts = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(score))
  if (parts === null) return score
  const [, sign, whole = '', fraction = '', exponent = '0'] = parts
  const digits = Number(BigInt(whole + fraction))
  const power = Number(exponent) - fraction.length
  const size = power < 0 ? digits / Number(`1e${-power}`) : digits * Number(`1e${power}`)
  return sign === '-' ? -size : size
}

/** The vocabulary without special tokens: no text becomes one that was not asked for. */
function ordinary({ vocab, special }: ReadFile): Map<string, number> {
  return new Map([...vocab].filter(([text]) => !special.ids.has(text)))
}

function unigramFrom(read: ReadFile): Tokenizer {
  const { tokens, scores } = scoredTokens(read.model)
  const unknown = read.model.unk_id ?? undefined
  if (
    unknown !== undefined &&
    !(typeof unknown === 'number' && Number.isInteger(unknown) && tokens[unknown] !== undefined)
  )
    throw damaged(`its unknown token is the id ${show(unknown)}, which its vocabulary does not have`)
  const byteFallback = boolean(read.model, 'byte_fallback', false, 'model')
  return piecewise(
    read,
    { type: 'unigram' },
    unigram({ ids: ordinary(read), scores, unknown, byteFallback }),
    unknown,
    tokens,
  )
}

function wordPieceFrom(read: ReadFile): Tokenizer {
  const { model, vocab } = read
  const longest = model.max_input_chars_per_word ?? 100
  if (typeof longest !== 'number' || !(longest >= 0))
    throw damaged(`its model.max_input_chars_per_word is ${show(longest)}, not a number of characters`)
  const unknown = vocab.get(asText(model.unk_token ?? '[UNK]', 'model.unk_token'))
  const prefix = asText(model.continuing_subword_prefix ?? '##', 'model.continuing_subword_prefix')
  return piecewise(read, { type: 'word_piece' }, wordPiece(ordinary(read), { prefix, longest, unknown }), unknown)
}

function wordLevelFrom(read: ReadFile): Tokenizer {
  const unknown = read.vocab.get(asText(read.model.unk_token ?? '<unk>', 'model.unk_token'))
  return piecewise(read, { type: 'words' }, wordLevel(ordinary(read), unknown), unknown)
}

/** Reads llmpipe's own character tokenizer; `undefined` for other models of words. */
function charactersFrom({ model, vocab, pre, special, size, options }: ReadFile): Tokenizer | undefined {
  const characters = [...vocab.keys()]
    .filter((text) => !special.ids.has(text))
    .sort((a, b) => vocab.get(a)! - vocab.get(b)!)
  const [split, ...more] = pre.fast?.split ?? []
  const splits = more.length === 0 && split?.pattern === anyCharacter && split.behavior === 'isolated'
  if (!splits || !isPlain(options, pre)) return undefined
  if (characters.some((text, id) => [...text].length !== 1 || vocab.get(text) !== id)) return undefined
  const unknown = typeof model.unk_token === 'string' && special.ids.has(model.unk_token) ? model.unk_token : undefined
  return charactersTokenizer(characters, special, { unknown, size, source: options.source })
}
