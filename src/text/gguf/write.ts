/** Writes a tokenizer as the metadata of a GGUF file, for llama.cpp and for tools that read tokenizer.json. */

import { StageError } from '../../core/failure.ts'
import type { JsonObject } from '../../core/values/json.ts'
import type { ChatTemplate } from '../chat/template.ts'
import type { Tokenizer } from '../tokenizer.ts'
import { toTokenizerJson } from '../tokenizer-json.ts'
import { splitName } from './splits.ts'
import { type GgufValue, tokenTypes } from './value.ts'

/** A value with its type in the file. */
export type TypedValue =
  | readonly [type: 'uint32' | 'float32', value: number]
  | readonly [type: 'bool', value: boolean]
  | readonly [type: 'string', value: string]
  | readonly [type: 'strings', value: readonly string[]]
  | readonly [type: 'bools', value: readonly boolean[]]
  | readonly [type: 'int32s' | 'float32s', value: Float64Array]

/** The value as it is read again. */
export function asRead([type, value]: TypedValue): GgufValue {
  if (type === 'float32') return Math.fround(value)
  return type === 'float32s' ? value.map(Math.fround) : value
}

/**
 * The metadata of a tokenizer with its chat template, by name. Throws a StageError `unsupported-tokenizer` if llama.cpp has no tokenizer
 * that gives the same ids.
 */
export function tokenizerMetadata(tokenizer: Tokenizer, template: ChatTemplate | undefined): Map<string, TypedValue> {
  const json = toTokenizerJson(tokenizer)
  const model = json.model as JsonObject
  const parts =
    tokenizer.model.type === 'bpe' && tokenizer.model.characters
      ? sentencePiece(tokenizer, json)
      : byteLevel(tokenizer, json)
  const { tokens, types } = tokensOf(tokenizer, json, model)
  const [bos, after] = [wrapped(tokenizer, 'before'), wrapped(tokenizer, 'after')]
  const metadata = new Map<string, TypedValue>([
    ['tokenizer.ggml.model', ['string', parts.model]],
    ...(parts.pre === undefined ? [] : [['tokenizer.ggml.pre', ['string', parts.pre]] as const]),
    ['tokenizer.ggml.tokens', ['strings', tokens]],
    ['tokenizer.ggml.token_type', ['int32s', types]],
    ...parts.more(tokens),
  ])
  const id = (name: string, value: number | undefined) => {
    if (value !== undefined) metadata.set(`tokenizer.ggml.${name}_token_id`, ['uint32', value])
  }
  id('bos', bos ?? tokenizer.bos)
  id('eos', after ?? tokenizer.endOfText)
  const turn = template && tokenizer.special.get(template.end)
  if (turn !== (after ?? tokenizer.endOfText)) id('eot', turn)
  id('unknown', tokenizer.unknown)
  id('padding', tokenizer.pad)
  metadata.set('tokenizer.ggml.add_bos_token', ['bool', bos !== undefined])
  metadata.set('tokenizer.ggml.add_eos_token', ['bool', after !== undefined])
  if (template !== undefined) metadata.set('tokenizer.chat_template', ['string', template.jinja])
  metadata.set('tokenizer.huggingface.json', ['string', tokenizer.source?.tokenizer ?? JSON.stringify(json)])
  return metadata
}

/** The one token that is put before or after a text. */
function wrapped({ wrap }: Tokenizer, side: 'before' | 'after'): number | undefined {
  const [id, ...more] = wrap[side]
  if (more.length === 0) return id
  throw unsupported(`it puts ${wrap[side].length} tokens ${side} a text, and llama.cpp puts at most one`)
}

interface Parts {
  readonly model: 'gpt2' | 'llama'
  readonly pre?: string
  more(tokens: readonly string[]): (readonly [name: string, value: TypedValue])[]
}

