/** Tokenizers in Hugging Face's `tokenizer.json`: written so that its libraries load them, read where we can do the same. */

import { StageError } from '../core/failure.ts'
import type { Json, JsonObject } from '../core/json.ts'
import { type BpeModel, bpeTokenizer } from './bpe.ts'
import { fromAlphabet, toAlphabet } from './byte-alphabet.ts'
import { bytesTokenizer } from './bytes.ts'
import { charactersTokenizer } from './characters.ts'
import { endOfTextNames, type SpecialTokens } from './special.ts'
import { gpt2Pattern } from './split/gpt2.ts'
import type { Tokenizer } from './tokenizer.ts'
import { makeVocabulary } from './vocabulary.ts'

/** What `tokenizer_config.json` holds of ours; anything else in it is left to others. */
export interface TokenizerConfig {
  readonly eos_token?: string | { readonly content: string } | null
  /** How many ids the tokenizer was declared to have: more than its tokens where training ran out of pairs. */
  readonly declared_vocab_size?: number
}

/** Splits into single characters, line ends included. */
const anyCharacter = '[\\s\\S]'

/** The `tokenizer.json` of a tokenizer. */
export function toTokenizerJson(tokenizer: Tokenizer): JsonObject {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [...tokenizer.special].map(([content, id]) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: preTokenizer(tokenizer),
    post_processor: null,
    decoder: tokenizer.model.type === 'characters' ? { type: 'Fuse' } : byteLevel,
    model: modelJson(tokenizer),
  }
}

/** The `tokenizer_config.json` that goes with it. */
export function toTokenizerConfig(tokenizer: Tokenizer): JsonObject {
  const unknown = tokenizer.model.type === 'characters' ? tokenizer.model.unknown : undefined
  const endOfText = [...tokenizer.special].find(([, id]) => id === tokenizer.endOfText)?.[0]
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    eos_token: endOfText ?? null,
    unk_token: unknown ?? null,
    declared_vocab_size: tokenizer.size,
  }
}

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false } as const

function isolated(regex: string): JsonObject {
  return { type: 'Split', pattern: { Regex: regex }, behavior: 'Isolated', invert: false }
}

function preTokenizer({ model }: Tokenizer): JsonObject {
  if (model.type === 'characters') return isolated(anyCharacter)
  if (model.type === 'bytes' || model.pattern === undefined) return byteLevel
  return { type: 'Sequence', pretokenizers: [isolated(model.pattern), byteLevel] }
}

function modelJson(tokenizer: Tokenizer): JsonObject {
  const { model, size, special } = tokenizer
  const vocab: Record<string, number> = {}
  const texts: string[] = []
  const specialIds = new Map([...special].map(([text, id]) => [id, text]))
  for (let id = 0; id < size; id++) {
    const bytes = tokenizer.tokenBytes(id)
    if (bytes.length === 0) continue
    texts[id] = specialIds.get(id) ?? (model.type === 'characters' ? tokenizer.decode([id]) : toAlphabet(bytes))
    vocab[texts[id]!] = id
  }
  if (model.type === 'characters') return { type: 'WordLevel', vocab, unk_token: model.unknown ?? '<unk>' }
  const merges: string[] = []
  if (model.type === 'bpe') {
    const { left, right } = model.merges
    for (let rank = 0; rank < left.length; rank++) merges.push(`${texts[left[rank]!]} ${texts[right[rank]!]}`)
  }
  return {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    ignore_merges: model.type === 'bpe' && model.ignoreMerges,
    vocab,
    merges,
  }
}

/**
 * Reads a `tokenizer.json`: byte-level BPE with any split pattern, characters, bytes. Others (WordPiece, Unigram,
 * SentencePiece-like BPE) are a StageError `unsupported-tokenizer`, never read as something they are not.
 */
export function fromTokenizerJson(json: Json, config: TokenizerConfig = {}): Tokenizer {
  const file = asObject(json, 'tokenizer.json')
  if (file.normalizer != null) throw unsupported('it normalizes text, so that decoding cannot give the text back')
  const special = specialOf(file, config)
  const size = config.declared_vocab_size
  const model = asObject(file.model, 'model')
  const vocab = asObject(model.vocab, 'model.vocab') as Readonly<Record<string, number>>
  if (model.type === 'WordLevel') return charactersFrom(model, vocab, file, special, size)
  if (model.type !== 'BPE' && model.type !== undefined) throw unsupported(`its model is ${JSON.stringify(model.type)}`)
  return bpeFrom(model, vocab, splitPattern(file.pre_tokenizer), special, size)
}

interface ReadSpecial extends SpecialTokens {
  readonly ids: ReadonlyMap<string, number>
}

function specialOf(file: JsonObject, config: TokenizerConfig): ReadSpecial {
  const ids = new Map<string, number>()
  for (const entry of (file.added_tokens ?? []) as readonly { readonly content: string; readonly id: number }[]) {
    ids.set(entry.content, entry.id)
  }
  const declared = typeof config.eos_token === 'object' ? config.eos_token?.content : config.eos_token
  const endOfText = declared ?? (config.eos_token === null ? undefined : endOfTextNames.find((name) => ids.has(name)))
  const tokens = [...ids.keys()].sort((a, b) => ids.get(a)! - ids.get(b)!)
  return { tokens, endOfText, ids }
}

