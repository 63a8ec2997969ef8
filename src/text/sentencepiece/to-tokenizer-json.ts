/** A SentencePiece model as a tokenizer.json, by which llmpipe and Hugging Face's library give the ids of SentencePiece. */

import { StageError } from '../../core/failure.ts'
import type { Json, JsonObject } from '../../core/values/json.ts'
import { mergesOf } from './merges.ts'
import { pieceTypes, type SentencePieceModel } from './model-file.ts'

/** The mark that stands for a blank. */
const mark = '▁'

export interface ConvertedTokenizer {
  readonly tokenizer: JsonObject
  /** The contents of a tokenizer_config.json: the special tokens by their uses. */
  readonly config: JsonObject
}

/**
 * The tokenizer.json of a model. SentencePiece adds no tokens at the ends of texts by itself; `settings`, the tokenizer_config.json beside the model, may say that
 * transformers does. Throws a StageError `unsupported-tokenizer` for models of words and
 * characters, and for settings that no known model has.
 */
export function toTokenizerJson(model: SentencePieceModel, settings: JsonObject = {}): ConvertedTokenizer {
  const { pieces, type, byteFallback } = model
  if (type !== 'bpe' && type !== 'unigram') throw unsupported(`it is a model of ${type}s`)
  if (model.suffix) throw unsupported('it writes the mark of a blank after a word (treat_whitespace_as_suffix)')
  if (!model.escapeWhitespaces) throw unsupported('it does not mark blanks (escape_whitespaces is false)')
  const unknown = pieces.findIndex((piece) => piece.type === pieceTypes.unknown)
  const added = pieces.flatMap((piece, id): JsonObject[] => {
    // A text has blanks where such a piece has marks, so it is found after blanks became marks.
    if (piece.type === pieceTypes.userDefined)
      return [{ ...addedToken(id, piece.text, false), normalized: piece.text.includes(mark) }]
    return piece.type === pieceTypes.control || piece.type === pieceTypes.unknown
      ? [addedToken(id, piece.text, true)]
      : []
  })
  const further = tokensBehind(model, settings)
  added.push(...further)
  const texts = pieces.map(({ text }) => text)
  const bpe = () => ({
    type: 'BPE',
    dropout: null,
    unk_token: texts[unknown] ?? null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: true,
    byte_fallback: byteFallback,
    ignore_merges: false,
    // `fromEntries` also makes a token `__proto__` a key like any other.
    vocab: Object.fromEntries(texts.map((text, id) => [text, id])),
    merges: mergesOf(
      texts,
      pieces.map(({ score }) => score),
      (id) => pieces[id]!.type === pieceTypes.normal,
    ),
  })
  const unigram = () => ({
    type: 'Unigram',
    unk_id: unknown === -1 ? null : unknown,
    vocab: [
      ...pieces.map(({ text, score }): Json => [text, score]),
      ...further.map(({ content }): Json => [content!, 0]),
    ],
    byte_fallback: byteFallback,
  })
  const named = (use: string, ...names: readonly string[]) => {
    const token = pieces.find((piece) => piece.type === pieceTypes.control && names.includes(piece.text))
    return token === undefined ? {} : { [use]: token.text }
  }
  return {
    tokenizer: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: normalizerOf(model),
      pre_tokenizer: null,
      post_processor: endsOf(model, settings),
      decoder: decoderOf(model),
      model: type === 'bpe' ? bpe() : unigram(),
    },
    config: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      clean_up_tokenization_spaces: false,
      ...named('bos_token', '<s>', '<bos>'),
      ...named('eos_token', '</s>', '<eos>'),
      ...named('pad_token', '<pad>'),
      ...(unknown === -1 ? {} : { unk_token: texts[unknown]! }),
    },
  }
}

/** The number of sentinels of T5, if tokenizer_config.json does not say it. */
const usualSentinels = 100

/**
 * The tokens whose ids follow those of the pieces: those that `added_tokens_decoder` lists, or else the sentinels of T5, which its class adds: `<extra_id_0>`
 * has the last id. Throws a StageError if an id is left out.
 */
function tokensBehind({ pieces }: SentencePieceModel, settings: JsonObject): JsonObject[] {
  const listed = Object.entries((settings.added_tokens_decoder ?? {}) as JsonObject)
    .map(([id, token]) => ({ id: Number(id), token: token as JsonObject }))
    .filter(({ id }) => id >= pieces.length)
    .sort((a, b) => a.id - b.id)
  if (listed.length > 0)
    return listed.map(({ id, token }, i) => {
      if (id !== pieces.length + i)
        throw unsupported(`its tokenizer_config.json lists the token ${id}, and none with the id ${pieces.length + i}`)
      return { ...addedToken(id, String(token.content), token.special === true), ...flagsOf(token) }
    })
  const known = new Set(pieces.map(({ text }) => text))
  const names = sentinelsOf(settings).filter((name) => !known.has(name))
  return names.map((name, i) => addedToken(pieces.length + i, name, true))
}

