/** Reads the tokenizer of a GGUF file as a tokenizer.json and a tokenizer_config.json. */

import { StageError } from '../../core/failure.ts'
import type { JsonObject } from '../../core/values/json.ts'
import { mergesOf } from '../sentencepiece/merges.ts'
import { namedSplits, preTokenizerFor } from './splits.ts'
import { type GgufMetadata, type GgufValue, tokenTypes } from './value.ts'

export interface GgufTokenizer {
  /** The text of tokenizer.json. */
  readonly tokenizer: string
  readonly config: JsonObject
  /** The ids that end a text or a turn. */
  readonly ends: readonly number[]
  readonly notes: readonly string[]
}

/**
 * The tokenizer of a file: `tokenizer.huggingface.json` if the file has it, or else made of the tokens, merges and scores for llama.cpp.
 * Throws a StageError `unsupported-tokenizer` for another kind of tokenizer, and `damaged-tokenizer` if the values contradict each other.
 */
export function tokenizerOf(metadata: GgufMetadata): GgufTokenizer {
  const whole = metadata.get('tokenizer.huggingface.json')
  const tokens = textsOf(metadata.get('tokenizer.ggml.tokens'))
  const text = (name: string) => {
    const id = metadata.get(`tokenizer.ggml.${name}_token_id`)
    return typeof id === 'number' ? tokens?.[id] : undefined
  }
  const named = Object.fromEntries(
    (['bos', 'eos', 'unk', 'pad'] as const).flatMap((name) => {
      const content = text(name === 'unk' ? 'unknown' : name === 'pad' ? 'padding' : name)
      return content === undefined ? [] : [[`${name}_token`, content] as const]
    }),
  )
  const template = metadata.get('tokenizer.chat_template')
  const config = {
    tokenizer_class: 'PreTrainedTokenizerFast',
    clean_up_tokenization_spaces: false,
    ...named,
    ...(typeof template === 'string' ? { chat_template: template } : {}),
  }
  const ends = ['eos', 'eot'].flatMap((name) => {
    const id = metadata.get(`tokenizer.ggml.${name}_token_id`)
    return typeof id === 'number' ? [id] : []
  })
  if (typeof whole === 'string') return { tokenizer: whole, config, ends: [...new Set(ends)], notes: [] }
  if (tokens === undefined) throw wrong('it has no tokenizer.ggml.tokens')
  const { json, notes } = made(metadata, tokens)
  return { tokenizer: `${JSON.stringify(json)}\n`, config, ends: [...new Set(ends)], notes }
}

interface Made {
  readonly json: JsonObject
  readonly notes: readonly string[]
}

function made(metadata: GgufMetadata, tokens: readonly string[]): Made {
  const model = metadata.get('tokenizer.ggml.model')
  if (model !== 'gpt2' && model !== 'llama')
    throw new StageError(
      'unsupported-tokenizer',
      `the tokenizer of this GGUF file cannot be used: its tokenizer.ggml.model is ${JSON.stringify(model ?? null)}`,
      'llmpipe reads "gpt2" (byte-level BPE) and "llama" (SentencePiece’s BPE).',
    )
  const types = metadata.get('tokenizer.ggml.token_type')
  const typeOf = (id: number) => (types instanceof Float64Array ? types[id] : undefined) ?? tokenTypes.normal
  const vocab: [string, number][] = []
  const added: JsonObject[] = []
  const seen = new Set<string>()
  for (const [id, content] of tokens.entries()) {
    const type = typeOf(id)
    if (type === tokenTypes.unused || seen.has(content)) continue
    seen.add(content)
    vocab.push([content, id])
    if (content === '' || type === tokenTypes.normal || type === tokenTypes.byte) continue
    added.push(addedToken(id, content, type !== tokenTypes.userDefined))
  }
  const { pre, notes, ...parts } = model === 'gpt2' ? byteLevel(metadata) : sentencePiece(metadata, tokens, typeOf)
  return {
    notes,
    json: {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: parts.normalizer ?? null,
      pre_tokenizer: pre,
      post_processor: begin(metadata, tokens, parts.addsBos),
      decoder: parts.decoder,
      // `fromEntries` also makes a token `__proto__` a key like any other.
      model: { type: 'BPE', dropout: null, ...parts.model, vocab: Object.fromEntries(vocab) },
    },
  }
}

function addedToken(id: number, content: string, special: boolean): JsonObject {
  return { id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special }
}