function charactersFrom(
  model: JsonObject,
  vocab: Readonly<Record<string, number>>,
  file: JsonObject,
  special: ReadSpecial,
  size: number | undefined,
): Tokenizer {
  const characters = Object.keys(vocab)
    .filter((text) => !special.ids.has(text))
    .sort((a, b) => vocab[a]! - vocab[b]!)
  const splits = splitPattern(file.pre_tokenizer, false) === anyCharacter
  if (!splits || characters.some((text, id) => [...text].length !== 1 || vocab[text] !== id)) {
    throw unsupported('its model is WordLevel, but of words and not of single characters')
  }
  const unknown = typeof model.unk_token === 'string' && special.ids.has(model.unk_token) ? model.unk_token : undefined
  return charactersTokenizer(characters, special, { unknown, size })
}

function bpeFrom(
  model: JsonObject,
  vocab: Readonly<Record<string, number>>,
  pattern: string | undefined,
  special: ReadSpecial,
  size: number | undefined,
): Tokenizer {
  for (const setting of ['continuing_subword_prefix', 'end_of_word_suffix', 'dropout'] as const) {
    if (model[setting]) throw unsupported(`its BPE model sets ${setting}`)
  }
  const tokens: (Uint8Array | undefined)[] = []
  for (const [text, id] of Object.entries(vocab)) {
    if (special.ids.has(text)) continue
    const bytes = fromAlphabet(text)
    if (bytes === undefined) throw unsupported(`its token ${JSON.stringify(text)} is not written in the byte alphabet`)
    tokens[id] = bytes
  }
  const merges = mergesFrom(model.merges as readonly (string | readonly [string, string])[], vocab)
  const vocabulary = makeVocabulary(tokens, special.ids, { endOfText: special.endOfText, size })
  const bytesInOrder = tokens.length === 256 && tokens.every((token, id) => token?.length === 1 && token[0] === id)
  const specialFollow = special.tokens.every((token, i) => special.ids.get(token) === 256 + i)
  if (merges.left.length === 0 && bytesInOrder && specialFollow) return bytesTokenizer(special, size)
  const bpe: BpeModel = { type: 'bpe', pattern, merges, ignoreMerges: model.ignore_merges === true }
  return bpeTokenizer(bpe, vocabulary)
}

function mergesFrom(
  merges: readonly (string | readonly [string, string])[],
  vocab: Readonly<Record<string, number>>,
): { left: number[]; right: number[]; result: number[] } {
  const idOf = (text: string): number => {
    const id = vocab[text]
    if (id === undefined) throw unsupported(`its merges name ${JSON.stringify(text)}, which is not in its vocabulary`)
    return id
  }
  const read = { left: [] as number[], right: [] as number[], result: [] as number[] }
  for (const merge of merges) {
    const [a, b] = typeof merge === 'string' ? (merge.split(' ') as [string, string]) : merge
    read.left.push(idOf(a))
    read.right.push(idOf(b))
    read.result.push(idOf(a + b))
  }
  return read
}

/** The split regex of a pre-tokenizer; `needsBytes` says that a ByteLevel step has to follow it. */
function splitPattern(json: Json | undefined, needsBytes = true): string | undefined {
  const step = asObject(json ?? null, 'pre_tokenizer')
  const steps = step.type === 'Sequence' ? ((step.pretokenizers ?? []) as readonly JsonObject[]) : [step]
  let pattern: string | undefined
  let bytes = false
  for (const { type, ...settings } of steps) {
    if (type === 'ByteLevel' && settings.add_prefix_space !== true) {
      bytes = true
      if (settings.use_regex !== false) pattern = oncePattern(pattern, gpt2Pattern)
    } else if (type === 'Split' && settings.behavior === 'Isolated' && settings.invert !== true) {
      const { Regex: regex } = asObject(settings.pattern ?? null, 'pattern') as { Regex?: string }
      if (regex === undefined) throw unsupported('its split pattern is not a regular expression')
      pattern = oncePattern(pattern, regex)
    } else throw unsupported(`its pre-tokenizer has the step ${JSON.stringify({ type, ...settings })}`)
  }
  if (needsBytes && !bytes) throw unsupported('its BPE is not byte-level')
  return pattern
}

function oncePattern(before: string | undefined, now: string): string {
  if (before !== undefined) throw unsupported('it splits text by two patterns, one after the other')
  return now
}

function asObject(json: Json | undefined, what: string): JsonObject {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw unsupported(`it has no ${what}`)
  return json as JsonObject
}

function unsupported(why: string): StageError {
  return new StageError(
    'unsupported-tokenizer',
    `this tokenizer.json cannot be used: ${why}`,
    'llmpipe reads byte-level BPE (GPT-2, GPT-4, Llama 3, Qwen and their like), and its own character and byte tokenizers.',
  )
}
