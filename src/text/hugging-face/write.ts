/** Writes a tokenizer as a tokenizer.json that Hugging Face's libraries load with the same ids. */

import type { JsonObject } from '../../core/values/json.ts'
import { toAlphabet } from '../bpe/byte-alphabet.ts'
import type { SplitBehavior, SplitStep } from '../split/steps.ts'
import type { Tokenizer } from '../tokenizer.ts'

/** The pattern of any single character, line ends included. */
export const anyCharacter = '[\\s\\S]'

/** The `tokenizer.json` of a tokenizer: the file it was read from, or one written from its parts. */
export function toTokenizerJson(tokenizer: Tokenizer): JsonObject {
  if (tokenizer.source !== undefined) return JSON.parse(tokenizer.source.tokenizer) as JsonObject
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: tokenizer.added.map(({ id, content, ...token }) => ({
      id,
      content,
      single_word: token.singleWord,
      lstrip: token.lstrip,
      rstrip: token.rstrip,
      normalized: token.normalized,
      special: token.special,
    })),
    normalizer: null,
    pre_tokenizer: preTokenizer(tokenizer),
    post_processor: null,
    decoder: tokenizer.model.type === 'characters' ? { type: 'Fuse' } : byteLevel,
    model: modelJson(tokenizer),
  }
}

/** The `tokenizer_config.json` of a tokenizer. */
export function toTokenizerConfig(tokenizer: Tokenizer): JsonObject {
  const read = tokenizer.source?.config
  if (read !== undefined) return withSize(JSON.parse(read) as JsonObject, tokenizer)
  const unknown = tokenizer.model.type === 'characters' ? tokenizer.model.unknown : undefined
  const contentOf = (id: number | undefined) =>
    id === undefined
      ? undefined
      : (tokenizer.added.find((token) => token.id === id)?.content ?? tokenizer.idToToken(id))
  const bos = contentOf(tokenizer.bos)
  const pad = contentOf(tokenizer.pad)
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    ...(bos === undefined ? {} : { bos_token: bos }),
    eos_token: contentOf(tokenizer.endOfText) ?? null,
    ...(pad === undefined ? {} : { pad_token: pad }),
    unk_token: unknown ?? null,
    declared_vocab_size: tokenizer.size,
  }
}

/** Adds the number of ids to a configuration that was read, if the tokens do not determine it. */
function withSize(config: JsonObject, { size, vocabulary }: Tokenizer): JsonObject {
  const last = vocabulary.ends.at(-1)
  const told = size === 0 || last !== (size === 1 ? 0 : vocabulary.ends[size - 2])
  if (config.declared_vocab_size === size || (told && config.declared_vocab_size === undefined)) return config
  return { ...config, declared_vocab_size: size }
}

const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false } as const

const behaviors: Readonly<Record<SplitBehavior, string>> = {
  isolated: 'Isolated',
  removed: 'Removed',
  contiguous: 'Contiguous',
  merged_with_previous: 'MergedWithPrevious',
  merged_with_next: 'MergedWithNext',
}

function splitJson({ pattern, behavior, invert }: SplitStep): JsonObject {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: behaviors[behavior], invert }
}

function preTokenizer({ model }: Tokenizer): JsonObject {
  if (model.type === 'characters') return splitJson({ pattern: anyCharacter, behavior: 'isolated', invert: false })
  if (model.type !== 'bpe' || model.split.length === 0) return byteLevel
  return { type: 'Sequence', pretokenizers: [...model.split.map(splitJson), byteLevel] }
}

function modelJson(tokenizer: Tokenizer): JsonObject {
  const { model, size, special } = tokenizer
  // Without a prototype, because a token can be any text, even `__proto__`.
  const vocab: Record<string, number> = Object.create(null)
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