interface Parts {
  readonly pre: JsonObject | null
  readonly normalizer?: JsonObject
  readonly decoder: JsonObject
  readonly model: JsonObject
  /** Whether a text begins with bos if the file does not say. */
  readonly addsBos: boolean
  readonly notes: readonly string[]
}

function byteLevel(metadata: GgufMetadata): Parts {
  const name = metadata.get('tokenizer.ggml.pre') ?? 'default'
  const split = namedSplits.find(({ names }) => typeof name === 'string' && names.includes(name))
  if (split === undefined)
    throw new StageError(
      'unsupported-tokenizer',
      `the tokenizer of this GGUF file cannot be used: its tokenizer.ggml.pre is ${JSON.stringify(name)}`,
      `llmpipe knows ${namedSplits.flatMap(({ names }) => names).join(', ')}. Use the folder of the model with its tokenizer.json instead.`,
    )
  const merges = textsOf(metadata.get('tokenizer.ggml.merges'))
  if (merges === undefined) throw wrong('it has no tokenizer.ggml.merges')
  const isGuess = name === 'default'
  return {
    pre: preTokenizerFor(split),
    decoder: { type: 'ByteLevel', add_prefix_space: true, trim_offsets: true, use_regex: true },
    model: { unk_token: null, byte_fallback: false, ignore_merges: split.ignoreMerges, merges: [...merges] },
    addsBos: split.names[0] === 'llama-bpe',
    notes: isGuess
      ? ['the file does not name the split of its tokenizer (tokenizer.ggml.pre): that of GPT-2 is used']
      : [],
  }
}

function sentencePiece(metadata: GgufMetadata, tokens: readonly string[], typeOf: (id: number) => number): Parts {
  const scores = metadata.get('tokenizer.ggml.scores')
  if (!(scores instanceof Float64Array) || scores.length !== tokens.length)
    throw wrong('its tokenizer.ggml.scores are not one number for each token')
  const prefix = metadata.get('tokenizer.ggml.add_space_prefix') !== false
  const unknown = metadata.get('tokenizer.ggml.unknown_token_id')
  const replace = { type: 'Replace', pattern: { String: ' ' }, content: '▁' }
  return {
    pre: null,
    normalizer: prefix ? { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, replace] } : replace,
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        ...(prefix ? [{ type: 'Strip', content: ' ', start: 1, stop: 0 }] : []),
      ],
    },
    model: {
      unk_token: (typeof unknown === 'number' ? tokens[unknown] : undefined) ?? null,
      fuse_unk: true,
      byte_fallback: true,
      ignore_merges: false,
      merges: mergesOf(tokens, scores, (id) => typeOf(id) === tokenTypes.normal),
    },
    addsBos: true,
    notes: [],
  }
}

/** The post-processor that begins a text with bos, and ends it with eos, if the file says so. */
function begin(metadata: GgufMetadata, tokens: readonly string[], addsBos: boolean): JsonObject | null {
  const parts = (['bos', 'eos'] as const).map((name) => {
    const id = metadata.get(`tokenizer.ggml.${name}_token_id`)
    const adds = metadata.get(`tokenizer.ggml.add_${name}_token`) ?? (name === 'bos' && addsBos)
    return adds === true && typeof id === 'number' && tokens[id] !== undefined ? { id, token: tokens[id] } : undefined
  })
  const [first, last] = parts
  if (first === undefined && last === undefined) return null
  const piece = (part: typeof first) => (part === undefined ? [] : [{ SpecialToken: { id: part.token, type_id: 0 } }])
  const used = parts.flatMap((part) => (part === undefined ? [] : [part]))
  return {
    type: 'TemplateProcessing',
    single: [...piece(first), { Sequence: { id: 'A', type_id: 0 } }, ...piece(last)],
    pair: [
      ...piece(first),
      { Sequence: { id: 'A', type_id: 0 } },
      { Sequence: { id: 'B', type_id: 1 } },
      ...piece(last),
    ],
    special_tokens: Object.fromEntries(used.map(({ id, token }) => [token, { id: token, ids: [id], tokens: [token] }])),
  }
}

function textsOf(value: GgufValue | undefined): readonly string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
    ? (value as readonly string[])
    : undefined
}

function wrong(why: string): StageError {
  return new StageError(
    'damaged-tokenizer',
    `the tokenizer of this GGUF file is damaged: ${why}`,
    'Get the file again.',
  )
}