function byteLevel({ model }: Tokenizer, json: JsonObject): Parts {
  if (model.type !== 'bpe' && model.type !== 'bytes')
    throw unsupported(`its model is ${model.type === 'word_piece' ? 'WordPiece' : model.type}, not BPE`)
  const normalizers = typesIn(json.normalizer, 'normalizers').filter((type) => type !== 'NFC')
  if (normalizers.length > 0) throw unsupported(`it normalizes text (${normalizers.join(', ')})`)
  const merges = mergesOf(json)
  const pre = model.type === 'bytes' ? 'gpt-2' : splitName(model.split, model.ignoreMerges, merges.length)
  if (pre === undefined) throw unsupported('llama.cpp has no name for the pattern by which it splits text')
  return {
    model: 'gpt2',
    pre,
    more: () => [['tokenizer.ggml.merges', ['strings', merges.map((pair) => pair.join(' '))]]],
  }
}

function sentencePiece({ model }: Tokenizer, json: JsonObject): Parts {
  if (model.type !== 'bpe' || model.characters?.bytes === undefined || model.characters.positions !== undefined)
    throw unsupported('its BPE is neither of bytes nor of characters with bytes for the rest')
  const steps = typesIn(json.normalizer, 'normalizers')
  const pre = typesIn(json.pre_tokenizer, 'pretokenizers')
  const isMetaspace = pre.length === 1 && pre[0] === 'Metaspace'
  const others = [
    ...steps.filter((type) => type !== 'Prepend' && type !== 'Replace'),
    ...(isMetaspace ? [] : pre.filter((type) => type !== 'Split')),
  ]
  if (others.length > 0) throw unsupported(`it has the steps ${others.join(', ')}`)
  const scheme = isMetaspace ? ((json.pre_tokenizer as JsonObject).prepend_scheme ?? 'always') : undefined
  const merges = mergesOf(json)
  const ranks = new Map<string, number>()
  for (const [rank, [left, right]] of merges.entries()) {
    const token = left + right
    if (!ranks.has(token)) ranks.set(token, rank)
  }
  return {
    model: 'llama',
    more: (tokens) => [
      // SentencePiece joins the pair whose token has the best score: the first merge gets the best.
      [
        'tokenizer.ggml.scores',
        ['float32s', Float64Array.from(tokens, (token) => -(ranks.get(token) ?? merges.length))],
      ],
      [
        'tokenizer.ggml.add_space_prefix',
        ['bool', steps.includes('Prepend') || (scheme !== undefined && scheme !== 'never')],
      ],
    ],
  }
}

/** The texts and kinds of all ids. */
function tokensOf({ size, unknown }: Tokenizer, json: JsonObject, model: JsonObject) {
  const tokens = Array.from({ length: size }, (_, id) => `[PAD${id}]`)
  const types = new Float64Array(size).fill(tokenTypes.unused)
  for (const [token, id] of Object.entries(model.vocab as Readonly<Record<string, number>>)) {
    tokens[id] = token
    const isByte = model.byte_fallback === true && /^<0x[0-9A-F]{2}>$/.test(token)
    types[id] = isByte ? tokenTypes.byte : tokenTypes.normal
  }
  for (const added of json.added_tokens as readonly { id: number; content: string; special: boolean }[]) {
    tokens[added.id] = added.content
    types[added.id] =
      added.id === unknown ? tokenTypes.unknown : added.special ? tokenTypes.control : tokenTypes.userDefined
  }
  return { tokens, types }
}

function mergesOf(json: JsonObject): (readonly [left: string, right: string])[] {
  const { merges = [] } = json.model as { readonly merges?: readonly (string | readonly [string, string])[] }
  return merges.map((merge) => {
    if (typeof merge !== 'string') return merge
    const [left = '', right = ''] = merge.split(' ')
    return [left, right]
  })
}

/** The types of the steps in a part of a tokenizer.json. */
function typesIn(part: unknown, list: string): string[] {
  if (part === null || part === undefined) return []
  const step = part as { readonly type: string } & Readonly<Record<string, unknown>>
  return step.type === 'Sequence' ? (step[list] as unknown[]).flatMap((each) => typesIn(each, list)) : [step.type]
}

/** The error for a tokenizer that llama.cpp cannot be. */
export function unsupported(why: string): StageError {
  return new StageError(
    'unsupported-tokenizer',
    `this tokenizer cannot be written to a GGUF file: ${why}`,
    'llama.cpp has byte-level BPE with the patterns of GPT-2, GPT-4, Llama 3, Qwen 2 and SmolLM, and SentencePiece’s BPE. Export `as hf` instead.',
  )
}