/** The names of the sentinels of T5 in the order of their ids; none for other tokenizers. */
function sentinelsOf({ tokenizer_class, extra_ids, additional_special_tokens }: JsonObject): string[] {
  if (!/^T5/.test(String(tokenizer_class ?? ''))) return []
  const named = (Array.isArray(additional_special_tokens) ? additional_special_tokens : []).filter((token) =>
    /^<extra_id_\d+>$/.test(String(token)),
  )
  const count = typeof extra_ids === 'number' ? extra_ids : named.length > 0 ? named.length : usualSentinels
  return Array.from({ length: count }, (_, i) => `<extra_id_${count - 1 - i}>`)
}

/** How an added token is found, as tokenizer_config.json says it. */
function flagsOf(token: JsonObject): JsonObject {
  const flags = ['single_word', 'lstrip', 'rstrip', 'normalized'].flatMap((name) =>
    typeof token[name] === 'boolean' ? [[name, token[name]] as const] : [],
  )
  return Object.fromEntries(flags)
}

/** Replacements, blanks at the ends and in runs removed, one blank before the text, and marks for blanks, in SentencePiece's order. */
function normalizerOf({ charsmap, addDummyPrefix, removeExtraWhitespaces }: SentencePieceModel): JsonObject {
  const steps: JsonObject[] = []
  if (charsmap.length > 0)
    steps.push({ type: 'Precompiled', precompiled_charsmap: Buffer.from(charsmap).toString('base64') })
  const replace = (pattern: JsonObject, content: string) => steps.push({ type: 'Replace', pattern, content })
  if (removeExtraWhitespaces) {
    // Marks that a text has itself are removed at its end only.
    replace({ Regex: `\\A +|[ ${mark}]+\\z` }, '')
    replace({ Regex: ' {2,}' }, ' ')
  }
  if (addDummyPrefix) steps.push({ type: 'Prepend', prepend: mark })
  replace({ String: ' ' }, mark)
  return { type: 'Sequence', normalizers: steps }
}

/** The tokens that the classes of transformers put before and after a text, unless `add_bos_token` or `add_eos_token` says otherwise. */
const ends: readonly { readonly classes: RegExp; readonly bos: boolean; readonly eos: boolean }[] = [
  { classes: /^(Code)?Llama|^Gemma/, bos: true, eos: false },
  { classes: /^M?T5/, bos: false, eos: true },
]

/** The post-processor that puts tokens around a text, or `null` if there are none. */
function endsOf({ pieces }: SentencePieceModel, settings: JsonObject): JsonObject | null {
  const usual = ends.find(({ classes }) => classes.test(String(settings.tokenizer_class ?? '')))
  const idOf = (...names: readonly string[]) => pieces.findIndex(({ text }) => names.includes(text))
  const [bos, eos] = [idOf('<s>', '<bos>'), idOf('</s>', '<eos>')]
  const before = (settings.add_bos_token ?? usual?.bos) === true && bos !== -1 ? [bos] : []
  const after = (settings.add_eos_token ?? usual?.eos) === true && eos !== -1 ? [eos] : []
  const used = [...before, ...after]
  if (used.length === 0) return null
  const tokens = (ids: readonly number[]) => ids.map((id) => ({ SpecialToken: { id: pieces[id]!.text, type_id: 0 } }))
  const text = (id: string) => ({ Sequence: { id, type_id: 0 } })
  return {
    type: 'TemplateProcessing',
    single: [...tokens(before), text('A'), ...tokens(after)],
    pair: [...tokens(before), text('A'), ...tokens(after), ...tokens(before), text('B'), ...tokens(after)],
    special_tokens: Object.fromEntries(
      used.map((id) => [pieces[id]!.text, { id: pieces[id]!.text, ids: [id], tokens: [pieces[id]!.text] }]),
    ),
  }
}

function decoderOf({ addDummyPrefix, byteFallback }: SentencePieceModel): JsonObject {
  const decoders: JsonObject[] = [
    { type: 'Replace', pattern: { String: mark }, content: ' ' },
    ...(byteFallback ? [{ type: 'ByteFallback' }] : []),
    { type: 'Fuse' },
    ...(addDummyPrefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
  ]
  return { type: 'Sequence', decoders }
}

function addedToken(id: number, content: string, special: boolean): JsonObject {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }
}

function unsupported(why: string): StageError {
  return new StageError(
    'unsupported-tokenizer',
    `this SentencePiece model cannot be used: ${why}`,
    'llmpipe reads models of the types bpe and unigram, whose blanks are marked before words.',
  )
}
